import type { QlikOAuth } from '../../domain/ports/qlik/qlik-oauth.ts';
import type { TenantAccess } from '../../domain/model/tenant-access.ts';
import type { Secret } from '../../domain/model/secret.ts';
import type { OAuthClientCredentials, Tenant } from '../../domain/model/tenant.ts';

/** What gives access to the management API of a tenant: an administrator's token, or a client that can request one. */
export type ManagementCredentials =
  | { readonly token: Secret }
  | { readonly client: OAuthClientCredentials; readonly scopes: readonly string[] };

/** Scopes that manage OAuth clients and users of a tenant. */
export const MANAGEMENT_SCOPES: readonly string[] = ['admin_classic', 'user_default'];

/** The credentials that are stored for the tenant. */
export function storedManagement(tenant: Tenant | undefined): ManagementCredentials | undefined {
  return tenant?.management ? { client: tenant.management, scopes: MANAGEMENT_SCOPES } : undefined;
}

/**
 * Runs the work with a management token. A token that was requested for it is revoked afterwards: a tenant limits the
 * tokens of a client, and a monitor that runs the doctor every minute would use them up.
 *
 * @throws PortalError those of QlikOAuth.clientCredentials, and of the work
 */
export async function withManagementToken<Result>(
  { oauth }: { oauth: QlikOAuth },
  { host, management }: { host: string; management: ManagementCredentials },
  work: (access: TenantAccess) => Promise<Result>,
): Promise<Result> {
  if ('token' in management) return work({ host, token: management.token });
  const { client, scopes } = management;
  const token = await oauth.clientCredentials({ host, client, scopes });
  try {
    return await work({ host, token: token.value });
  } finally {
    await oauth.revoke({ host, client, token }).catch(() => undefined);
  }
}
