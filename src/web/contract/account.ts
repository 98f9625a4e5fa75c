import { z } from 'zod';
import { BODY_PROBLEMS, type Operation, STORAGE_PROBLEMS } from './operation.ts';
import { page } from './page.ts';
import { typedPassword } from './typed-password.ts';

export const account = z
  .strictObject({
    user: z.strictObject({
      name: z.string(),
      email: z
        .string()
        .nullable()
        .meta({ description: 'Null where the identity provider vouched for none.' }),
    }),
    tenant: z.strictObject({ name: z.string() }),
    signedInBy: z
      .enum(['password', 'sso'])
      .meta({ description: 'How this session began; `sso`: an identity provider vouched for the person.' }),
    hasPassword: z.boolean().meta({ description: 'Whether there is one to change.' }),
    sessions: z
      .array(
        z.strictObject({
          device: z.string().meta({ description: 'As its owner would call it: `Firefox on Windows`.' }),
          signedInBy: z.enum(['password', 'sso']),
          signedInAt: z.iso.datetime(),
          lastSeenAt: z.iso.datetime().meta({ description: 'Exact to a minute.' }),
          current: z.boolean().meta({ description: 'Whether it is the one that asks.' }),
        }),
      )
      .readonly()
      .meta({ description: 'All that are open, newest first.' }),
  })
  .meta({ id: 'Account', description: "The person's own account." });

export type Account = z.infer<typeof account>;

export const passwordChange = z
  .strictObject({
    current: typedPassword,
    password: typedPassword.meta({ description: 'The new one.' }),
  })
  .meta({ id: 'PasswordChange' });

export const endedSessions = z
  .strictObject({ endedSessions: z.int().min(0) })
  .meta({ id: 'EndedSessions', description: 'How many other sessions of the person were ended.' });

const SESSION_PROBLEMS = [
  'session_required',
  'cross_site_request',
  'tenant_disabled',
  'encryption_key_missing',
  'stored_secret_unreadable',
  ...STORAGE_PROBLEMS,
] as const;

const ended = { description: 'Done', content: { 'application/json': endedSessions } };

export const accountOperations: readonly Operation[] = [
  {
    method: 'get',
    path: '/account',
    id: 'getAccountPage',
    tag: 'Pages',
    summary: 'The page of whoever is signed in about their own account',
    session: 'sometimes',
    answers: {
      200: page('The page'),
      303: { description: 'Nobody is signed in', headers: { Location: '`/login`' } },
    },
    problems: ['encryption_key_missing', 'stored_secret_unreadable', ...STORAGE_PROBLEMS],
  },
  {
    method: 'get',
    path: '/api/account',
    id: 'getAccount',
    tag: 'Account',
    summary: 'Who is signed in, how, and where else',
    session: 'required',
    answers: { 200: { description: 'The account', content: { 'application/json': account } } },
    problems: SESSION_PROBLEMS,
  },
  {
    method: 'post',
    path: '/api/account/password',
    id: 'changePassword',
    tag: 'Account',
    summary: 'Changes the password',
    description:
      "Ends the person's other sessions and gives this one a new cookie. Attempts count as sign-in attempts of the " +
      'account and the address.',
    session: 'required',
    body: { schema: passwordChange, types: ['application/json'] },
    answers: { 200: ended },
    problems: [
      ...BODY_PROBLEMS,
      ...SESSION_PROBLEMS,
      'current_password_wrong',
      'password_too_short',
      'password_too_long',
      'password_guessable',
      'too_many_attempts',
    ],
  },
  {
    method: 'post',
    path: '/api/account/sign-out-others',
    id: 'signOutOthers',
    tag: 'Account',
    summary: "Ends the person's other sessions",
    session: 'required',
    answers: { 200: ended },
    problems: SESSION_PROBLEMS,
  },
];
