import type { NextFunction, Request, RequestHandler, Response } from 'express';
import session, { type SessionData, type Store } from 'express-session';
import type { Clock } from '../../runtime/clock.ts';
import { PortalError } from '../../domain/errors.ts';
import type { RequestSource } from '../../domain/model/request-source.ts';
import type { Secret } from '../../domain/model/secret.ts';
import type { Principal } from '../../domain/model/session.ts';
import { sourceOf } from './request-source.ts';
import { parsePrincipal } from './principal.ts';
import { createFastSessionRead } from './fast-session-read.ts';

declare module 'express-session' {
  interface SessionData {
    /** A {@link Principal} as it came back from the store: not believed until parsed. */
    principal: unknown;
    /** As the browser named itself at sign-in: for the person's list of sessions. */
    userAgent?: string;
  }
}

export interface SessionOptions {
  readonly store: Store;
  /** The first signs, all verify: cookies survive a rotation. */
  readonly secrets: readonly Secret[];
  /** ms without a request after which a session is over. */
  readonly idleLimitMs: number;
  /** ms after sign-in when a session is over, however busy. */
  readonly absoluteLimitMs: number;
}

/** No browser's name is longer; anything else would only fill the store. */
const MOST_OF_USER_AGENT = 400;

export interface Sessions {
  /** Loads the session that the cookie names, and ends it where a limit is over. */
  readonly load: RequestHandler;
  /** For routes that change nothing in the session: a fast path of {@link load}. */
  readonly fastSessionRead: RequestHandler;
  /** The one door to who is signed in. Only after {@link load} or {@link fastSessionRead}. */
  currentPrincipal(req: Request): Principal | undefined;
  /**
   * Signs in: under a new session id, whatever the browser came with (session fixation). `confirm` is asked when the
   * session is kept; where it throws, the sign-in fails.
   * @throws PortalError storage_unavailable
   */
  start(
    req: Request,
    principal: Principal,
    options?: { readonly confirm?: () => Promise<void> },
  ): Promise<void>;
  /**
   * Goes on under a new session id.
   * @throws PortalError session_required where the session was ended since the request began; storage_unavailable
   */
  renew(req: Request): Promise<void>;
  /**
   * Signs out: the session is gone from the store, so a copy of its cookie is worth nothing.
   * @throws PortalError storage_unavailable
   */
  end(req: Request, res: Response): Promise<void>;
}

export function createSessions(
  options: SessionOptions & {
    readonly clock: Clock;
    readonly publicUrl: string;
    /** Told of every session that begins. */
    readonly onStart?: (principal: Principal, source: RequestSource) => void;
    /** Told whose session it was in whose place another person's began. */
    readonly onReplaced?: (principal: Principal) => void;
  },
): Sessions {
  const { clock, idleLimitMs, absoluteLimitMs } = options;
  const secure = options.publicUrl.startsWith('https:');
  // `__Host-` (RFC 6265bis): browsers take it only from this very host, over https, for all paths.
  const name = secure ? '__Host-portal' : 'portal';
  const cookie = { path: '/', httpOnly: true, sameSite: 'lax', secure } as const;

  const secrets = options.secrets.map((secret) => secret.reveal());
  const expressSession = session({
    name,
    cookie: { ...cookie, maxAge: idleLimitMs },
    secret: secrets,
    store: options.store,
    rolling: true,
    resave: false,
    saveUninitialized: false,
  });

  const fastSessionRead = createFastSessionRead({ ...options, cookieName: name, secrets });
  const readFast = new WeakMap<Request, Principal>();

  async function end(req: Request, res: Response): Promise<void> {
    // express-session has not loaded it yet, and only express-session ends sessions.
    if (readFast.delete(req)) await open(req, res, () => undefined);
    const current = req.session as Request['session'] | undefined;
    if (current === undefined) return;
    await settled((done) => current.destroy(done));
    res.clearCookie(name, cookie);
  }

  async function endIfOver(req: Request, res: Response): Promise<void> {
    // Without a connection to its store express-session continues without a session.
    if ((req.session as Request['session'] | undefined) === undefined) {
      throw new PortalError('storage_unavailable');
    }
    if (req.session.principal === undefined) return;
    const principal = parsePrincipal(req.session.principal);
    const now = clock.now();
    const idleUntil = req.session.cookie.expires?.getTime() ?? 0;
    const alive = principal !== undefined && now < idleUntil && now < principal.signedInAt + absoluteLimitMs;
    if (!alive) await end(req, res);
    // Sessions follow a limit that was changed after they began.
    else req.session.cookie.originalMaxAge = idleLimitMs;
  }

  async function open(req: Request, res: Response, next: NextFunction): Promise<void> {
    if (secure) trustOwnScheme(req);
    let loading = true;
    await settled((done) => {
      expressSession(req, res, (error?: unknown) => {
        // It calls again where prolonging the session failed at the end of the answer.
        if (loading) done(error);
        else next(storageFault(error));
        loading = false;
      });
    });
    await endIfOver(req, res);
  }

  const currentPrincipal = (req: Request) =>
    readFast.get(req) ?? parsePrincipal((req.session as Request['session'] | undefined)?.principal);

  async function start(
    req: Request,
    principal: Principal,
    { confirm }: { readonly confirm?: () => Promise<void> } = {},
  ): Promise<void> {
    const before = { id: req.sessionID, principal: currentPrincipal(req) };
    const destroy = (id: string) => settled((done) => req.sessionStore.destroy(id, done));
    try {
      req.sessionStore.generate(req);
      req.session.principal = principal;
      const userAgent = req.get('User-Agent')?.slice(0, MOST_OF_USER_AGENT);
      if (userAgent !== undefined) req.session.userAgent = userAgent;
      await settled((done) => req.session.save(done));
      // Now, when it is among the sessions that others end: who did it before is seen here.
      await confirm?.();
      await destroy(before.id);
    } catch (error) {
      await destroy(req.sessionID).catch(() => undefined);
      // Or express-session would save it once more and hand out its cookie with the failure.
      Reflect.deleteProperty(req, 'session');
      throw error;
    }
    options.onStart?.(principal, sourceOf(req));
    if (before.principal !== undefined && before.principal.userId !== principal.userId) {
      options.onReplaced?.(before.principal);
    }
  }

  async function isKept(id: string): Promise<boolean> {
    let found = false;
    await settled((done) => {
      options.store.get(id, (error: unknown, data?: SessionData | null) => {
        found = data !== undefined && data !== null;
        done(error);
      });
    });
    return found;
  }

  return {
    async load(req, res, next) {
      await open(req, res, next);
      next();
    },
    async fastSessionRead(req, res, next) {
      const principal = await fastSessionRead(req).catch((error: unknown) => {
        throw storageFault(error);
      });
      if (principal === undefined) await open(req, res, next);
      else readFast.set(req, principal);
      next();
    },
    currentPrincipal,
    start,
    async renew(req) {
      const { sessionID } = req;
      const principal = currentPrincipal(req);
      if (principal === undefined) throw new PortalError('session_required');
      async function confirm(): Promise<void> {
        if (!(await isKept(sessionID))) throw new PortalError('session_required');
      }
      await start(req, principal, { confirm });
    },
    end,
  };
}

/**
 * express-session silently sets no Secure cookie on a request that does not look like https, which behind a TLS
 * proxy hangs on one forgotten header. PUBLIC_URL says https, and a browser that came over http would drop the
 * cookie, so the header has nothing to decide.
 */
function trustOwnScheme(req: Request): void {
  Object.defineProperty(req, 'secure', { value: true });
}

function settled(operation: (done: (error?: unknown) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    operation((error) => {
      // Stores say "no error" with null or undefined.
      if (error === undefined || error === null) resolve();
      else reject(storageFault(error));
    });
  });
}

function storageFault(error: unknown): PortalError {
  return error instanceof PortalError ? error : new PortalError('storage_unavailable', { cause: error });
}
