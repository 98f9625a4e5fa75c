/** What a person reads in place of the visualization, and whether trying again may help. */
export interface Failure {
  readonly kind:
    | 'signed-out'
    | 'forbidden'
    | 'not-found'
    | 'unreachable'
    | 'closed'
    | 'blocked'
    | 'incomplete'
    | 'unexpected';
  readonly title: string;
  readonly advice: string;
  readonly canRetry: boolean;
}

/** Websocket close codes of Qlik's engine proxy. */
const CLOSE_CODES = { permissions: 4203, notFound: 4204 } as const;
/** Qlik engine error codes: not found, access denied. */
const ENGINE_CODES = { notFound: 2, accessDenied: 5 } as const;

/** The embed's attributes do not say what to show. */
export class IncompleteEmbedError extends Error {
  override readonly name = 'IncompleteEmbedError';
}

/** The page's Content-Security-Policy kept out something that the drawing waits for. */
export class BlockedContentError extends Error {
  override readonly name = 'BlockedContentError';

  constructor(directive: string) {
    super(`The Content-Security-Policy of this page does not allow what the tenant needs (${directive}).`);
  }
}

/** The app is open, but holds no object of that id that this person may see. */
export class ObjectNotFoundError extends Error {
  override readonly name = 'ObjectNotFoundError';
}

const FAILURES: Readonly<Record<Failure['kind'], Omit<Failure, 'kind'>>> = {
  'signed-out': {
    title: 'Qlik did not accept your sign-in',
    advice:
      'Your access token is missing, expired or revoked (401). Try again, or sign in to the portal again.',
    canRetry: true,
  },
  forbidden: {
    title: 'You have no access to this content',
    advice: 'Ask your administrator to give your account access to the app.',
    canRetry: false,
  },
  'not-found': {
    title: 'This content does not exist',
    advice: 'The app, sheet or chart was not found in this tenant.',
    canRetry: false,
  },
  unreachable: {
    title: 'The Qlik tenant did not let us in',
    advice:
      'It cannot be reached, or it does not allow this page’s address (allowedOrigins of the OAuth client).',
    canRetry: true,
  },
  closed: {
    title: 'The connection to the app was closed',
    advice: 'Your selections may be lost. Reconnect to go on.',
    canRetry: true,
  },
  blocked: {
    title: 'This page’s security policy blocks the content',
    advice: 'See the browser’s console for what it blocked.',
    canRetry: false,
  },
  incomplete: { title: 'This embed is not complete', advice: 'An attribute is missing.', canRetry: false },
  unexpected: {
    title: 'This content could not be shown',
    advice: 'Something unexpected happened.',
    canRetry: true,
  },
};

export const SOCKET_CLOSED: Failure = { kind: 'closed', ...FAILURES.closed };

export function failureOf(error: unknown): Failure {
  const kind = kindOf(error);
  // These messages are written for people, and an unexpected error has nothing better to say.
  const tells = kind === 'unexpected' || KNOWN_ERRORS.some((known) => error instanceof known);
  const said = tells && error instanceof Error ? error.message : '';
  return { kind, ...FAILURES[kind], ...(said === '' ? {} : { advice: said }) };
}

const KNOWN_ERRORS = [IncompleteEmbedError, ObjectNotFoundError, BlockedContentError];

function kindOf(error: unknown): Failure['kind'] {
  if (error instanceof IncompleteEmbedError) return 'incomplete';
  if (error instanceof BlockedContentError) return 'blocked';
  if (error instanceof ObjectNotFoundError) return 'not-found';
  const status = numberIn(error, 'status') ?? firstStatus(error);
  if (status === 401) return 'signed-out';
  if (status === 403) return 'forbidden';
  if (status === 404) return 'not-found';
  // A fetch the browser blocked (CORS, CSP) and one that found nobody look the same to a page: a TypeError, or status 0.
  if (status === 0 || error instanceof TypeError) return 'unreachable';
  // A lost websocket is in `original`, behind a code of the client's own.
  const code = numberIn(property(error, 'original'), 'code') ?? numberIn(error, 'code');
  if (code === CLOSE_CODES.permissions || code === ENGINE_CODES.accessDenied) return 'forbidden';
  if (code === CLOSE_CODES.notFound || code === ENGINE_CODES.notFound) return 'not-found';
  if (code !== undefined && code >= 1000 && code < 5000) return 'unreachable';
  return 'unexpected';
}

/** `@qlik/api`'s AuthorizationError carries Qlik's list of errors, each with a status. */
function firstStatus(error: unknown): number | undefined {
  const errors = property(error, 'errors');
  const status = Array.isArray(errors) ? property(errors[0], 'status') : undefined;
  return status === undefined || status === '' ? undefined : Number(status);
}

function numberIn(value: unknown, name: string): number | undefined {
  const found = property(value, name);
  return typeof found === 'number' ? found : undefined;
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
