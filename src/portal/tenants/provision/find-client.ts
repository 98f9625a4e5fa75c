import { hasCode, PortalError } from '../../../domain/errors.ts';
import type { OAuthClient, OAuthClientSettings } from '../../../domain/model/oauth-client.ts';
import type { TenantAccess } from '../../../domain/model/tenant-access.ts';
import type { OAuthClientCredentials } from '../../../domain/model/tenant.ts';
import type { QlikClients } from '../../../domain/ports/qlik/qlik-clients.ts';
import { clientDrift, type Drift } from '../client-drift.ts';
import { pages } from '../../../runtime/pages.ts';
import { isMade, isMarked, type ClientMarker } from './client-settings.ts';

/** What the portal's client should be, and what is stored of it. */
export interface ClientTarget {
  readonly clients: QlikClients;
  readonly access: TenantAccess;
  readonly settings: OAuthClientSettings;
  readonly marker: ClientMarker;
  /** Stored when this run began. */
  readonly stored: OAuthClientCredentials | null;
  /** An existing client to use instead of creating one. */
  readonly adopt: string | undefined;
}

export interface PresentClient {
  readonly client: OAuthClient;
  /** How it differs from the wanted settings. */
  readonly drift: readonly Drift[];
}

/** `found`: stored here and present in the tenant. `adopted`: present, but its secret is not stored here. */
export type FoundClient =
  | (PresentClient & { readonly how: 'found'; readonly credentials: OAuthClientCredentials })
  | (PresentClient & { readonly how: 'adopted' })
  | { readonly how: 'created' };

/**
 * Which client provisioning uses, and how it differs. Only reads.
 *
 * @throws PortalError those of QlikClients; qlik_not_found for an unknown `adopt`, conflict for one that is not a web client
 */
export async function findClient(target: ClientTarget): Promise<FoundClient> {
  const { clients, access, stored, adopt } = target;
  if (stored !== null && (adopt === undefined || adopt === stored.clientId)) {
    const client = await getIfThere(clients, access, stored.clientId);
    if (client !== undefined)
      return { how: 'found', credentials: stored, ...(await compared(target, client)) };
  }
  const client = adopt === undefined ? (await markedClients(target))[0] : await clients.get(access, adopt);
  if (client === undefined) return { how: 'created' };
  if (client.appType === 'web') return { how: 'adopted', ...(await compared(target, client)) };
  throw new PortalError('conflict', {
    detail: `client ${client.clientId} is of type ${client.appType}, not web`,
  });
}

async function compared(
  { clients, access, settings }: ClientTarget,
  client: OAuthClient,
): Promise<PresentClient> {
  const consent = await clients.consent(access, client.clientId);
  return { client, drift: clientDrift(client, settings, consent) };
}

/** Clients of this tenant and role that this portal created or adopted, oldest first. */
export async function markedClients({
  clients,
  access,
  marker,
}: Pick<ClientTarget, 'clients' | 'access' | 'marker'>): Promise<OAuthClient[]> {
  const marked: OAuthClient[] = [];
  for await (const page of pages((cursor) => clients.page(access, cursor)))
    marked.push(...page.filter((client) => isMarked(client, marker)));
  return marked.toSorted((a, b) => a.createdAt.localeCompare(b.createdAt));
}

/** Left by a create whose response was lost. Adopted clients are never duplicates. */
export async function duplicatesOf(target: ClientTarget, clientId: string | null): Promise<OAuthClient[]> {
  if (target.adopt !== undefined) return [];
  const marked = await markedClients(target);
  return marked.filter((each) => each.clientId !== clientId && isMade(each, target.marker));
}

export async function getIfThere(
  clients: QlikClients,
  access: TenantAccess,
  clientId: string,
): Promise<OAuthClient | undefined> {
  try {
    return await clients.get(access, clientId);
  } catch (error) {
    if (hasCode(error, 'qlik_not_found')) return undefined;
    throw error;
  }
}
