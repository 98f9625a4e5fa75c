import type { QlikOAuth } from '../../domain/ports/qlik/qlik-oauth.ts';
import type { TenantAccess } from '../../domain/model/tenant-access.ts';
import type { Secret } from '../../domain/model/secret.ts';
import type { OAuthClientCredentials } from '../../domain/model/tenant.ts';

/** What opens a tenant's administration: a token an administrator made, or a client that may ask for one. */
export type ManagementCredentials =
  | { readonly token: Secret }
  | { readonly client: OAuthClientCredentials; readonly scopes: readonly string[] };

/** Scopes that manage OAuth clients and users of a tenant. */
export const MANAGEMENT_SCOPES: readonly string[] = ['admin_classic', 'user_default'];

/**
 * Does the work with a token for administrative calls. A token made for the purpose is revoked afterwards: a tenant
 * lets a client hold a limited number, and a monitor that runs the doctor every minute would use them up.
 * Codes: those of QlikOAuth.clientCredentials, and of the work.
 */
export async function withManagementToken<Result>(
  { oauth }: { oauth: QlikOAuth },
  { host, admin }: { host: string; admin: ManagementCredentials },
  work: (access: TenantAccess) => Promise<Result>,
): Promise<Result> {
  if ('token' in admin) return work({ host, token: admin.token });
  const { client, scopes } = admin;
  const token = await oauth.clientCredentials({ host, client, scopes });
  try {
    return await work({ host, token: token.value });
  } finally {
    await oauth.revoke({ host, client, token }).catch(() => undefined);
  }
}
