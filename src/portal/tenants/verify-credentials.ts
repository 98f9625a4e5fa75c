import { PortalError } from '../../domain/errors.ts';
import type { QlikUserRef } from '../../domain/model/account.ts';
import type { TenantId } from '../../domain/model/ids.ts';
import type { OAuthClientCredentials } from '../../domain/model/tenant.ts';
import type { AccessToken } from '../../domain/model/token.ts';
import type { QlikOAuth } from '../../domain/ports/qlik/qlik-oauth.ts';
import type { QlikUser, QlikUsers } from '../../domain/ports/qlik/qlik-users.ts';

export interface CredentialsToVerify {
  readonly tenantId: TenantId;
  readonly host: string;
  readonly client: OAuthClientCredentials;
  readonly scopes: readonly string[];
  /** Whom to impersonate; without one only the client's own token is requested. */
  readonly user?: QlikUserRef | undefined;
}

/**
 * Proves that credentials work: requests a token, asks the tenant which user it belongs to where it impersonates one,
 * and revokes it, because a user has a limited number of tokens. Returns that user.
 *
 * @throws PortalError those of QlikOAuth and QlikUsers.me; qlik_bad_response where the token belongs to another user
 */
export async function verifyCredentials(
  { oauth, users }: { readonly oauth: QlikOAuth; readonly users: QlikUsers },
  credentials: CredentialsToVerify,
): Promise<QlikUser | undefined> {
  const { host, client, user } = credentials;
  const token = await requestToken(oauth, credentials);
  try {
    if (user === undefined) return undefined;
    const me = await users.me({ host, token: token.value });
    if (!isUser(me, user)) {
      throw new PortalError('qlik_bad_response', {
        detail: 'the token belongs to another user than requested',
      });
    }
    return me;
  } finally {
    // A token that cannot be revoked expires.
    await oauth.revoke({ host, client, token }).catch(() => undefined);
  }
}

/** A token that impersonates the user, or the client's own. */
export function requestToken(
  oauth: QlikOAuth,
  { user, ...request }: CredentialsToVerify,
): Promise<AccessToken> {
  return user === undefined ? oauth.clientCredentials(request) : oauth.impersonate({ ...request, user });
}

export function isUser({ id, subject }: QlikUser, { field, value }: QlikUserRef): boolean {
  return (field === 'userId' ? id : subject) === value;
}
