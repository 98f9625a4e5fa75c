import type { ErrorCodeName } from '../../domain/error-codes.ts';
import { hasCode, PortalError } from '../../domain/errors.ts';
import type { Clock } from '../../runtime/clock.ts';
import { createCoolDown } from '../../runtime/cool-down.ts';

export interface CircuitBreaker {
  /** @throws PortalError the code that opened it and the seconds to wait, while it is open. */
  check(): void;
  /** Does the work, unless open, and learns from how it ends. Half-open, one caller tries and the others are refused. */
  run<Result>(work: () => Promise<Result>): Promise<Result>;
}

interface CircuitBreakerOptions {
  readonly clock: Clock;
  readonly onChange: (state: 'closed' | 'open' | 'half-open') => void;
}

const FAILURES_TO_OPEN = 5;
const OPEN_FOR = { firstMs: 5_000, longestMs: 60_000 };

// Failures of the tenant, whichever user asks. That a user is disabled or at a cap says nothing about the tenant.
const OF_THE_TENANT = ['qlik_unavailable', 'qlik_timeout', 'qlik_client_rejected'] as const;

/** Stops asking a tenant that keeps failing, and tries it again after a cool-down that doubles. */
export function createCircuitBreaker({ clock, onChange }: CircuitBreakerOptions): CircuitBreaker {
  const coolDown = createCoolDown({ clock, ...OPEN_FOR });
  let failures = 0;
  let open: { readonly code: ErrorCodeName } | undefined;
  let trying = false;

  function check(): void {
    if (open === undefined) return;
    const remainingMs = coolDown.remainingMs();
    if (remainingMs === 0 && !trying) return;
    throw new PortalError(open.code, {
      detail: 'the circuit breaker of the tenant is open',
      retryAfterS: Math.max(1, Math.ceil(remainingMs / 1000)),
    });
  }

  function succeeded(): void {
    if (open !== undefined) onChange('closed');
    open = undefined;
    failures = 0;
    coolDown.end();
  }

  function failed(code: ErrorCodeName): void {
    failures += 1;
    if (open === undefined && failures < FAILURES_TO_OPEN) return;
    open = { code };
    coolDown.start();
    onChange('open');
  }

  async function attempt<Result>(work: () => Promise<Result>): Promise<Result> {
    const before = open;
    try {
      const result = await work();
      succeeded();
      return result;
    } catch (error) {
      if (!hasCode(error, ...OF_THE_TENANT)) succeeded();
      // What began before it opened fails for the reason that opened it, and is not counted again.
      else if (open === before) failed(error.code);
      throw error;
    }
  }

  return {
    check,
    async run(work) {
      // No asynchronous operation between the check and `trying`, or two callers would try.
      check();
      if (open === undefined) return attempt(work);
      trying = true;
      onChange('half-open');
      return attempt(work).finally(() => {
        trying = false;
      });
    },
  };
}
