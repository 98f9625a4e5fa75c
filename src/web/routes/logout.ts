import { Router } from 'express';
import type { SignOut } from '../../portal/sign-in/sign-out.ts';
import { route } from '../http/methods.ts';
import { metaRefreshPage } from '../pages/meta-refresh-page.ts';
import { noStore } from '../http/security-headers.ts';
import type { Sessions } from '../http/session.ts';
import type { Sso } from './sso.ts';

/** `POST /logout`: also without a session, so that pressing it twice or too late ends in the same place. */
export function logoutRoutes({
  sessions,
  signOut,
  sso,
}: {
  sessions: Sessions;
  signOut: SignOut;
  sso?: Sso | undefined;
}): Router {
  const router = Router();
  route(router, '/logout', {
    post: [
      noStore,
      sessions.load,
      async (req, res) => {
        const principal = sessions.currentPrincipal(req);
        await sessions.end(req, res);
        const url = principal && (await sso?.signOut.onward(principal));
        if (principal !== undefined) {
          await signOut(principal, { address: req.ip ?? '', requestId: req.requestId });
        }
        // Pages in the browser's back/forward cache go as well.
        res.setHeader('Clear-Site-Data', '"cache"');
        if (req.accepts(['html', 'json']) === 'json') res.status(204).end();
        else if (url === undefined) res.redirect(303, '/login#signed_out');
        else res.send(metaRefreshPage({ title: 'You are signed out of the portal', url }));
      },
    ],
  });
  return router;
}
