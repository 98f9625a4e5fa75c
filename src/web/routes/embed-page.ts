import { Router } from 'express';
import { embedPageHeaders } from '../pages/content-security-policy.ts';
import { route } from '../http/route.ts';
import type { PageAssets } from '../pages/page-assets.ts';
import { sendPrivatePage } from '../pages/pages.ts';
import type { Sessions } from '../http/session.ts';
import type { SignedIn } from '../http/signed-in.ts';
import { type Operation, STORAGE_PROBLEMS, page } from '../http/operation.ts';

const getEmbedPageOperation: Operation = {
  method: 'get',
  path: '/',
  id: 'getEmbedPage',
  tag: 'Pages',
  summary: 'The embed page of the signed-in person',
  description: "Its Content-Security-Policy names that person's tenant and no other.",
  session: 'sometimes',
  answers: {
    200: page('The page'),
    303: { description: 'Not signed in', headers: { Location: '`/login`' } },
  },
  problems: ['encryption_key_missing', 'stored_secret_unreadable', ...STORAGE_PROBLEMS],
};

export const embedPageOperations: readonly Operation[] = [getEmbedPageOperation];

/** `GET /`: the page that embeds the tenant of the signed-in person, and may load from that tenant only. */
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
  route(router, getEmbedPageOperation, [
    sessions.load,
    async (req, res, next) => {
      const member = await signedIn.find(req, res);
      if (member === undefined) {
        res.redirect(303, '/login');
        return;
      }
      const setPolicy = embedPageHeaders(member.tenant.host, { reportOnly: cspReportOnly });
      setPolicy(req, res, next);
    },
    sendPrivatePage(assets, 'embed.html'),
  ]);
  return router;
}
