import { type ErrorRequestHandler, type Request, Router } from 'express';
import { ERROR_CODES, type ErrorCodeName } from '../../domain/error-codes.ts';
import { Secret } from '../../domain/secret.ts';
import type { SetPassword } from '../../portal/accounts/set-password.ts';
import { bodyOf, readForm, readJson } from '../body.ts';
import { newPassword } from '../contract/set-password.ts';
import { route } from '../methods.ts';
import { sendPublicFile } from '../pages.ts';
import { toPortalError } from '../problem.ts';
import { noStore } from '../security-headers.ts';

const PATH = '/set-password';
/**
 * `GET /set-password`: the page of a one-time link. `POST` sets the password: as a form 303 to `/login#password_set`,
 * as JSON 204. The code comes in the body only, never in an address.
 */
export function setPasswordRoutes({
  setPassword,
  publicDir,
}: {
  setPassword: SetPassword;
  publicDir: string;
}): Router {
  const router = Router();
  route(router, PATH, {
    get: [sendPublicFile(publicDir, 'set-password.html')],
    post: [
      noStore,
      readJson,
      readForm,
      async (req, res) => {
        const { code, password } = bodyOf(req, newPassword);
        await setPassword({
          // Copied from the address bar it may come with what is before it.
          code: new Secret(code.slice(code.lastIndexOf('#') + 1)),
          password: new Secret(password),
          address: req.ip ?? '',
          requestId: req.requestId,
        });
        if (isForm(req)) res.redirect(303, '/login#password_set');
        else res.status(204).end();
      },
    ],
  });
  return router;
}

/** Ids of the messages in public/set-password.html. */
const MESSAGES: Partial<Readonly<Record<ErrorCodeName, string>>> = {
  invalid_request: 'invalid_request',
  password_link_invalid: 'password_link_invalid',
  password_too_short: 'password_too_short',
  password_too_long: 'password_too_long',
  password_guessable: 'password_guessable',
  too_many_attempts: 'too_many_attempts',
  cross_site_request: 'cross_site_request',
};

/** Failures of the form go back to its page, which holds a message for each and shows it without scripts. */
export const answerSetPasswordForm: ErrorRequestHandler = (thrown: unknown, req, res, next) => {
  const { code } = toPortalError(thrown);
  const message = ERROR_CODES[code].status >= 500 ? 'unavailable' : MESSAGES[code];
  if (req.method !== 'POST' || req.path !== PATH || !isForm(req) || message === undefined) {
    next(thrown);
    return;
  }
  res.setHeader('Cache-Control', 'no-store');
  res.redirect(303, `${PATH}#${message}`);
};

function isForm(req: Request): boolean {
  return req.is('urlencoded') === 'urlencoded';
}
