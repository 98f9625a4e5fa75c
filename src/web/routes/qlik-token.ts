import { type Response, Router } from 'express';
import { z } from 'zod';
import type { TenantMember } from '../../domain/model/tenant-member.ts';
import type { IssuedToken } from '../../portal/tokens/issue-token.ts';
import { bodyOf } from '../http/body.ts';
import type { RouteDeps } from '../http/deps.ts';
import { route } from '../http/route.ts';
import { sourceOf } from '../http/request-source.ts';
import { BODY_PROBLEMS, type Operations, SESSION_PROBLEMS, json } from '../http/operation.ts';

export const tokenRejection = z
  .strictObject({
    rejected: z.uuid().meta({ description: 'The `token_id` of the token that Qlik refused.' }),
  })
  .meta({ id: 'TokenRejection' });

export const qlikToken = z
  .strictObject({
    access_token: z.string().min(1),
    token_type: z.literal('Bearer'),
    expires_in: z
      .int()
      .min(0)
      .meta({ description: 'Seconds from now. Go by this: the clock of a browser may be wrong.' }),
    expires_at: z.iso.datetime(),
    scope: z.string().meta({ description: 'Separated by spaces.' }),
    token_id: z.uuid().meta({ description: 'Names the token without giving it away.' }),
    host: z.url().meta({ description: 'The origin of the tenant that the token is for.' }),
    client_id: z.string().min(1).meta({ description: 'Of the OAuth client, for `data-client-id`; public.' }),
    sub: z.uuid().meta({ description: 'The portal account whose session it was.' }),
  })
  .meta({ id: 'QlikToken', description: 'After RFC 6749 section 5.1, and what a page needs to use it.' });

export type QlikToken = z.infer<typeof qlikToken>;

/** Why there is no token. */
const TOKEN_PROBLEMS = [
  ...SESSION_PROBLEMS,
  'qlik_user_disabled',
  'qlik_token_limit',
  'qlik_user_not_linked',
  'tenant_not_provisioned',
  'qlik_client_rejected',
  'qlik_forbidden',
  'qlik_not_found',
  'qlik_conflict',
  'qlik_bad_request',
  'qlik_bad_response',
  'qlik_token_refused',
  'qlik_user_linking',
  'qlik_rate_limited',
  'qlik_unavailable',
  'qlik_timeout',
] as const;

export const qlikTokenOperations = {
  getQlikToken: {
    method: 'get',
    path: '/api/qlik-token',
    tag: 'Qlik',
    summary: 'The Qlik access token of the signed-in person',
    description:
      'From the cache, or by one exchange for all who ask. 401 says one thing only: the portal session is over.',
    session: 'required',
    answers: { 200: json('A token', qlikToken) },
    problems: TOKEN_PROBLEMS,
  },
  rejectQlikToken: {
    method: 'post',
    path: '/api/qlik-token',
    tag: 'Qlik',
    summary: 'Says that Qlik refused a token, and answers with the next one',
    description: 'Reported by many tabs at once, it costs one exchange. An unknown id is answered as by GET.',
    session: 'required',
    body: { schema: tokenRejection, types: ['application/json'] },
    answers: { 200: json('The next token', qlikToken) },
    problems: [...TOKEN_PROBLEMS, ...BODY_PROBLEMS],
  },
} satisfies Operations;

/**
 * `GET /api/qlik-token`: the Qlik token of the signed-in person. `POST` with the `token_id` of one that Qlik refused:
 * the next one. 401 only where there is no portal session, so that a page never signs people out for Qlik's faults.
 */
export function qlikTokenRoutes({ sessions, signedIn, tokens }: RouteDeps): Router {
  const router = Router();
  route(router, qlikTokenOperations.getQlikToken, [
    sessions.fastSessionRead,
    async (req, res) => {
      const member = await signedIn.require(req, res);
      sendJson(res, tokenAnswer(member, await tokens.issue(member, sourceOf(req))));
    },
  ]);
  route(router, qlikTokenOperations.rejectQlikToken, [
    sessions.load,
    async (req, res) => {
      const member = await signedIn.require(req, res);
      const { rejected } = bodyOf(req, tokenRejection);
      res.json(tokenAnswer(member, await tokens.reject(member, rejected, sourceOf(req))));
    },
  ]);
  return router;
}

/**
 * After RFC 6749 section 5.1, and what a page needs to use and to report the token. `sub` says whose session it was:
 * a page detects by it that another account has signed in.
 */
function tokenAnswer({ account }: TenantMember, token: IssuedToken): QlikToken {
  return {
    access_token: token.accessToken.reveal(),
    token_type: 'Bearer',
    expires_in: token.expiresInS,
    expires_at: new Date(token.expiresAt).toISOString(),
    scope: token.scope,
    token_id: token.tokenId,
    host: token.host,
    client_id: token.clientId,
    sub: account.id,
  };
}

/** As `res.json`, without the work for ETag and freshness that an answer in `no-store` does not need. */
function sendJson(res: Response, body: object): void {
  const text = JSON.stringify(body);
  res.setHeader('Content-Type', 'application/json; charset=utf-8');
  res.setHeader('Content-Length', Buffer.byteLength(text));
  res.end(text);
}
