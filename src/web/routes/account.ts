import { Router } from 'express';
import { z } from 'zod';
import type { TenantMember } from '../../domain/model/tenant-member.ts';
import { Secret } from '../../domain/model/secret.ts';
import type { Principal } from '../../domain/model/session.ts';
import { mailboxOf } from '../../domain/model/account.ts';
import type { AccountOverview, OwnAccount } from '../../portal/accounts/account-overview.ts';
import type { ChangePassword } from '../../portal/accounts/change-password.ts';
import { bodyOf } from '../http/body.ts';
import { deviceName } from '../http/device-name.ts';
import { sourceOf } from '../http/request-source.ts';
import { route } from '../http/route.ts';
import type { PageAssets } from '../pages/page-assets.ts';
import { sendPrivatePage } from '../pages/pages.ts';
import type { Sessions } from '../http/session.ts';
import type { SignedIn } from '../http/signed-in.ts';
import { BODY_PROBLEMS, type Operation, STORAGE_PROBLEMS, page } from '../http/operation.ts';
import { typedPassword } from './typed-password.ts';

export const accountAnswerSchema = z
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

export type Account = z.infer<typeof accountAnswerSchema>;

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

const getAccountPageOperation: Operation = {
  method: 'get',
  path: '/account',
  id: 'getAccountPage',
  tag: 'Pages',
  summary: 'The account page of the signed-in person',
  session: 'sometimes',
  answers: {
    200: page('The page'),
    303: { description: 'Not signed in', headers: { Location: '`/login`' } },
  },
  problems: ['encryption_key_missing', 'stored_secret_unreadable', ...STORAGE_PROBLEMS],
};

const getAccountOperation: Operation = {
  method: 'get',
  path: '/api/account',
  id: 'getAccount',
  tag: 'Account',
  summary: 'Who is signed in, how, and where else',
  session: 'required',
  answers: { 200: { description: 'The account', content: { 'application/json': accountAnswerSchema } } },
  problems: SESSION_PROBLEMS,
};

const changePasswordOperation: Operation = {
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
};

const signOutOthersOperation: Operation = {
  method: 'post',
  path: '/api/account/sign-out-others',
  id: 'signOutOthers',
  tag: 'Account',
  summary: "Ends the person's other sessions",
  session: 'required',
  answers: { 200: ended },
  problems: SESSION_PROBLEMS,
};

export const accountOperations: readonly Operation[] = [
  getAccountPageOperation,
  getAccountOperation,
  changePasswordOperation,
  signOutOthersOperation,
];

/** `/account` and what it is made of: people look after their own account. */
export function accountRoutes({
  sessions,
  signedIn,
  ownAccount,
  changePassword,
  assets,
}: {
  sessions: Sessions;
  signedIn: SignedIn;
  ownAccount: OwnAccount;
  changePassword: ChangePassword;
  assets: PageAssets;
}): Router {
  const router = Router();
  route(router, getAccountPageOperation, [
    sessions.load,
    async (req, res, next) => {
      if ((await signedIn.find(req, res)) === undefined) res.redirect(303, '/login');
      else next();
    },
    sendPrivatePage(assets, 'account.html'),
  ]);

  route(router, getAccountOperation, [
    sessions.load,
    async (req, res) => {
      const member = await signedIn.require(req, res);
      const overview = await ownAccount.overview({ member, sessionId: req.sessionID });
      res.json(accountAnswer(member, sessions.currentPrincipal(req), overview));
    },
  ]);

  route(router, changePasswordOperation, [
    sessions.load,
    async (req, res) => {
      const member = await signedIn.require(req, res);
      const { current, password } = bodyOf(req, passwordChange);
      const result = await changePassword({
        member,
        current: new Secret(current),
        password: new Secret(password),
        sessionId: req.sessionID,
        ...sourceOf(req),
      });
      // A copy of the cookie is worth nothing any more, like the old password.
      await sessions.renew(req);
      res.json(result);
    },
  ]);

  route(router, signOutOthersOperation, [
    sessions.load,
    async (req, res) => {
      const member = await signedIn.require(req, res);
      const { sessionID: sessionId } = req;
      res.json(await ownAccount.signOutOthers({ member, sessionId, ...sourceOf(req) }));
    },
  ]);
  return router;
}

function accountAnswer(
  { account, tenant }: TenantMember,
  principal: Principal | undefined,
  { hasPassword, sessions }: AccountOverview,
): Account {
  return {
    user: { name: account.name, email: mailboxOf(account) ?? null },
    tenant: { name: tenant.name },
    signedInBy: principal?.sso === undefined ? 'password' : 'sso',
    hasPassword,
    sessions: sessions.map(({ userAgent, ssoProvider, signedInAt, lastSeenAt, current }) => ({
      device: deviceName(userAgent),
      signedInBy: ssoProvider === undefined ? 'password' : 'sso',
      signedInAt: new Date(signedInAt).toISOString(),
      lastSeenAt: new Date(lastSeenAt).toISOString(),
      current,
    })),
  };
}
