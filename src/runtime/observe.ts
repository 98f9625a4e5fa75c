import type { ErrorCodeName } from '../domain/error-codes.ts';
import type { ObserveTokens } from './token-events.ts';

/** One request that is over. */
export interface RequestSeen {
  readonly method: string;
  /** The pattern of its route, or `unmatched`. */
  readonly route: string;
  readonly status: number;
  readonly ms: number;
}

export interface SignInSeen {
  readonly method: 'password' | 'sso';
  readonly result: 'ok' | ErrorCodeName;
}

/** Tells whoever counts what happens. Never who did it. */
export interface Observe {
  readonly token: ObserveTokens;
  readonly request: (seen: RequestSeen) => void;
  readonly signIn: (seen: SignInSeen) => void;
  /** By their owner's signing out, or by the portal: an account was disabled, a provider said so. */
  readonly sessionsEnded: (seen: { readonly by: 'owner' | 'portal'; readonly count: number }) => void;
}

/** Nobody counts. */
export const unobserved: Observe = { token() {}, request() {}, signIn() {}, sessionsEnded() {} };
