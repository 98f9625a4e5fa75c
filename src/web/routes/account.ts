import { Router } from 'express';
import { z } from 'zod';
import type { TenantMember } from '../../domain/model/tenant-member.ts';
import { Secret } from '../../domain/model/secret.ts';
import type { Principal } from '../../domain/model/session.ts';
import { mailboxOf } from '../../domain/model/account.ts';
import type { AccountOverview } from '../../portal/accounts/account-overview.ts';
import { bodyOf } from '../http/body.ts';
import { deviceName } from '../http/device-name.ts';
import { sourceOf } from '../http/request-source.ts';
import type { RouteDeps } from '../http/deps.ts';
import { route } from '../http/route.ts';
import {
  BODY_PROBLEMS,
  NEW_PASSWORD_PROBLEMS,
  type Operations,
  SESSION_PROBLEMS,
  json,
} from '../http/operation.ts';
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

const ended = json('Done', endedSessions);

export const accountOperations = {
  getAccount: {
    method: 'get',
    path: '/api/account',
    tag: 'Account',
    summary: 'Who is signed in, how, and where else',
    session: 'required',
    answers: { 200: json('The account', accountAnswerSchema) },
    problems: SESSION_PROBLEMS,
  },
  changePassword: {
    method: 'post',
    path: '/api/account/password',
    tag: 'Account',
    summary: 'Changes the password',
    description:
      "Ends the person's other sessions and gives this one a new cookie. Attempts count as sign-in attempts of the " +
      'account and the address.',
    session: 'required',
    body: { schema: passwordChange, types: ['application/json'] },
    answers: { 200: ended },
    problems: [...BODY_PROBLEMS, ...SESSION_PROBLEMS, 'current_password_wrong', ...NEW_PASSWORD_PROBLEMS],
  },
  signOutOthers: {
    method: 'post',
    path: '/api/account/sign-out-others',
    tag: 'Account',
    summary: "Ends the person's other sessions",
    session: 'required',
    answers: { 200: ended },
    problems: SESSION_PROBLEMS,
  },
} satisfies Operations;

/** The data and actions of `/account`. */
export function accountRoutes({ sessions, signedIn, ownAccount, changePassword }: RouteDeps): Router {
  const router = Router();
  route(router, accountOperations.getAccount, [
    sessions.load,
    async (req, res) => {
      const member = await signedIn.require(req, res);
      const overview = await ownAccount.overview({ member, sessionId: req.sessionID });
      res.json(accountAnswer(member, sessions.currentPrincipal(req), overview));
    },
  ]);

  route(router, accountOperations.changePassword, [
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
      // Copies of the old cookie become worthless, like the old password.
      await sessions.renew(req);
      res.json(result);
    },
  ]);

  route(router, accountOperations.signOutOthers, [
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
