import { Router } from 'express';
import type { TenantMember } from '../../domain/model/tenant-member.ts';
import { Secret } from '../../domain/model/secret.ts';
import type { Principal } from '../../domain/model/session.ts';
import { mailboxOf } from '../../domain/model/account.ts';
import type { AccountOverview, OwnAccount } from '../../portal/accounts/account-overview.ts';
import type { ChangePassword } from '../../portal/accounts/change-password.ts';
import { bodyOf, readJson } from '../http/body.ts';
import { type Account, passwordChange } from '../contract/account.ts';
import { deviceName } from '../http/device-name.ts';
import { route } from '../http/methods.ts';
import type { PageAssets } from '../pages/page-assets.ts';
import { sendPrivatePage } from '../pages/pages.ts';
import { noStore } from '../http/security-headers.ts';
import type { Sessions } from '../http/session.ts';
import type { SignedIn } from '../http/signed-in.ts';

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
  route(router, '/account', {
    get: [
      noStore,
      sessions.load,
      async (req, res, next) => {
        if ((await signedIn.find(req, res)) === undefined) res.redirect(303, '/login');
        else next();
      },
      sendPrivatePage(assets, 'account.html'),
    ],
  });

  route(router, '/api/account', {
    get: [
      noStore,
      sessions.load,
      async (req, res) => {
        const subject = await signedIn.require(req, res);
        const overview = await ownAccount.overview({ member: subject, sessionId: req.sessionID });
        res.json(accountAnswer(subject, sessions.currentPrincipal(req), overview));
      },
    ],
  });

  route(router, '/api/account/password', {
    post: [
      noStore,
      readJson,
      sessions.load,
      async (req, res) => {
        const subject = await signedIn.require(req, res);
        const { current, password } = bodyOf(req, passwordChange);
        const result = await changePassword({
          member: subject,
          current: new Secret(current),
          password: new Secret(password),
          sessionId: req.sessionID,
          address: req.ip ?? '',
          requestId: req.requestId,
        });
        // A copy of the cookie is worth nothing any more, like the old password.
        await sessions.renew(req);
        res.json(result);
      },
    ],
  });

  route(router, '/api/account/sign-out-others', {
    post: [
      noStore,
      sessions.load,
      async (req, res) => {
        const subject = await signedIn.require(req, res);
        const { sessionID: sessionId, requestId } = req;
        res.json(
          await ownAccount.signOutOthers({ member: subject, sessionId, address: req.ip ?? '', requestId }),
        );
      },
    ],
  });
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
