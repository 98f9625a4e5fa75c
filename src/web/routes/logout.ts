import { Router } from 'express';
import { sourceOf } from '../http/request-source.ts';
import type { RouteDeps } from '../http/deps.ts';
import { route } from '../http/route.ts';
import { metaRefreshPage } from '../pages/meta-refresh-page.ts';
import { type Operations, STORAGE_PROBLEMS, page } from '../http/operation.ts';

export const logoutOperations = {
  signOut: {
    method: 'post',
    path: '/logout',
    tag: 'Sign-in',
    summary: 'Ends the session',
    description: 'Also without one, so that pressing it twice ends in the same place.',
    session: 'sometimes',
    answers: {
      200: page('A page that redirects to the sign-out of the identity provider'),
      204: { description: 'Signed out (programs)' },
      303: { description: 'Signed out (pages)', headers: { Location: '`/login#signed_out`' } },
    },
    problems: ['cross_site_request', ...STORAGE_PROBLEMS],
  },
} satisfies Operations;

/** `POST /logout`: also without a session, so that pressing it twice or too late ends in the same place. */
export function logoutRoutes({ sessions, signOut, sso }: RouteDeps): Router {
  const router = Router();
  route(router, logoutOperations.signOut, [
    sessions.load,
    async (req, res) => {
      const principal = sessions.currentPrincipal(req);
      await sessions.end(req, res);
      const url = principal && (await sso?.signOut.onward(principal));
      if (principal !== undefined) {
        await signOut(principal, sourceOf(req));
      }
      // Also clears the browser's back/forward cache.
      res.setHeader('Clear-Site-Data', '"cache"');
      if (req.accepts(['html', 'json']) === 'json') res.status(204).end();
      else if (url === undefined) res.redirect(303, '/login#signed_out');
      else res.send(metaRefreshPage({ title: 'You are signed out of the portal', url }));
    },
  ]);
  return router;
}
