import { Router } from 'express';
import type { TenantMember } from '../../domain/model/tenant-member.ts';
import type { Embed } from '../contract/embed.ts';
import { route } from '../http/methods.ts';
import { noStore } from '../http/security-headers.ts';
import type { Sessions } from '../http/session.ts';
import type { SignedIn } from '../http/signed-in.ts';

/** `GET /api/embed`: who is signed in, and what the embed page has to show them. */
export function embedRoutes({ sessions, signedIn }: { sessions: Sessions; signedIn: SignedIn }): Router {
  const router = Router();
  route(router, '/api/embed', {
    get: [
      noStore,
      sessions.load,
      async (req, res) => {
        res.json(embedOf(await signedIn.require(req, res)));
      },
    ],
  });
  return router;
}

/** `clientId` and `content` are null until ops have provisioned the tenant and named an app. */
function embedOf({ account, tenant }: TenantMember): Embed {
  return {
    user: { id: account.id, name: account.name, email: account.email },
    tenant: {
      id: tenant.id,
      name: tenant.name,
      host: tenant.host,
      clientId: tenant.impersonation?.clientId ?? null,
    },
    content: tenant.embed,
  };
}
