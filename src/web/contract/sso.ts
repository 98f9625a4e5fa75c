import { z } from 'zod';
import { BODY_PROBLEMS, type Operation, STORAGE_PROBLEMS } from './operation.ts';
import { page } from './page.ts';

export const homeRealm = z
  .strictObject({ email: z.string().min(1).max(320) })
  .meta({ id: 'HomeRealm', description: 'Whose provider is looked for.' });

export const logoutNotice = z.object({ logout_token: z.string().min(1) }).meta({
  id: 'LogoutNotice',
  description:
    '[OpenID Connect Back-Channel Logout 1.0](https://openid.net/specs/openid-connect-backchannel-1_0.html).',
});

const FORM_PROBLEMS = BODY_PROBLEMS.filter((code) => code !== 'malformed_json');
const provider = { name: 'provider', in: 'path', description: '`id` of an entry in SSO_PROVIDERS.' } as const;
const BACK = {
  303: {
    description: 'A page: back to `/login` with a message in the fragment, or after success to `/`',
    headers: { Location: 'A path of the portal.' },
  },
};

/** Only where an identity provider is configured; otherwise `not_found`. */
export const ssoOperations: readonly Operation[] = [
  {
    method: 'post',
    path: '/login/sso',
    id: 'findProvider',
    tag: 'Sign-in',
    summary: 'The form of the sign-in page: which identity provider is theirs?',
    description:
      'Counts as a sign-in attempt of the address: customers are not to be found out by trying domains.',
    session: 'none',
    body: { schema: homeRealm, types: ['application/x-www-form-urlencoded'] },
    answers: { 200: page('A page that goes on to the provider'), ...BACK },
    problems: [
      ...FORM_PROBLEMS,
      'cross_site_request',
      'sso_unknown',
      'too_many_attempts',
      ...STORAGE_PROBLEMS,
    ],
  },
  {
    method: 'get',
    path: '/login/sso/{provider}',
    id: 'beginSso',
    tag: 'Sign-in',
    summary: 'Begins a sign-in with an identity provider',
    session: 'none',
    parameters: [provider],
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
  {
    method: 'get',
    path: '/login/sso/{provider}/callback',
    id: 'finishSso',
    tag: 'Sign-in',
    summary: 'Where the provider sends the browser back',
    session: 'sometimes',
    parameters: [provider],
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
      'encryption_key_missing',
      'stored_secret_unreadable',
      ...STORAGE_PROBLEMS,
    ],
  },
  {
    method: 'post',
    path: '/login/sso/{provider}/backchannel-logout',
    id: 'endSsoSessions',
    tag: 'Sign-in',
    summary: 'A provider says which of its sessions are over',
    description: 'From server to server, proven by the signature of the logout token.',
    session: 'none',
    parameters: [provider],
    body: { schema: logoutNotice, types: ['application/x-www-form-urlencoded'] },
    answers: { 200: { description: 'They are over here as well' } },
    problems: [...FORM_PROBLEMS, 'cross_site_request', 'not_found', 'sso_unavailable', ...STORAGE_PROBLEMS],
  },
  {
    method: 'get',
    path: '/login/signed-out',
    id: 'leaveProvider',
    tag: 'Sign-in',
    summary: 'Where providers send the browser when they have signed the person out',
    session: 'none',
    answers: { 303: { description: 'To the sign-in page', headers: { Location: '`/login#signed_out`' } } },
    problems: [],
  },
];
