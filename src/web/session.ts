import type { Request, RequestHandler, Response } from 'express';
import session, { type Store } from 'express-session';
import { z } from 'zod';
import type { Clock } from '../domain/clock.ts';
import { PortalError } from '../domain/errors.ts';
import { isPortalUserId, isTenantId, type PortalUserId, type TenantId } from '../domain/ids.ts';
import type { Secret } from '../domain/secret.ts';
import type { Principal } from '../domain/session.ts';

declare module 'express-session' {
  interface SessionData {
    /** A {@link Principal} as it came back from the store: not believed until parsed. */
    principal: unknown;
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

export interface Sessions {
  /** Loads the session that the cookie names, and ends it where a limit is over. */
  readonly load: RequestHandler;
  /** The one door to who is signed in. Only after {@link load}. */
  currentPrincipal(req: Request): Principal | undefined;
  /**
   * Signs in: under a new session id, whatever the browser came with (session fixation).
   * @throws PortalError storage_unavailable
   */
  start(req: Request, principal: Principal): Promise<void>;
  /**
   * Signs out: the session is gone from the store, so a copy of its cookie is worth nothing.
   * @throws PortalError storage_unavailable
   */
  end(req: Request, res: Response): Promise<void>;
}

const principalSchema = z.object({
  userId: z.custom<PortalUserId>((value) => typeof value === 'string' && isPortalUserId(value)),
  tenantId: z.custom<TenantId>((value) => typeof value === 'string' && isTenantId(value)),
  signedInAt: z.number().int().positive(),
  sso: z.object({ providerId: z.string(), sid: z.string().optional() }).optional(),
}) satisfies z.ZodType<Principal>;

export function createSessions(
  options: SessionOptions & { readonly clock: Clock; readonly publicUrl: string },
): Sessions {
  const { clock, idleLimitMs, absoluteLimitMs } = options;
  const secure = options.publicUrl.startsWith('https:');
  // `__Host-` (RFC 6265bis): browsers take it only from this very host, over https, for all paths.
  const name = secure ? '__Host-portal' : 'portal';
  const cookie = { path: '/', httpOnly: true, sameSite: 'lax', secure } as const;

  const expressSession = session({
    name,
    cookie: { ...cookie, maxAge: idleLimitMs },
    secret: options.secrets.map((secret) => secret.reveal()),
    store: options.store,
    rolling: true,
    resave: false,
    saveUninitialized: false,
  });

  async function end(req: Request, res: Response): Promise<void> {
    const current = req.session as Request['session'] | undefined;
    if (current === undefined) return;
    await settled((done) => current.destroy(done));
    res.clearCookie(name, cookie);
  }

  async function endIfOver(req: Request, res: Response): Promise<void> {
    // Without a connection to its store express-session goes on as if nobody were signed in.
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

  return {
    load: async (req, res, next) => {
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
      next();
    },
    currentPrincipal: (req) => parsePrincipal((req.session as Request['session'] | undefined)?.principal),
    async start(req, principal) {
      try {
        await settled((done) => req.sessionStore.regenerate(req, done));
        req.session.principal = principal;
        await settled((done) => req.session.save(done));
      } catch (error) {
        // Or express-session would save it once more and hand out its cookie with the failure.
        Reflect.deleteProperty(req, 'session');
        throw error;
      }
    },
    end,
  };
}

function parsePrincipal(value: unknown): Principal | undefined {
  return principalSchema.safeParse(value).data;
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
