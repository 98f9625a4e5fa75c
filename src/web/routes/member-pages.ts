import { Router, type RequestHandler } from 'express';
import type { TenantMember } from '../../domain/model/tenant-member.ts';
import type { RouteDeps } from '../http/deps.ts';
import { MEMBER_PROBLEMS, type Operations, page } from '../http/operation.ts';
import { route } from '../http/route.ts';
import { embedPageHeaders } from '../pages/content-security-policy.ts';
import { sendPrivatePage } from '../pages/pages.ts';

const memberPage = {
  method: 'get',
  tag: 'Pages',
  session: 'sometimes',
  answers: {
    200: page('The page'),
    303: { description: 'Not signed in', headers: { Location: '`/login`' } },
  },
  problems: MEMBER_PROBLEMS,
} as const;

export const memberPageOperations = {
  getAccountPage: { ...memberPage, path: '/account', summary: 'The account page of the signed-in person' },
  getEmbedPage: {
    ...memberPage,
    path: '/',
    summary: 'The embed page of the signed-in person',
    description: "Its Content-Security-Policy names that person's tenant and no other.",
  },
} satisfies Operations;

/** The pages of the signed-in person; others are redirected to `/login`. */
export function memberPageRoutes({ sessions, signedIn, cspReportOnly, assets }: RouteDeps): Router {
  const router = Router();
  const send = (file: string, headersFor?: (member: TenantMember) => RequestHandler): RequestHandler[] => [
    sessions.load,
    async (req, res, next) => {
      const member = await signedIn.find(req, res);
      if (member === undefined) res.redirect(303, '/login');
      else if (headersFor === undefined) next();
      else headersFor(member)(req, res, next);
    },
    sendPrivatePage(assets, file),
  ];
  route(router, memberPageOperations.getAccountPage, send('account.html'));
  route(
    router,
    memberPageOperations.getEmbedPage,
    send('embed.html', ({ tenant }) => embedPageHeaders(tenant.host, { reportOnly: cspReportOnly })),
  );
  return router;
}
