import { Router } from 'express';
import type { SignOut } from '../../portal/sign-out.ts';
import { route } from '../methods.ts';
import { noStore } from '../security-headers.ts';
import type { Sessions } from '../session.ts';

/** `POST /logout`: also without a session, so that pressing it twice or too late ends in the same place. */
export function logoutRoutes({ sessions, signOut }: { sessions: Sessions; signOut: SignOut }): Router {
  const router = Router();
  route(router, '/logout', {
    post: [
      noStore,
      sessions.load,
      async (req, res) => {
        const principal = sessions.currentPrincipal(req);
        await sessions.end(req, res);
        if (principal !== undefined) {
          await signOut(principal, { address: req.ip ?? '', requestId: req.requestId });
        }
        // Pages in the browser's back/forward cache go as well.
        res.setHeader('Clear-Site-Data', '"cache"');
        if (req.accepts(['html', 'json']) === 'json') res.status(204).end();
        else res.redirect(303, '/login#signed_out');
      },
    ],
  });
  return router;
}
