import { type Request, Router } from 'express';
import { z } from 'zod';
import { Secret } from '../../domain/model/secret.ts';
import { bodyOf } from '../http/body.ts';
import type { FailedForm } from '../http/failed-form.ts';
import { sourceOf } from '../http/request-source.ts';
import type { RouteDeps } from '../http/deps.ts';
import { route } from '../http/route.ts';
import { sendPublicPage } from '../pages/pages.ts';
import {
  BODY_PROBLEMS,
  NEW_PASSWORD_PROBLEMS,
  type Operations,
  STORAGE_PROBLEMS,
  page,
} from '../http/operation.ts';
import { MOST_TYPED_CHARACTERS, typedPassword } from './typed-password.ts';

export const newPassword = z
  .strictObject({
    code: z.string().trim().min(1).max(200).meta({ description: 'Of the one-time link.' }),
    password: typedPassword,
    /** Asked where scripts, and so the button that shows the password, are off. */
    repeated: z.string().max(MOST_TYPED_CHARACTERS).optional(),
  })
  .refine(({ password, repeated }) => repeated === undefined || repeated === password, {
    path: ['repeated'],
    message: 'differs from the password',
  })
  .meta({ id: 'NewPassword', description: '`repeated`, where given, is the password once more.' });

export const setPasswordOperations = {
  getSetPasswordPage: {
    method: 'get',
    path: '/set-password',
    tag: 'Pages',
    summary: 'The page of a one-time link; the code is in the fragment',
    session: 'none',
    answers: { 200: page('The page, which works without scripts') },
    problems: [],
  },
  setPassword: {
    method: 'post',
    path: '/set-password',
    tag: 'Account',
    summary: 'Sets a password with the code of a one-time link',
    description:
      'Ends every session of the person. A password that is refused leaves the link as it is. Attempts count as ' +
      'sign-in attempts of the address.',
    session: 'none',
    body: { schema: newPassword, types: ['application/json', 'application/x-www-form-urlencoded'] },
    answers: {
      204: { description: 'Set (JSON)' },
      303: {
        description: 'The form: to `/login#password_set`, or back with a message in the fragment',
        headers: { Location: 'A path of the portal.' },
      },
    },
    problems: [
      ...BODY_PROBLEMS,
      'cross_site_request',
      'password_link_invalid',
      ...NEW_PASSWORD_PROBLEMS,
      ...STORAGE_PROBLEMS,
    ],
  },
} satisfies Operations;

/**
 * `GET /set-password`: the page of a one-time link. `POST` sets the password: as a form 303 to `/login#password_set`,
 * as JSON 204. The code comes in the body only, never in an address.
 */
export function setPasswordRoutes({ setPassword, assets }: RouteDeps): Router {
  const router = Router();
  route(router, setPasswordOperations.getSetPasswordPage, [sendPublicPage(assets, 'set-password.html')]);
  route(router, setPasswordOperations.setPassword, [
    async (req, res) => {
      const { code, password } = bodyOf(req, newPassword);
      await setPassword({
        // People may paste the whole link.
        code: new Secret(code.slice(code.lastIndexOf('#') + 1)),
        password: new Secret(password),
        ...sourceOf(req),
      });
      if (isForm(req)) res.redirect(303, '/login#password_set');
      else res.status(204).end();
    },
  ]);
  return router;
}

export const setPasswordForm: FailedForm = {
  operations: [setPasswordOperations.setPassword],
  isForm,
  page: 'set-password',
};

function isForm(req: Request): boolean {
  return req.is('urlencoded') === 'urlencoded';
}
