import type { ErrorCodeName } from '../domain/error-codes.ts';
import type { ObserveTokens } from './token-events.ts';

/** One request that was answered. */
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

/** Events for metrics: what happened, never who did it. */
export interface Observe {
  readonly token: ObserveTokens;
  readonly request: (seen: RequestSeen) => void;
  readonly signIn: (seen: SignInSeen) => void;
  /** Ended by their owner, who signed out, or by the portal: an account was disabled, a provider signed it out. */
  readonly sessionsEnded: (seen: { readonly by: 'owner' | 'portal'; readonly count: number }) => void;
}

/** Without metrics. */
export const unobserved: Observe = { token() {}, request() {}, signIn() {}, sessionsEnded() {} };
