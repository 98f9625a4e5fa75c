import type { AccountImport } from '../domain/ports/account-import.ts';
import type { PasswordInviteStore } from '../domain/ports/password-invite-store.ts';
import type { QlikMappingStore } from '../domain/ports/qlik-mapping-store.ts';
import type { SessionDirectory } from '../domain/ports/session-directory.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import type { AuditLog, AuditTrail } from '../domain/ports/audit-log.ts';
import type { IdentityStore } from '../domain/ports/identity-store.ts';
import type { SealedSecrets } from '../domain/ports/sealed-secrets.ts';
import type { SessionRegistry } from '../domain/ports/session-registry.ts';
import type { TenantMemberReader } from '../domain/ports/tenant-member-reader.ts';
import type { TenantStore } from '../domain/ports/tenant-store.ts';
import type { AccountStore } from '../domain/ports/account-store.ts';
import { createRedisSessionDirectory } from './redis/sessions/session-directory.ts';
import { createRedisSessionRegistry } from './redis/sessions/session-registry.ts';
import { createRedisSessionStore } from './redis/sessions/session-store.ts';
import type { RedisConnection } from './redis/redis-connection.ts';
import { createSealer, type EncryptionKey } from './sealing.ts';
import { createAccountImport } from './sql/accounts/account-import.ts';
import { createAuditLog } from './sql/audit/audit-log.ts';
import { countRows } from './sql/count-rows.ts';
import { openDatabase, type DatabaseOptions } from './sql/database.ts';
import { createIdentityStore } from './sql/accounts/identities.ts';
import { createSealedSecrets } from './sql/tenants/sealed-secrets.ts';
import { createPasswordInviteStore } from './sql/accounts/password-invites.ts';
import { createQlikMappingStore } from './sql/accounts/qlik-mappings.ts';
import { createSessionDirectory } from './sql/sessions/session-directory.ts';
import { createSessionRegistry } from './sql/sessions/session-registry.ts';
import type { SessionStore } from './sessions/express-session-store.ts';
import {
  countLiveSessions,
  createSqlSessionStore,
  removeExpiredSessions,
} from './sql/sessions/session-store.ts';
import { createTenantMemberReader } from './sql/accounts/tenant-member-reader.ts';
import { createTenantReader } from './sql/tenants/tenant-rows.ts';
import { createTenantStore } from './sql/tenants/tenants.ts';
import { createAccountsOfQlikUser, createAccountStore } from './sql/accounts/accounts.ts';

export interface StorageOptions {
  readonly database: DatabaseOptions;
  /** The first seals, all open. */
  readonly encryptionKeys: readonly EncryptionKey[];
  readonly clock: Clock;
  readonly log: Log;
  /** Keeps the sessions, if given: the same ones for all replicas. */
  readonly redis?: RedisConnection | undefined;
  /** ms after which a session ends, however busy; 12 hours by default. */
  readonly longestSessionMs?: number;
}

const LONGEST_SESSION_MS = 12 * 3_600_000;

/** All that the portal keeps. */
export interface Storage {
  readonly tenants: TenantStore;
  readonly sealedSecrets: SealedSecrets;
  readonly accounts: AccountStore;
  /** Which identities of providers belong to which account. */
  readonly identities: IdentityStore;
  readonly passwordInvites: PasswordInviteStore;
  readonly qlikMappings: QlikMappingStore;
  readonly accountImport: AccountImport;
  readonly tenantMembers: TenantMemberReader;
  readonly audit: AuditLog & AuditTrail;
  /** For express-session. */
  readonly sessions: SessionStore;
  readonly sessionRegistry: SessionRegistry;
  readonly sessionDirectory: SessionDirectory;
  /** Live sessions; undefined with Redis, which would have to read every one. */
  readonly countSessions: (() => Promise<number>) | undefined;
  /** Returns how many rows were deleted. Redis expires its own sessions. */
  removeExpiredSessions(): Promise<number>;
  /** Applies pending migrations; call it first, in any number of processes. */
  migrate(): Promise<void>;
  /** How many rows each table has. */
  countRows(): Promise<Readonly<Record<string, number>>>;
  /** Names of migrations that are not applied yet. */
  pendingMigrations(): Promise<string[]>;
  /** Rejects with storage_unavailable where the database, or Redis where there is one, does not answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Connects with the first query. Every method rejects with `storage_unavailable` while the database is unavailable. */
export function openStorage(options: StorageOptions): Storage {
  const { database, encryptionKeys, clock, log, redis } = options;
  const longestLifeMs = options.longestSessionMs ?? LONGEST_SESSION_MS;
  const { db, rows, ...connection } = openDatabase(database, { log });
  const sql = { db, clock };
  const sealer = createSealer(encryptionKeys);
  const tenantFromRow = createTenantReader(sealer);
  return {
    tenants: createTenantStore({ ...sql, sealer, tenantFromRow }),
    sealedSecrets: createSealedSecrets({ db, sealer, keyId: encryptionKeys[0]?.id ?? '' }),
    accounts: createAccountStore(sql),
    identities: createIdentityStore(sql),
    passwordInvites: createPasswordInviteStore(sql),
    qlikMappings: createQlikMappingStore(sql),
    accountImport: createAccountImport(sql),
    tenantMembers: createTenantMemberReader({ db, rows, tenantFromRow }),
    audit: createAuditLog(sql),
    ...(redis === undefined
      ? {
          sessions: createSqlSessionStore({ ...sql, rows, longestLifeMs }),
          sessionRegistry: createSessionRegistry(sql),
          sessionDirectory: createSessionDirectory(sql),
          countSessions: () => countLiveSessions(sql),
        }
      : {
          sessions: createRedisSessionStore({ connection: redis, clock, longestLifeMs }),
          sessionRegistry: createRedisSessionRegistry({ connection: redis, clock }),
          sessionDirectory: createRedisSessionDirectory({
            connection: redis,
            clock,
            accountsOf: createAccountsOfQlikUser(db),
          }),
          countSessions: undefined,
        }),
    removeExpiredSessions: () => removeExpiredSessions(sql),
    countRows: () => countRows(db),
    ...connection,
    async ping() {
      await Promise.all([connection.ping(), redis?.ask((client) => client.ping())]);
    },
  };
}
