import { type Request, Router } from 'express';
import { z } from 'zod';
import type { Clock } from '../../runtime/clock.ts';
import type { TenantMember } from '../../domain/model/tenant-member.ts';
import { Secret } from '../../domain/model/secret.ts';
import type { SignIn } from '../../portal/sign-in/sign-in.ts';
import { bodyOf } from '../http/body.ts';
import type { FailedForm } from '../http/failed-form.ts';
import { route } from '../http/route.ts';
import { sourceOf } from '../http/request-source.ts';
import type { PageAssets } from '../pages/page-assets.ts';
import { sendLoginPage } from '../pages/pages.ts';
import { wantsPage } from '../http/errors.ts';
import type { Sessions } from '../http/session.ts';
import type { Sso } from './sso.ts';
import { BODY_PROBLEMS, type Operation, STORAGE_PROBLEMS, page } from '../http/operation.ts';
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

const getLoginPageOperation: Operation = {
  method: 'get',
  path: '/login',
  id: 'getLoginPage',
  tag: 'Pages',
  summary: 'The sign-in page',
  session: 'none',
  answers: { 200: page('The page, which works without scripts') },
  problems: [],
};

const signInOperation: Operation = {
  method: 'post',
  path: '/login',
  id: 'signIn',
  tag: 'Sign-in',
  summary: 'Signs in by e-mail and password',
  description:
    'The form is answered by a redirect, JSON by JSON. Unknown, wrong and disabled are one answer, after the same work. ' +
    'A session that came with the request is ended and replaced.',
  session: 'sometimes',
  body: { schema: credentials, types: ['application/json', 'application/x-www-form-urlencoded'] },
  answers: {
    200: {
      description: 'Signed in (JSON)',
      content: { 'application/json': signedIn },
      headers: COOKIE,
    },
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
    'encryption_key_missing',
    'stored_secret_unreadable',
    ...STORAGE_PROBLEMS,
  ],
};

export const loginOperations: readonly Operation[] = [getLoginPageOperation, signInOperation];

export function loginRoutes({
  sessions,
  signIn,
  clock,
  assets,
  sso,
}: {
  sessions: Sessions;
  signIn: SignIn;
  clock: Clock;
  assets: PageAssets;
  sso?: Sso | undefined;
}): Router {
  const router = Router();
  route(router, getLoginPageOperation, [sendLoginPage({ assets, sso: sso !== undefined })]);
  route(router, signInOperation, [
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

export const loginForm: FailedForm = { operations: [signInOperation], isForm, page: 'login' };

function isForm(req: Request): boolean {
  return req.is('urlencoded') === 'urlencoded' || (req.is('json') !== 'json' && wantsPage(req));
}

function whoSignedIn({ account, tenant }: TenantMember): SignedInAnswer {
  return { user: { name: account.name, email: account.email }, tenant: { id: tenant.id, name: tenant.name } };
}
