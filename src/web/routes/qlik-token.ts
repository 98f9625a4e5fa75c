import { Router } from 'express';
import type { TenantMember } from '../../domain/model/tenant-member.ts';
import type { IssuedToken, TokenIssuer } from '../../portal/tokens/issue-token.ts';
import { bodyOf, readJson } from '../http/body.ts';
import { type QlikToken, tokenRejection } from '../contract/qlik-token.ts';
import { route } from '../http/methods.ts';
import { sourceOf } from '../http/request-source.ts';
import { noStore } from '../http/security-headers.ts';
import { sendJson } from '../http/send-json.ts';
import type { Sessions } from '../http/session.ts';
import type { SignedIn } from '../http/signed-in.ts';

/**
 * `GET /api/qlik-token`: the Qlik token of whoever is signed in. `POST` with the `token_id` of one that Qlik refused:
 * the next one. 401 only where there is no portal session, so that a page never signs people out for Qlik's faults.
 */
export function qlikTokenRoutes({
  sessions,
  signedIn,
  tokens,
}: {
  sessions: Sessions;
  signedIn: SignedIn;
  tokens: Pick<TokenIssuer, 'issue' | 'reject'>;
}): Router {
  const router = Router();
  route(router, '/api/qlik-token', {
    get: [
      noStore,
      sessions.fastSessionRead,
      async (req, res) => {
        const subject = await signedIn.require(req, res);
        sendJson(res, tokenAnswer(subject, await tokens.issue(subject, sourceOf(req))));
      },
    ],
    post: [
      noStore,
      readJson,
      sessions.load,
      async (req, res) => {
        const subject = await signedIn.require(req, res);
        const { rejected } = bodyOf(req, tokenRejection);
        res.json(tokenAnswer(subject, await tokens.reject(subject, rejected, sourceOf(req))));
      },
    ],
  });
  return router;
}

/**
 * After RFC 6749 section 5.1, and what a page needs to use and to report the token. `sub` says whose session it was:
 * a page notices by it that someone else has signed in, and tabs share tokens of one person only.
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
