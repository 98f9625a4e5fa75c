import { hash } from 'node:crypto';
import ipaddr from 'ipaddr.js';
import {
  RateLimiterMemory,
  RateLimiterRes,
  type IRateLimiterOptions,
  type RateLimiterAbstract,
} from 'rate-limiter-flexible';
import { PortalError } from '../../domain/errors.ts';
import type { SignInLimits } from '../../domain/ports.ts';

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
  readonly createLimiter?: (options: IRateLimiterOptions) => RateLimiterAbstract;
}

interface Count {
  readonly limiter: RateLimiterAbstract;
  readonly key: string;
}

/**
 * Three counts: by address, by account and address together, and by account. They are asked in that order and
 * the first refusal ends it, and the pair has half of what the account has: so nobody can lock the holder of an
 * account out from a single address.
 */
export function createSignInLimits(options: SignInLimitOptions): SignInLimits {
  const { perAccount, perAddress, windowMs } = options;
  const createLimiter = options.createLimiter ?? ((limits) => new RateLimiterMemory(limits));
  const limiter = (keyPrefix: string, points: number) =>
    createLimiter({ keyPrefix, points, duration: windowMs / 1_000 });
  const byAddress = limiter('sign-in:address', perAddress);
  const byPair = limiter('sign-in:pair', Math.ceil(perAccount / 2));
  const byAccount = limiter('sign-in:account', perAccount);

  return {
    async take({ email, address }) {
      const network = networkOf(address);
      await consume({ limiter: byAddress, key: network });
      if (email === undefined) return;
      await consume({ limiter: byPair, key: digest(email, network) });
      await consume({ limiter: byAccount, key: digest(email) });
    },

    async forgive({ email, address }) {
      await forget({ limiter: byPair, key: digest(email, networkOf(address)) });
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

/**
 * What one subscriber holds: an IPv4 address, also inside IPv6, or the first 64 bits of an IPv6 address, because
 * everybody with IPv6 can pick from 2^64 of them.
 */
function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  return parsed.toByteArray().slice(0, 8).join('.');
}
