import { type Request, Router } from 'express';
import type { Clock } from '../../runtime/clock.ts';
import type { TenantMember } from '../../domain/model/tenant-member.ts';
import { Secret } from '../../domain/model/secret.ts';
import type { SignIn } from '../../portal/sign-in/sign-in.ts';
import { bodyOf, readForm, readJson } from '../http/body.ts';
import { credentials, type SignedInAnswer } from '../contract/sign-in.ts';
import { answerFailedForm, LOGIN_MESSAGES } from '../http/failed-form.ts';
import { route } from '../http/methods.ts';
import { sourceOf } from '../http/request-source.ts';
import type { PageAssets } from '../pages/page-assets.ts';
import { sendLoginPage } from '../pages/pages.ts';
import { wantsPage } from '../http/errors.ts';
import { noStore } from '../http/security-headers.ts';
import type { Sessions } from '../http/session.ts';
import type { Sso } from './sso.ts';

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
  route(router, '/login', {
    get: [sendLoginPage({ assets, sso: sso !== undefined })],
    post: [
      noStore,
      readJson,
      readForm,
      sessions.load,
      async (req, res) => {
        const { email, password } = bodyOf(req, credentials);
        const { member: subject, confirm } = await signIn({
          email,
          password: new Secret(password),
          ...sourceOf(req),
        });
        const { account, tenant } = subject;
        const principal = { userId: account.id, tenantId: tenant.id, signedInAt: clock.now() };
        await sessions.start(req, principal, { confirm });
        if (isForm(req)) res.redirect(303, '/');
        else res.json(whoSignedIn(subject));
      },
    ],
  });
  return router;
}

export const answerLoginForm = answerFailedForm({
  path: /^\/login\/?$/i,
  isForm: (req) => req.method === 'POST' && isForm(req),
  page: '/login',
  messages: LOGIN_MESSAGES,
});

function isForm(req: Request): boolean {
  return req.is('urlencoded') === 'urlencoded' || (req.is('json') !== 'json' && wantsPage(req));
}

function whoSignedIn({ account, tenant }: TenantMember): SignedInAnswer {
  return { user: { name: account.name, email: account.email }, tenant: { id: tenant.id, name: tenant.name } };
}
