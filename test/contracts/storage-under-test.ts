import { randomBytes } from 'node:crypto';
import { isTenantId, newAccountId, type TenantId } from '../../src/domain/model/ids.ts';
import type { Log } from '../../src/runtime/log.ts';
import { Secret } from '../../src/domain/model/secret.ts';
import type { Tenant } from '../../src/domain/model/tenant.ts';
import type { Account } from '../../src/domain/model/account.ts';
import { openStorage, type Storage, type StorageOptions } from '../../src/storage/open-storage.ts';

/** An empty, migrated storage, and the means to move its time and to open it once more. */
export interface StorageUnderTest {
  readonly storage: Storage;
  readonly clock: MovableClock;
  /** The same database through new connections, as after a restart. */
  reopen(options?: Partial<StorageOptions>): Promise<Storage>;
}

export type OpenStorage = () => Promise<StorageUnderTest>;

export interface MovableClock {
  now(): number;
  advance(ms: number): void;
}

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };
export const encryptionKey = (id: string) => ({ id, key: randomBytes(32) });

function movableClock(): MovableClock {
  let now = Date.UTC(2030, 0, 1);
  return {
    now: () => now,
    advance(ms) {
      now += ms;
    },
  };
}

/** Storage over an empty database; whatever was opened has to be closed by `closeAll`. */
export async function storageOver(
  database: StorageOptions['database'],
  opened: { close(): Promise<void> }[],
  more: Partial<StorageOptions> = {},
) {
  const clock = movableClock();
  const defaults = { database, encryptionKeys: [encryptionKey('first')], clock, log: silent, ...more };
  async function reopen(options: Partial<StorageOptions> = {}) {
    const storage = openStorage({ ...defaults, ...options });
    opened.push(storage);
    await storage.migrate();
    return storage;
  }
  return { storage: await reopen(), clock, reopen };
}

export function tenantId(text: string): TenantId {
  if (isTenantId(text)) return text;
  throw new TypeError(`no tenant id: ${text}`);
}

export function tenantOf(id: string, more: Partial<Tenant> = {}): Tenant {
  return {
    id: tenantId(id),
    name: `${id} Inc.`,
    host: `https://${id}.eu.qlikcloud.com`,
    status: 'active',
    impersonation: {
      clientId: `${id}-client`,
      authentication: { method: 'client_secret', secret: new Secret(`${id}-secret`) },
    },
    management: null,
    createQlikUsers: false,
    scopes: ['user_default'],
    embed: null,
    ...more,
  };
}

export function userOf(tenant: string, more: Partial<Account> = {}): Account {
  const id = newAccountId();
  return {
    id,
    email: `${id}@acme.example`,
    name: 'Europe analyst',
    tenantId: tenantId(tenant),
    qlikUser: { field: 'userId', value: '6422bad8022070c06d2417bc' },
    groups: ['analysts'],
    status: 'active',
    ...more,
  };
}

/** Secrets look the same to a comparison, whatever they hold: this shows what a tenant really carries. */
export function revealed(value: unknown): unknown {
  if (value instanceof Secret) return `revealed: ${value.reveal()}`;
  if (Array.isArray(value)) return value.map(revealed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, revealed(part)]));
}
