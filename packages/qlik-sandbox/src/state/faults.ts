import { newObjectId } from './ids.ts';

/**
 * What goes wrong. `ms` are milliseconds; a positive `clock-skew` shows the tenant's clock ahead.
 * `status` answers with that status (429 with `retryAfterSeconds`); `reset` cuts the connection unanswered,
 * or after part of the answer with `afterBytes`.
 */
export type FaultEffect =
  | { kind: 'delay'; ms: number }
  | { kind: 'status'; status: number; retryAfterSeconds?: number }
  | { kind: 'hang' }
  | { kind: 'reset'; afterBytes?: number }
  | { kind: 'malformed' }
  | { kind: 'expired-token' }
  | { kind: 'revoked-token' }
  | { kind: 'disabled-user' }
  | { kind: 'token-cap' }
  | { kind: 'clock-skew'; ms: number };

export type FaultKind = FaultEffect['kind'];

/** Which requests it touches; what is left out matches all. A trailing `*` in `path` matches any ending. */
interface FaultMatch {
  method?: string;
  path?: string;
  grant?: string;
  clientId?: string;
  userId?: string;
}

export type NewFault = FaultEffect & {
  match?: FaultMatch;
  /** Touches this many requests and then is gone; without it, it stays until cleared. */
  times?: number;
};

export interface Fault {
  readonly id: string;
  readonly effect: FaultEffect;
  readonly match: FaultMatch;
  /** Requests it will still touch; `null` for until cleared. */
  remaining: number | null;
  hits: number;
}

export interface FaultSubject {
  method: string;
  path: string;
  grant?: string | undefined;
  clientId?: string | undefined;
  userId?: string | undefined;
}

/** The faults set on one tenant, in the order they were set. */
export class Faults {
  readonly #faults = new Map<string, Fault>();
  readonly #cleared = new WeakMap<FaultEffect, AbortController>();

  add({ match = {}, times, ...effect }: NewFault): Fault {
    const fault: Fault = { id: newObjectId(), effect, match, remaining: times ?? null, hits: 0 };
    this.#faults.set(fault.id, fault);
    this.#cleared.set(effect, new AbortController());
    return fault;
  }

  list(): Fault[] {
    return [...this.#faults.values()];
  }

  /** Clears one fault, or all of them; says how many were there. */
  clear(id?: string): number {
    const cleared = this.list().filter((fault) => id === undefined || fault.id === id);
    for (const fault of cleared) {
      this.#faults.delete(fault.id);
      this.#cleared.get(fault.effect)?.abort();
    }
    return cleared.length;
  }

  /** Aborted once the fault with this effect is cleared, for requests that it still holds up. */
  clearedSignal(effect: FaultEffect): AbortSignal | undefined {
    return this.#cleared.get(effect)?.signal;
  }

  /** The faults that touch this request, each used once by asking. */
  take(subject: FaultSubject): FaultEffect[] {
    const touching = this.list().filter((fault) => matches(fault.match, subject));
    for (const fault of touching) this.#use(fault);
    return touching.map(({ effect }) => effect);
  }

  #use(fault: Fault): void {
    fault.hits += 1;
    if (fault.remaining === null) return;
    fault.remaining -= 1;
    if (fault.remaining <= 0) this.#faults.delete(fault.id);
  }
}

function matches(match: FaultMatch, subject: FaultSubject): boolean {
  return (
    same(match.method?.toUpperCase(), subject.method) &&
    pathMatches(match.path, subject.path) &&
    same(match.grant, subject.grant) &&
    same(match.clientId, subject.clientId) &&
    same(match.userId, subject.userId)
  );
}

function same(wanted: string | undefined, found: string | undefined): boolean {
  return wanted === undefined || wanted === found;
}

function pathMatches(wanted: string | undefined, path: string): boolean {
  if (wanted === undefined) return true;
  return wanted.endsWith('*') ? path.startsWith(wanted.slice(0, -1)) : path === wanted;
}
