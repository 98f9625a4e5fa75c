import { type Request, Router } from 'express';
import { z } from 'zod';
import type { TenantMember } from '../../domain/model/tenant-member.ts';
import { Secret } from '../../domain/model/secret.ts';
import { bodyOf } from '../http/body.ts';
import type { FailedForm } from '../http/failed-form.ts';
import type { RouteDeps } from '../http/deps.ts';
import { route } from '../http/route.ts';
import { sourceOf } from '../http/request-source.ts';
import { sendLoginPage } from '../pages/pages.ts';
import { wantsPage } from '../http/errors.ts';
import { BODY_PROBLEMS, MEMBER_PROBLEMS, type Operations, json, page } from '../http/operation.ts';
import { typedPassword } from './typed-password.ts';

export const credentials = z
  .strictObject({
    email: z.string().min(1).max(320),
    password: typedPassword,
  })
  .meta({ id: 'Credentials' });

export const signedIn = z
  .strictObject({
    user: z.strictObject({ name: z.string(), email: z.string() }),
    tenant: z.strictObject({ id: z.string(), name: z.string() }),
  })
  .meta({ id: 'SignedIn', description: 'Who signed in.' });

export type SignedInAnswer = z.infer<typeof signedIn>;

const COOKIE = {
  'Set-Cookie': 'The session cookie: HttpOnly, SameSite=Lax; over https Secure and `__Host-`.',
};

export const loginOperations = {
  getLoginPage: {
    method: 'get',
    path: '/login',
    tag: 'Pages',
    summary: 'The sign-in page',
    session: 'none',
    answers: { 200: page('The page, which works without scripts') },
    problems: [],
  },
  signIn: {
    method: 'post',
    path: '/login',
    tag: 'Sign-in',
    summary: 'Signs in by e-mail and password',
    description:
      'The form is answered by a redirect, JSON by JSON. Unknown, wrong and disabled are one answer, after the same work. ' +
      'A session that came with the request is ended and replaced.',
    session: 'sometimes',
    body: { schema: credentials, types: ['application/json', 'application/x-www-form-urlencoded'] },
    answers: {
      200: { ...json('Signed in (JSON)', signedIn), headers: COOKIE },
      303: {
        description: 'The form: to `/` with the cookie, or back to `/login` with a message in the fragment',
        headers: { Location: 'A path of the portal.' },
      },
    },
    problems: [
      ...BODY_PROBLEMS,
      'invalid_credentials',
      'cross_site_request',
      'too_many_attempts',
      ...MEMBER_PROBLEMS,
    ],
  },
} satisfies Operations;

export function loginRoutes({ sessions, signIn, clock, assets, sso }: RouteDeps): Router {
  const router = Router();
  route(router, loginOperations.getLoginPage, [sendLoginPage({ assets, sso: sso !== undefined })]);
  route(router, loginOperations.signIn, [
    sessions.load,
    async (req, res) => {
      const { email, password } = bodyOf(req, credentials);
      const { member, confirm } = await signIn({
        email,
        password: new Secret(password),
        ...sourceOf(req),
      });
      const { account, tenant } = member;
      const principal = { userId: account.id, tenantId: tenant.id, signedInAt: clock.now() };
      await sessions.start(req, principal, { confirm });
      if (isForm(req)) res.redirect(303, '/');
      else res.json(whoSignedIn(member));
    },
  ]);
  return router;
}

export const loginForm: FailedForm = { operations: [loginOperations.signIn], isForm, page: 'login' };

function isForm(req: Request): boolean {
  return req.is('urlencoded') === 'urlencoded' || (req.is('json') !== 'json' && wantsPage(req));
}

function whoSignedIn({ account, tenant }: TenantMember): SignedInAnswer {
  return { user: { name: account.name, email: account.email }, tenant: { id: tenant.id, name: tenant.name } };
}
