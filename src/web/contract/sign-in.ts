import { z } from 'zod';
import { BODY_PROBLEMS, type Operation, STORAGE_PROBLEMS } from './operation.ts';
import { page } from './page.ts';
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

export const signInOperations: readonly Operation[] = [
  {
    method: 'get',
    path: '/login',
    id: 'getLoginPage',
    tag: 'Pages',
    summary: 'The sign-in page',
    session: 'none',
    answers: { 200: page('The page, which works without scripts') },
    problems: [],
  },
  {
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
  },
  {
    method: 'post',
    path: '/logout',
    id: 'signOut',
    tag: 'Sign-in',
    summary: 'Ends the session',
    description: 'Also without one, so that pressing it twice ends in the same place.',
    session: 'sometimes',
    answers: {
      200: page('A page that goes on to the sign-out of the identity provider'),
      204: { description: 'Signed out (programs)' },
      303: { description: 'Signed out (pages)', headers: { Location: '`/login#signed_out`' } },
    },
    problems: ['cross_site_request', ...STORAGE_PROBLEMS],
  },
];
