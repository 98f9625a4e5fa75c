import { PortalError } from '../../../domain/errors.ts';
import type { QlikOAuth } from '../../../domain/ports/qlik/qlik-oauth.ts';
import type { QlikUser, QlikUsers } from '../../../domain/ports/qlik/qlik-users.ts';
import type { OAuthClientCredentials } from '../../../domain/model/tenant.ts';
import type { AccessToken, TokenRequest } from '../../../domain/model/token.ts';
import type { QlikUserRef } from '../../../domain/model/account.ts';

interface Proof {
  readonly tenantId: string;
  readonly host: string;
  readonly client: OAuthClientCredentials;
  readonly scopes: readonly string[];
}

interface ProofDeps {
  readonly oauth: QlikOAuth;
  readonly users: QlikUsers;
}

/**
 * Proves that the credentials make tokens for a person: impersonates them and asks the tenant whom the token
 * speaks for. The token is revoked, so that proofs do not use up the person's tokens.
 * Codes: those of QlikOAuth.impersonate and QlikUsers.me; qlik_bad_response where it speaks for someone else.
 */
export async function proveImpersonation(
  { oauth, users }: ProofDeps,
  { user, ...proof }: Proof & { readonly user: QlikUserRef },
): Promise<QlikUser> {
  const request: TokenRequest = { ...proof, user };
  const token = await oauth.impersonate(request);
  try {
    const me = await users.me({ host: proof.host, token: token.value });
    if ((user.field === 'userId' ? me.id : me.subject) !== user.value) {
      throw new PortalError('qlik_bad_response', {
        detail: 'the token speaks for another user than was asked for',
      });
    }
    return me;
  } finally {
    await revokeQuietly(oauth, proof, token);
  }
}

/** Proves no more than that the tenant takes the credentials; for when there is no person to impersonate. */
export async function proveCredentials({ oauth }: Pick<ProofDeps, 'oauth'>, proof: Proof): Promise<void> {
  await revokeQuietly(oauth, proof, await oauth.clientCredentials(proof));
}

/** A token that outlives its proof ends by itself. */
async function revokeQuietly(oauth: QlikOAuth, { host, client }: Proof, token: AccessToken): Promise<void> {
  await oauth.revoke({ host, client, token }).catch(() => undefined);
}
