import { Router } from 'express';
import { z } from 'zod';
import { embedContent } from '../../domain/model/embed-content.ts';
import type { TenantMember } from '../../domain/model/tenant-member.ts';
import type { RouteDeps } from '../http/deps.ts';
import { route } from '../http/route.ts';
import { type Operations, SESSION_PROBLEMS, json } from '../http/operation.ts';

export const embedAnswer = z
  .strictObject({
    user: z.strictObject({ id: z.uuid(), name: z.string(), email: z.string() }),
    tenant: z.strictObject({
      id: z.string(),
      name: z.string(),
      host: z.url().meta({ description: 'The origin of the tenant, for `data-host`.' }),
      clientId: z
        .string()
        .nullable()
        .meta({ description: 'For `data-client-id`; null until the tenant is provisioned.' }),
    }),
    content: embedContent.nullable().meta({ description: 'Null until ops have named an app.' }),
  })
  .meta({ id: 'Embed', description: 'Who is signed in, and what the embed page has to show them.' });

export type Embed = z.infer<typeof embedAnswer>;

export const embedOperations = {
  getEmbed: {
    method: 'get',
    path: '/api/embed',
    tag: 'Qlik',
    summary: 'Who is signed in, and what there is to show them',
    session: 'required',
    answers: { 200: json('Person, tenant and content', embedAnswer) },
    problems: SESSION_PROBLEMS,
  },
} satisfies Operations;

/** `GET /api/embed`: who is signed in, and what the embed page has to show them. */
export function embedRoutes({ sessions, signedIn }: RouteDeps): Router {
  const router = Router();
  route(router, embedOperations.getEmbed, [
    sessions.load,
    async (req, res) => {
      res.json(embedOf(await signedIn.require(req, res)));
    },
  ]);
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
