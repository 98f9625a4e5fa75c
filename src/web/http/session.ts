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
import { fromStore, storageFault } from './session-store.ts';

declare module 'express-session' {
  interface SessionData {
    /** A {@link Principal}, unverified until `parsePrincipal` accepts it. */
    principal: unknown;
    /** Of the browser that signed in, for the account's list of sessions. */
    userAgent?: string;
  }
}

export interface SessionOptions {
  readonly store: Store;
  /** The first signs, all verify: cookies survive a rotation. */
  readonly secrets: readonly Secret[];
  /** ms without a request after which a session expires. */
  readonly idleLimitMs: number;
  /** ms after sign-in when a session expires, used or not. */
  readonly absoluteLimitMs: number;
}

/** Longer ones, which no browser sends, would fill the store. */
const MAX_USER_AGENT = 400;

export interface Sessions {
  /** Loads the session that the cookie names, and ends it where it has expired. */
  readonly load: RequestHandler;
  /** For routes that change nothing in the session: a fast path of {@link load}. */
  readonly fastSessionRead: RequestHandler;
  /** Who is signed in. Only after {@link load} or {@link fastSessionRead}. */
  currentPrincipal(req: Request): Principal | undefined;
  /**
   * Signs in, always under a new session id (session fixation). `confirm` is called after the session is stored;
   * where it throws, the sign-in fails.
   * @throws PortalError storage_unavailable
   */
  start(
    req: Request,
    principal: Principal,
    options?: { readonly confirm?: () => Promise<void> },
  ): Promise<void>;
  /**
   * Continues the session under a new id.
   * @throws PortalError session_required (the session was ended after the request began), storage_unavailable
   */
  renew(req: Request): Promise<void>;
  /**
   * Signs out: deletes the session from the store, so that copies of its cookie are worthless.
   * @throws PortalError storage_unavailable
   */
  end(req: Request, res: Response): Promise<void>;
}

export function createSessions(
  options: SessionOptions & {
    readonly clock: Clock;
    readonly publicUrl: string;
    /** Called after every sign-in. */
    readonly onStart?: (principal: Principal, source: RequestSource) => void;
    /** Called with the principal whose session was replaced by the sign-in of another account. */
    readonly onReplaced?: (principal: Principal) => void;
  },
): Sessions {
  const { clock, idleLimitMs, absoluteLimitMs } = options;
  const secure = options.publicUrl.startsWith('https:');
  // `__Host-` (RFC 6265bis): browsers accept it only from this host, over https, for all paths.
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
    await fromStore((done) => current.destroy(done));
    res.clearCookie(name, cookie);
  }

  async function endIfExpired(req: Request, res: Response): Promise<void> {
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
    // A changed limit applies to running sessions as well.
    else req.session.cookie.originalMaxAge = idleLimitMs;
  }

  async function open(req: Request, res: Response, next: NextFunction): Promise<void> {
    if (secure) trustOwnScheme(req);
    let loading = true;
    await fromStore((done) => {
      expressSession(req, res, (error?: unknown) => {
        // express-session calls it again where it cannot prolong the session at the end of the response.
        if (loading) done(error);
        else next(storageFault(error));
        loading = false;
      });
    });
    await endIfExpired(req, res);
  }

  const currentPrincipal = (req: Request) =>
    readFast.get(req) ?? parsePrincipal((req.session as Request['session'] | undefined)?.principal);

  async function start(
    req: Request,
    principal: Principal,
    { confirm }: { readonly confirm?: () => Promise<void> } = {},
  ): Promise<void> {
    const before = { id: req.sessionID, principal: currentPrincipal(req) };
    const destroy = (id: string) => fromStore((done) => req.sessionStore.destroy(id, done));
    try {
      req.sessionStore.generate(req);
      req.session.principal = principal;
      const userAgent = req.get('User-Agent')?.slice(0, MAX_USER_AGENT);
      if (userAgent !== undefined) req.session.userAgent = userAgent;
      await fromStore((done) => req.session.save(done));
      // After the session is stored, where others can end it: what they changed before that is noticed here.
      await confirm?.();
      await destroy(before.id);
    } catch (error) {
      await destroy(req.sessionID).catch(() => undefined);
      // Otherwise express-session would save it again and set its cookie on the error response.
      Reflect.deleteProperty(req, 'session');
      throw error;
    }
    options.onStart?.(principal, sourceOf(req));
    if (before.principal !== undefined && before.principal.userId !== principal.userId) {
      options.onReplaced?.(before.principal);
    }
  }

  return {
    async load(req, res, next) {
      await open(req, res, next);
      next();
    },
    async fastSessionRead(req, res, next) {
      const principal = await fastSessionRead(req);
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
        const kept = await fromStore<SessionData>((done) => options.store.get(sessionID, done));
        if (kept === undefined) throw new PortalError('session_required');
      }
      await start(req, principal, { confirm });
    },
    end,
  };
}

/**
 * express-session silently omits a Secure cookie where the request does not look like https, which behind a TLS
 * proxy depends on X-Forwarded-Proto. PUBLIC_URL already says https, and over http browsers drop the cookie.
 */
function trustOwnScheme(req: Request): void {
  Object.defineProperty(req, 'secure', { value: true });
}
