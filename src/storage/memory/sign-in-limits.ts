import { hash } from 'node:crypto';
import { RateLimiterRes, type IRateLimiterOptions } from 'rate-limiter-flexible';
import { PortalError } from '../../domain/errors.ts';
import type { SignInLimits } from '../../domain/ports/sign-in-limits.ts';
import { clientNetwork } from '../../portal/sign-in/client-network.ts';
import { createBoundedLimiter, type Limiter } from './bounded-limiter.ts';

export interface SignInLimitOptions {
  /** Attempts on one account in a window, from wherever they come. */
  readonly perAccount: number;
  /** Attempts from one address in a window, on whichever account. */
  readonly perAddress: number;
  readonly windowMs: number;
  /**
   * Where the counts are kept: this process unless told; with Redis, all replicas count together.
   * The library reads the system's clock itself and takes no other.
   */
  readonly createLimiter?: (options: IRateLimiterOptions) => Limiter;
}

interface Count {
  readonly limiter: Limiter;
  readonly key: string;
}

/** A site may hold many subscribers, but not so many that it is no limit. */
const SUBSCRIBERS_OF_A_SITE = 10;

/**
 * Four counts: by address, by site, by account and address together, and by account. They are asked in that order and
 * the first refusal ends it, so that one address cannot use up what its site has. The pair has half of what the
 * account has: so a single address cannot lock the holder of an account out.
 */
export function createSignInLimits(options: SignInLimitOptions): SignInLimits {
  const { perAccount, perAddress, windowMs } = options;
  const createLimiter = options.createLimiter ?? createBoundedLimiter;
  const limiter = (keyPrefix: string, points: number) =>
    createLimiter({ keyPrefix, points, duration: windowMs / 1_000 });
  const byAddress = limiter('sign-in:address', perAddress);
  const bySite = limiter('sign-in:site', perAddress * SUBSCRIBERS_OF_A_SITE);
  const byPair = limiter('sign-in:pair', Math.ceil(perAccount / 2));
  const byAccount = limiter('sign-in:account', perAccount);

  return {
    async countAddress(address) {
      const { site, subscriber } = clientNetwork(address);
      await consume({ limiter: byAddress, key: subscriber });
      if (site !== subscriber) await consume({ limiter: bySite, key: site });
    },

    async countAccount({ email, address }) {
      await consume({ limiter: byPair, key: digest(email, clientNetwork(address).subscriber) });
      await consume({ limiter: byAccount, key: digest(email) });
    },

    async resetAccount({ email, address }) {
      await forget({ limiter: byPair, key: digest(email, clientNetwork(address).subscriber) });
      await forget({ limiter: byAccount, key: digest(email) });
    },
  };
}

async function consume({ limiter, key }: Count): Promise<void> {
  try {
    await limiter.consume(key);
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw unavailable(refusal);
    throw new PortalError('too_many_attempts', { retryAfterS: Math.ceil(refusal.msBeforeNext / 1_000) });
  }
}

async function forget({ limiter, key }: Count): Promise<void> {
  try {
    await limiter.delete(key);
  } catch (cause) {
    throw unavailable(cause);
  }
}

function unavailable(cause: unknown): PortalError {
  return new PortalError('storage_unavailable', { detail: 'the sign-in attempts cannot be counted', cause });
}

/** Of one size, whatever was typed, and no e-mail is kept beside the counts. */
function digest(...parts: string[]): string {
  return hash('sha256', JSON.stringify(parts), 'base64url');
}
