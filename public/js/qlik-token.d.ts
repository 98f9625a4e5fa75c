/** Why there is no token now. The codes are those of the portal's problem documents, and three of the browser's own. */
export interface TokenProblem {
  /** A code of docs/error-codes.md, or `network`, `timeout` or `bad_answer`. */
  readonly code: string;
  /** True while the shim keeps trying by itself. */
  readonly retrying: boolean;
  /** What the portal's log knows this failure by; show it to support. */
  readonly traceId?: string;
}

export interface QlikTokenEventMap {
  /** The portal session is over: the person must sign in again. Default: a banner with the way to do it in place. */
  'session-expired': CustomEvent<null>;
  /** There is no token now, for another reason. Default: a banner that says why and what to do. */
  unavailable: CustomEvent<TokenProblem>;
  /** A token is there again. Default: the banner goes and the `<qlik-embed>` elements that got none are mounted again. */
  recovered: CustomEvent<null>;
  /** Someone else has signed in in this browser. Default: the page is loaded again, so that nothing is mixed up. */
  'person-changed': CustomEvent<null>;
  /** The person signed out in another tab. Default: this tab leaves for the sign-in page. */
  'signed-out': CustomEvent<null>;
}

export interface QlikTokenOptions {
  /** Where the portal hands out tokens. Default `/api/qlik-token`. */
  readonly endpoint?: string;
  /** The portal's sign-in page, which also takes the in-place sign-in as JSON. Default `/login`. */
  readonly loginUrl?: string;
  /** ms that one `getAccessToken()` may take before it answers `''`. Default 20,000. */
  readonly timeoutMs?: number;
  /** ms that one request to the portal may take; the portal answers within 15 seconds. Default 17,000. */
  readonly attemptTimeoutMs?: number;
  /**
   * Who the page was made for, from `/api/embed`. Lets the shim notice that someone else signed in before the first
   * token came.
   */
  readonly holder?: { readonly sub: string; readonly host: string; readonly clientId: string };
  /** The e-mail address that the in-place sign-in starts with. */
  readonly account?: string;
  /** For tests. `wall` may jump; `monotonic` may stop while the machine sleeps. Both in ms. */
  readonly clock?: { wall(): number; monotonic(): number };
  readonly fetch?: typeof globalThis.fetch;
  /** 0 ≤ x < 1, for the jitter of retries. */
  readonly random?: () => number;
}

export interface QlikToken {
  /**
   * The token for the Qlik embed runtime (`data-get-access-token`) or for `@qlik/api` (`getAccessToken`).
   * It never throws and never hangs: where there is no token it answers `''` and the person is told.
   *
   * A second call within the life of a token says that Qlik refused it, because a runtime asks once and keeps the
   * answer. So give every runtime of a page a QlikToken of its own; the portal answers all of them from one exchange.
   */
  readonly getAccessToken: () => Promise<string>;
  /**
   * `preventDefault()` on an event switches its default (banner, reload, leaving) off. Take listeners away again with
   * `{ signal }`.
   */
  addEventListener<K extends keyof QlikTokenEventMap>(
    type: K,
    listener: (event: QlikTokenEventMap[K]) => void,
    options?: AddEventListenerOptions,
  ): void;
  /** Try now, without waiting for the next retry: for a button of your own. */
  retry(): void;
  /** Call it after the person has signed in by a way of your own. */
  signedIn(): void;
  /** Forget the token, stop all timers and listeners, and take the banner away. */
  close(): void;
}

export function createQlikToken(options?: QlikTokenOptions): QlikToken;

declare global {
  /** What `data-get-access-token="getQlikAccessToken"` names. */
  var getQlikAccessToken: () => Promise<string>;
}
