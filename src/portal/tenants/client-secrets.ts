import { hasCode } from '../../domain/errors.ts';
import type { ClientSecretRecord, OAuthClient } from '../../domain/model/oauth-client.ts';
import type { QlikClients } from '../../domain/ports/qlik/qlik-clients.ts';
import type { TenantAccess } from '../../domain/model/tenant-access.ts';
import { record, type AuditContext } from '../audit.ts';

/** An open administration of a tenant, and where changes are written down. */
export interface Administering extends AuditContext {
  readonly clients: QlikClients;
  readonly access: TenantAccess;
}

/** Sees to it that the client may prove itself by a secret, as one that was switched to keys may not. */
export async function allowSecrets({ clients, access }: Administering, client: OAuthClient): Promise<void> {
  const { clientId, allowedAuthMethods } = client;
  if (allowedAuthMethods.length === 0 || allowedAuthMethods.includes('client_secret')) return;
  const { secret } = await clients.update(access, clientId, {
    allowedAuthMethods: [...allowedAuthMethods, 'client_secret'],
  });
  // The tenant made one by itself: nobody needs it, and its hint is not told.
  if (secret === undefined) return;
  const { secrets } = await clients.get(access, clientId);
  for (const { hint } of secrets) await unlessGone(clients.removeSecret(access, clientId, hint));
}

export async function removeSecrets(
  administering: Administering,
  clientId: string,
  secrets: readonly ClientSecretRecord[],
): Promise<void> {
  const { clients, access } = administering;
  for (const { hint } of secrets) {
    await unlessGone(clients.removeSecret(access, clientId, hint));
    await record(administering, 'oauth-client.secret.remove', { clientId, hint });
  }
}

/** Ends all keys of the client: it proves itself by secrets only. */
export async function removeKeys(administering: Administering, clientId: string): Promise<void> {
  const { clients, access } = administering;
  await clients.update(access, clientId, { allowedAuthMethods: ['client_secret'], publicKeys: [] });
  await record(administering, 'oauth-client.update', { clientId, fields: 'allowedAuthMethods publicKeys' });
}

/** What was to be removed may be gone already. */
export async function unlessGone(removal: Promise<void>): Promise<void> {
  try {
    await removal;
  } catch (error) {
    if (!hasCode(error, 'qlik_not_found')) throw error;
  }
}
