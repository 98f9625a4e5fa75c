import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { PortalError } from '../../domain/errors.ts';
import { bodyOf } from '../http/body.ts';
import type { FailedForm } from '../http/failed-form.ts';
import type { RouteDeps } from '../http/deps.ts';
import { route } from '../http/route.ts';
import { metaRefreshPage } from '../pages/meta-refresh-page.ts';
import { wantsPage } from '../http/errors.ts';
import { sourceOf } from '../http/request-source.ts';
import { createSsoTransactions } from './sso-transactions.ts';
import {
  BODY_PROBLEMS,
  MEMBER_PROBLEMS,
  type Operations,
  STORAGE_PROBLEMS,
  page,
} from '../http/operation.ts';

export const homeRealm = z
  .strictObject({ email: z.string().min(1).max(320) })
  .meta({ id: 'HomeRealm', description: 'Whose provider is looked for.' });

export const logoutNotice = z.object({ logout_token: z.string().min(1) }).meta({
  id: 'LogoutNotice',
  description:
    '[OpenID Connect Back-Channel Logout 1.0](https://openid.net/specs/openid-connect-backchannel-1_0.html).',
});

const FORM_PROBLEMS = BODY_PROBLEMS.filter((code) => code !== 'malformed_json');
const providerParameter = {
  name: 'provider',
  in: 'path',
  description: '`id` of an entry in SSO_PROVIDERS.',
} as const;
const BACK = {
  303: {
    description: 'A page: back to `/login` with a message in the fragment, or after success to `/`',
    headers: { Location: 'A path of the portal.' },
  },
};

export const ssoOperations = {
  findProvider: {
    method: 'post',
    path: '/login/sso',
    tag: 'Sign-in',
    summary: 'The form of the sign-in page: which identity provider is theirs?',
    description:
      'Counts as a sign-in attempt of the address: customers are not to be found out by trying domains.',
    session: 'none',
    body: { schema: homeRealm, types: ['application/x-www-form-urlencoded'] },
    answers: { 200: page('A page that redirects to the provider'), ...BACK },
    problems: [
      ...FORM_PROBLEMS,
      'cross_site_request',
      'sso_unknown',
      'too_many_attempts',
      ...STORAGE_PROBLEMS,
    ],
  },
  beginSso: {
    method: 'get',
    path: '/login/sso/{provider}',
    tag: 'Sign-in',
    summary: 'Begins a sign-in with an identity provider',
    session: 'none',
    parameters: [providerParameter],
    answers: {
      302: {
        description: 'To the provider',
        headers: {
          Location: 'Its authorization endpoint, with PKCE, state and nonce.',
          'Set-Cookie': 'What the browser has to bring back; encrypted.',
        },
      },
      ...BACK,
    },
    problems: ['invalid_request', 'sso_unknown', 'sso_unavailable', 'internal_error'],
  },
  finishSso: {
    method: 'get',
    path: '/login/sso/{provider}/callback',
    tag: 'Sign-in',
    summary: 'Where the provider sends the browser back',
    session: 'sometimes',
    parameters: [providerParameter],
    answers: BACK,
    problems: [
      'invalid_request',
      'sso_expired',
      'sso_failed',
      'sso_cancelled',
      'sso_not_allowed',
      'sso_account_conflict',
      'tenant_disabled',
      'sso_unavailable',
      'too_many_attempts',
      ...MEMBER_PROBLEMS,
    ],
  },
  endSsoSessions: {
    method: 'post',
    path: '/login/sso/{provider}/backchannel-logout',
    tag: 'Sign-in',
    summary: 'A provider says which of its sessions are over',
    description: 'From server to server, proven by the signature of the logout token.',
    session: 'none',
    parameters: [providerParameter],
    body: { schema: logoutNotice, types: ['application/x-www-form-urlencoded'] },
    answers: { 200: { description: 'They are over here as well' } },
    problems: [...FORM_PROBLEMS, 'cross_site_request', 'not_found', 'sso_unavailable', ...STORAGE_PROBLEMS],
  },
  leaveProvider: {
    method: 'get',
    path: '/login/signed-out',
    tag: 'Sign-in',
    summary: 'Where providers send the browser when they have signed the person out',
    session: 'none',
    answers: { 303: { description: 'To the sign-in page', headers: { Location: '`/login#signed_out`' } } },
    problems: [],
  },
} satisfies Operations;

/** Sign-in with the provider of a company (OpenID Connect), and its way to sign people out. */
export function ssoRoutes(
  { sessions, session, publicUrl, clock }: RouteDeps,
  sso: NonNullable<RouteDeps['sso']>,
): Router {
  const transactions = createSsoTransactions({ secrets: session.secrets, publicUrl, clock });
  const router = Router();

  /** The form of the sign-in page: which provider is theirs? */
  route(router, ssoOperations.findProvider, [
    async (req, res) => {
      const { email } = bodyOf(req, homeRealm);
      const providerId = await sso.signIn.findProvider({ email, ...sourceOf(req) });
      res.send(metaRefreshPage({ title: 'To the sign-in of your company', url: `/login/sso/${providerId}` }));
    },
  ]);

  /** Also a link of its own, for the pages of an OEM or a customer. */
  route(router, ssoOperations.beginSso, [
    async (req, res) => {
      const { url, transaction } = await sso.signIn.begin(providerOf(req));
      await transactions.keep(req, res, transaction);
      res.redirect(302, url);
    },
  ]);

  route(router, ssoOperations.finishSso, [
    sessions.load,
    async (req, res) => {
      const query = queryOf(req);
      const state = new URLSearchParams(query).get('state') ?? '';
      const transaction = await transactions.take(req, res, { providerId: providerOf(req), state });
      // Back or Reload after the sign-in: it is done.
      if (transaction === undefined && sessions.currentPrincipal(req)) return res.redirect(303, '/');
      if (transaction === undefined) throw new PortalError('sso_expired');
      const { member, session: vouched } = await sso.signIn.finish(transaction, query, sourceOf(req));
      await sessions.start(req, {
        userId: member.account.id,
        tenantId: member.tenant.id,
        signedInAt: clock.now(),
        sso: vouched,
      });
      return res.redirect(303, '/');
    },
  ]);

  /** From server to server: OpenID Connect Back-Channel Logout 1.0 section 2.8. */
  route(router, ssoOperations.endSsoSessions, [
    async (req, res) => {
      const { logout_token: token } = bodyOf(req, logoutNotice);
      await sso.signOut.byProvider(providerOf(req), token, sourceOf(req));
      res.status(200).end();
    },
  ]);

  /** Where providers send the browser when they have signed the person out. */
  route(router, ssoOperations.leaveProvider, [
    (_req: Request, res: Response) => res.redirect(303, '/login#signed_out'),
  ]);
  return router;
}

export const ssoForm: FailedForm = {
  operations: [ssoOperations.findProvider, ssoOperations.beginSso, ssoOperations.finishSso],
  isForm: wantsPage,
  page: 'login',
  // The only input is the e-mail or the address that names the provider.
  messages: { invalid_request: 'sso_unknown' },
};

function providerOf(req: Request): string {
  const { provider } = req.params;
  if (typeof provider !== 'string') throw new PortalError('not_found');
  return provider;
}

/** Unparsed: parsing would drop repeated parameters, which must be refused. */
function queryOf(req: Request): string {
  const at = req.originalUrl.indexOf('?');
  return at === -1 ? '' : req.originalUrl.slice(at);
}
