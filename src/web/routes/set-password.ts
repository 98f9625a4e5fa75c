import { type Request, Router } from 'express';
import { Secret } from '../../domain/model/secret.ts';
import type { SetPassword } from '../../portal/accounts/set-password.ts';
import { bodyOf, readForm, readJson } from '../http/body.ts';
import { newPassword } from '../contract/set-password.ts';
import { answerFailedForm } from '../http/failed-form.ts';
import { route } from '../http/methods.ts';
import type { PageAssets } from '../pages/page-assets.ts';
import { sendPublicPage } from '../pages/pages.ts';
import { noStore } from '../http/security-headers.ts';

/**
 * `GET /set-password`: the page of a one-time link. `POST` sets the password: as a form 303 to `/login#password_set`,
 * as JSON 204. The code comes in the body only, never in an address.
 */
export function setPasswordRoutes({
  setPassword,
  assets,
}: {
  setPassword: SetPassword;
  assets: PageAssets;
}): Router {
  const router = Router();
  route(router, '/set-password', {
    get: [sendPublicPage(assets, 'set-password.html')],
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

export const answerSetPasswordForm = answerFailedForm({
  path: /^\/set-password\/?$/i,
  isForm: (req) => req.method === 'POST' && isForm(req),
  page: '/set-password',
  /** Ids of the messages in public/set-password.html. */
  messages: {
    invalid_request: 'invalid_request',
    password_link_invalid: 'password_link_invalid',
    password_too_short: 'password_too_short',
    password_too_long: 'password_too_long',
    password_guessable: 'password_guessable',
    too_many_attempts: 'too_many_attempts',
    cross_site_request: 'cross_site_request',
  },
});

function isForm(req: Request): boolean {
  return req.is('urlencoded') === 'urlencoded';
}
