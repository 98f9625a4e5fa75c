import { type ErrorRequestHandler, type Request, Router } from 'express';
import type { Clock } from '../../domain/clock.ts';
import { ERROR_CODES, type ErrorCodeName } from '../../domain/error-codes.ts';
import type { Subject } from '../../domain/ports.ts';
import { Secret } from '../../domain/secret.ts';
import type { SignIn } from '../../portal/sign-in.ts';
import { bodyOf, readForm, readJson } from '../body.ts';
import { credentials, type SignedInAnswer } from '../contract/sign-in.ts';
import { route } from '../methods.ts';
import { toPortalError, wantsPage } from '../problem.ts';
import { noStore } from '../security-headers.ts';
import type { Sessions } from '../session.ts';
import type { Sso } from './sso.ts';
import { sendLoginPage } from './sso-login-page.ts';

/** Ids of the messages in public/login.html. */
const MESSAGES: Partial<Readonly<Record<ErrorCodeName, string>>> = {
  invalid_credentials: 'invalid_credentials',
  invalid_request: 'invalid_request',
  too_many_attempts: 'too_many_attempts',
  cross_site_request: 'cross_site_request',
};

export function loginRoutes({
  sessions,
  signIn,
  clock,
  publicDir,
  sso,
}: {
  sessions: Sessions;
  signIn: SignIn;
  clock: Clock;
  publicDir: string;
  sso?: Sso | undefined;
}): Router {
  const router = Router();
  route(router, '/login', {
    get: [sendLoginPage({ publicDir, sso: sso !== undefined })],
    post: [
      noStore,
      readJson,
      readForm,
      sessions.load,
      async (req, res) => {
        const { email, password } = bodyOf(req, credentials);
        const subject = await signIn({
          email,
          password: new Secret(password),
          address: req.ip ?? '',
          requestId: req.requestId,
        });
        await sessions.start(req, {
          userId: subject.user.id,
          tenantId: subject.tenant.id,
          signedInAt: clock.now(),
        });
        if (isForm(req)) res.redirect(303, '/');
        else res.json(whoSignedIn(subject));
      },
    ],
  });
  return router;
}

/**
 * Failures of the form go back to its page, which holds a message for each and shows it without scripts. What the
 * form itself cannot have sent is left to the problem page.
 */
export const answerLoginForm: ErrorRequestHandler = (thrown: unknown, req, res, next) => {
  const message = req.method === 'POST' && req.path === '/login' ? messageOf(thrown, req) : undefined;
  if (message === undefined) {
    next(thrown);
    return;
  }
  res.setHeader('Cache-Control', 'no-store');
  res.redirect(303, `/login#${message}`);
};

function messageOf(thrown: unknown, req: Request): string | undefined {
  if (!isForm(req)) return undefined;
  const { code } = toPortalError(thrown);
  return ERROR_CODES[code].status >= 500 ? 'unavailable' : MESSAGES[code];
}

function isForm(req: Request): boolean {
  return req.is('urlencoded') === 'urlencoded' || (req.is('json') !== 'json' && wantsPage(req));
}

function whoSignedIn({ user, tenant }: Subject): SignedInAnswer {
  return { user: { name: user.name, email: user.email }, tenant: { id: tenant.id, name: tenant.name } };
}
