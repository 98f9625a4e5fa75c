import { Router } from 'express';
import { embedPageHeaders } from '../pages/content-security-policy.ts';
import { route } from '../http/methods.ts';
import type { PageAssets } from '../pages/page-assets.ts';
import { sendPrivatePage } from '../pages/pages.ts';
import { noStore } from '../http/security-headers.ts';
import type { Sessions } from '../http/session.ts';
import type { SignedIn } from '../http/signed-in.ts';

/** `GET /`: the page that embeds the tenant of whoever is signed in, and may load from that tenant only. */
export function embedPageRoutes({
  sessions,
  signedIn,
  cspReportOnly,
  assets,
}: {
  sessions: Sessions;
  signedIn: SignedIn;
  cspReportOnly: boolean;
  assets: PageAssets;
}): Router {
  const router = Router();
  route(router, '/', {
    get: [
      noStore,
      sessions.load,
      async (req, res, next) => {
        const subject = await signedIn.find(req, res);
        if (subject === undefined) {
          res.redirect(303, '/login');
          return;
        }
        const setPolicy = embedPageHeaders(subject.tenant.host, { reportOnly: cspReportOnly });
        setPolicy(req, res, next);
      },
      sendPrivatePage(assets, 'embed.html'),
    ],
  });
  return router;
}
