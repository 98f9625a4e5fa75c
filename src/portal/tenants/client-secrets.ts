import { hasCode } from '../../domain/errors.ts';
import type { ClientSecretRecord, OAuthClient } from '../../domain/model/oauth-client.ts';
import type { QlikClients } from '../../domain/ports/qlik/qlik-clients.ts';
import type { TenantAccess } from '../../domain/model/tenant-access.ts';
import { record, type AuditContext } from '../audit.ts';

/** A management token of a tenant, and where changes are recorded. */
export interface ManagementContext extends AuditContext {
  readonly clients: QlikClients;
  readonly access: TenantAccess;
}

/** Lets the client authenticate by a secret: one that was switched to keys may not. */
export async function allowSecrets(
  { clients, access }: ManagementContext,
  client: OAuthClient,
): Promise<void> {
  const { clientId, allowedAuthMethods } = client;
  if (allowedAuthMethods.length === 0 || allowedAuthMethods.includes('client_secret')) return;
  const { secret } = await clients.update(access, clientId, {
    allowedAuthMethods: [...allowedAuthMethods, 'client_secret'],
  });
  // The tenant created one unasked. It is not used, and the response does not name its hint.
  if (secret === undefined) return;
  const { secrets } = await clients.get(access, clientId);
  for (const { hint } of secrets) await ignoreNotFound(clients.removeSecret(access, clientId, hint));
}

export async function removeSecrets(
  context: ManagementContext,
  clientId: string,
  secrets: readonly ClientSecretRecord[],
): Promise<void> {
  const { clients, access } = context;
  for (const { hint } of secrets) {
    await ignoreNotFound(clients.removeSecret(access, clientId, hint));
    await record(context, 'oauth-client.secret.remove', { clientId, hint });
  }
}

/** Removes all keys of the client: it authenticates by secrets only. */
export async function removeKeys(context: ManagementContext, clientId: string): Promise<void> {
  const { clients, access } = context;
  await clients.update(access, clientId, { allowedAuthMethods: ['client_secret'], publicKeys: [] });
  await record(context, 'oauth-client.update', { clientId, fields: 'allowedAuthMethods publicKeys' });
}

/** What is to be deleted may be deleted already. */
export async function ignoreNotFound(removal: Promise<void>): Promise<void> {
  try {
    await removal;
  } catch (error) {
    if (!hasCode(error, 'qlik_not_found')) throw error;
  }
}
