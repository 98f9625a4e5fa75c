import { type Request, type Response, Router } from 'express';
import type { Clock } from '../../runtime/clock.ts';
import { PortalError } from '../../domain/errors.ts';
import type { Secret } from '../../domain/model/secret.ts';
import type { SignInSso } from '../../portal/sign-in/sign-in-sso.ts';
import type { SsoSignOut } from '../../portal/sign-in/sso-sign-out.ts';
import { bodyOf, readForm } from '../http/body.ts';
import { homeRealm, logoutNotice } from '../contract/sso.ts';
import { answerFailedForm, LOGIN_MESSAGES } from '../http/failed-form.ts';
import { route } from '../http/methods.ts';
import { metaRefreshPage } from '../pages/meta-refresh-page.ts';
import { wantsPage } from '../http/errors.ts';
import { sourceOf } from '../http/request-source.ts';
import { noStore } from '../http/security-headers.ts';
import type { Sessions } from '../http/session.ts';
import { createSsoTransactions } from './sso-transactions.ts';

/** What the portal does with identity providers; absent where none is configured. */
export interface Sso {
  readonly signIn: SignInSso;
  readonly signOut: SsoSignOut;
}

/** Sign-in with the provider of a company (OpenID Connect), and its way to sign people out. */
export function ssoRoutes({
  sessions,
  session,
  publicUrl,
  sso,
  clock,
}: {
  sessions: Sessions;
  session: { readonly secrets: readonly Secret[] };
  publicUrl: string;
  sso: Sso;
  clock: Clock;
}): Router {
  const transactions = createSsoTransactions({ secrets: session.secrets, publicUrl, clock });
  const router = Router();

  /** The form of the sign-in page: which provider is theirs? */
  route(router, '/login/sso', {
    post: [
      noStore,
      readForm,
      async (req, res) => {
        const { email } = bodyOf(req, homeRealm);
        const providerId = await sso.signIn.findProvider({ email, ...sourceOf(req) });
        res.send(
          metaRefreshPage({ title: 'To the sign-in of your company', url: `/login/sso/${providerId}` }),
        );
      },
    ],
  });

  /** Also a link of its own, for the pages of an OEM or a customer. */
  route(router, '/login/sso/:provider', {
    get: [
      noStore,
      async (req, res) => {
        const { url, transaction } = await sso.signIn.begin(providerOf(req));
        await transactions.keep(req, res, transaction);
        res.redirect(302, url);
      },
    ],
  });

  route(router, '/login/sso/:provider/callback', {
    get: [
      noStore,
      sessions.load,
      async (req, res) => {
        const query = queryOf(req);
        const state = new URLSearchParams(query).get('state') ?? '';
        const transaction = await transactions.take(req, res, { providerId: providerOf(req), state });
        // Back or Reload after the sign-in: it is done.
        if (transaction === undefined && sessions.currentPrincipal(req)) return res.redirect(303, '/');
        if (transaction === undefined) throw new PortalError('sso_expired');
        const { member: subject, session: vouched } = await sso.signIn.finish(
          transaction,
          query,
          sourceOf(req),
        );
        await sessions.start(req, {
          userId: subject.account.id,
          tenantId: subject.tenant.id,
          signedInAt: clock.now(),
          sso: vouched,
        });
        return res.redirect(303, '/');
      },
    ],
  });

  /** From server to server: OpenID Connect Back-Channel Logout 1.0 section 2.8. */
  route(router, '/login/sso/:provider/backchannel-logout', {
    post: [
      noStore,
      readForm,
      async (req, res) => {
        const { logout_token: token } = bodyOf(req, logoutNotice);
        await sso.signOut.byProvider(providerOf(req), token, sourceOf(req));
        res.status(200).end();
      },
    ],
  });

  /** Where providers send the browser when they have signed the person out. */
  route(router, '/login/signed-out', {
    get: [noStore, (_req: Request, res: Response) => res.redirect(303, '/login#signed_out')],
  });
  return router;
}

export const answerSso = answerFailedForm({
  path: /^\/login\/sso(?:\/[^/]+(?:\/callback)?)?\/?$/i,
  isForm: wantsPage,
  page: '/login',
  messages: { ...LOGIN_MESSAGES, invalid_request: 'sso_unknown' },
});

function providerOf(req: Request): string {
  const { provider } = req.params;
  if (typeof provider !== 'string') throw new PortalError('not_found');
  return provider;
}

/** As it came: a parameter that is there twice must not be tidied away. */
function queryOf(req: Request): string {
  const at = req.originalUrl.indexOf('?');
  return at === -1 ? '' : req.originalUrl.slice(at);
}
