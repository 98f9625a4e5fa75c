import type { Selectable } from 'kysely';
import { LRUCache } from 'lru-cache';
import { PortalError } from '../../../domain/errors.ts';
import { isTenantId, type TenantId } from '../../../domain/model/ids.ts';
import type { TenantChanges } from '../../../domain/ports/tenant-store.ts';
import { storedEmbedContent } from '../../../domain/model/embed-content.ts';
import {
  tenantSettings,
  type ClientRole,
  type OAuthClientCredentials,
  type Tenant,
} from '../../../domain/model/tenant.ts';
import type { SealedPlace, Sealer } from '../../sealing.ts';
import { clientFromColumn, clientToColumn } from './client-columns.ts';
import { parseJsonColumn } from '../json-column.ts';
import type { TenantRow } from '../schema.ts';

export type TenantColumns = Omit<Selectable<TenantRow>, 'created_at' | 'updated_at'>;
export const CLIENT_COLUMNS = ['impersonation', 'management'] as const satisfies readonly ClientRole[];

const COLUMNS = [
  'id',
  'name',
  'host',
  'status',
  'impersonation',
  'management',
  'scopes',
  'embed',
  'create_qlik_users',
] as const satisfies readonly (keyof TenantColumns)[];

export function tenantToRow(tenant: Tenant, sealer: Sealer): TenantColumns {
  const column = (name: ClientRole, client: OAuthClientCredentials | null) =>
    client && clientToColumn(client, sealer, placeOf(tenant, name));
  return {
    id: tenant.id,
    name: tenant.name,
    host: tenant.host,
    status: tenant.status,
    impersonation: column('impersonation', tenant.impersonation),
    management: column('management', tenant.management),
    scopes: JSON.stringify(tenant.scopes),
    embed: tenant.embed && JSON.stringify(tenant.embed),
    create_qlik_users: tenant.createQlikUsers ? 1 : 0,
  };
}

/** The columns of what is given, and no others. */
export function changesToRow(changes: TenantChanges): Partial<TenantColumns> {
  const { name, status, scopes, embed, createQlikUsers } = changes;
  return {
    ...(name !== undefined && { name }),
    ...(status !== undefined && { status }),
    ...(scopes !== undefined && { scopes: JSON.stringify(scopes) }),
    ...(embed !== undefined && { embed: embed && JSON.stringify(embed) }),
    ...(createQlikUsers !== undefined && { create_qlik_users: createQlikUsers ? 1 : 0 }),
  };
}

/** @throws PortalError encryption_key_missing, stored_secret_unreadable, internal_error */
export type TenantReader = (row: TenantColumns) => Tenant;

/**
 * Remembers the tenants it has read by their rows, so that secrets are opened once and not with every request.
 * A row that differs in any column is read again.
 */
export function createTenantReader(sealer: Sealer): TenantReader {
  const remembered = new LRUCache<string, { readonly row: TenantColumns; readonly tenant: Tenant }>({
    max: 1_000,
  });
  return (row) => {
    const before = remembered.get(row.id);
    if (before && COLUMNS.every((column) => before.row[column] === row[column])) return before.tenant;
    const tenant = tenantFromRow(row, sealer);
    remembered.set(row.id, { row, tenant });
    return tenant;
  };
}

function tenantFromRow(row: TenantColumns, sealer: Sealer): Tenant {
  const client = (name: ClientRole) =>
    row[name] === null ? null : clientFromColumn(row[name], sealer, placeOf(row, name));
  return {
    id: tenantIdFrom(row.id),
    name: row.name,
    host: row.host,
    status: row.status === 'active' ? 'active' : 'disabled',
    impersonation: client('impersonation'),
    management: client('management'),
    scopes: parseJsonColumn(tenantSettings.shape.scopes, row.scopes, 'tenants.scopes'),
    embed: row.embed === null ? null : parseJsonColumn(storedEmbedContent, row.embed, 'tenants.embed'),
    createQlikUsers: row.create_qlik_users === 1,
  };
}

export function tenantIdFrom(text: string): TenantId {
  if (isTenantId(text)) return text;
  throw new PortalError('internal_error', { detail: 'the database holds an invalid tenant id' });
}

// With the host: write access to the database is not enough to have a secret sent to another host.
export function placeOf({ id, host }: { id: string; host: string }, column: ClientRole): SealedPlace {
  return ['tenants', id, column, host];
}
