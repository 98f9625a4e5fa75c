import type { Clock } from '../../runtime/clock.ts';
import type { ErrorCodeName } from '../../domain/error-codes.ts';
import { hasCode, PortalError } from '../../domain/errors.ts';

export interface CircuitBreaker {
  /** @throws PortalError with the code that opened it and the seconds to wait, while it is open. */
  check(): void;
  /** Does the work, unless open, and learns from how it ends. Open and waited for: one tries, the others stay out. */
  run<Result>(work: () => Promise<Result>): Promise<Result>;
}

interface CircuitBreakerOptions {
  readonly clock: Clock;
  readonly onChange: (state: 'closed' | 'open' | 'half-open') => void;
}

const FAILURES_TO_OPEN = 5;
const FIRST_REST_MS = 5_000;
const LONGEST_REST_MS = 60_000;

// What says "this tenant cannot make tokens now", whoever asks. A person who is disabled or at a cap says nothing
// about the tenant.
const OF_THE_TENANT = ['qlik_unavailable', 'qlik_timeout', 'qlik_client_rejected'] as const;

/** Stops asking a tenant that keeps failing, and tries it again after a rest that doubles. */
export function createCircuitBreaker({ clock, onChange }: CircuitBreakerOptions): CircuitBreaker {
  let failures = 0;
  let rests = 0;
  let open: { readonly code: ErrorCodeName; readonly until: number } | undefined;
  let trying = false;

  function check(): void {
    if (open === undefined) return;
    const restMs = open.until - clock.now();
    if (restMs <= 0 && !trying) return;
    throw new PortalError(open.code, {
      detail: 'the tenant kept failing and is left alone for a while',
      retryAfterS: Math.max(1, Math.ceil(restMs / 1000)),
    });
  }

  function succeeded(): void {
    if (open !== undefined) onChange('closed');
    open = undefined;
    failures = 0;
    rests = 0;
  }

  function failed(code: ErrorCodeName): void {
    failures += 1;
    if (open === undefined && failures < FAILURES_TO_OPEN) return;
    open = { code, until: clock.now() + Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** rests) };
    rests += 1;
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
      // What began before it opened fails for the reason that opened it, and is no news.
      else if (open === before) failed(error.code);
      throw error;
    }
  }

  return {
    check,
    async run(work) {
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
