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
import { openRedisSessions } from './redis/sessions/open-sessions.ts';
import type { RedisConnection } from './redis/redis-connection.ts';
import { createSealer, type EncryptionKey } from './sealing.ts';
import { createAccountImport } from './sql/accounts/account-import.ts';
import { createAccountsOfQlikUser } from './sql/accounts/accounts-of-qlik-user.ts';
import { createAuditLog } from './sql/audit/audit-log.ts';
import { countRows } from './sql/count-rows.ts';
import { openDatabase, type DatabaseOptions } from './sql/database.ts';
import { createIdentityStore } from './sql/accounts/identities.ts';
import { createSealedSecrets } from './sql/tenants/sealed-secrets.ts';
import { countLiveSessions } from './sql/sessions/live-sessions.ts';
import { createPasswordInviteStore } from './sql/accounts/password-invites.ts';
import { createQlikMappingStore } from './sql/accounts/qlik-mappings.ts';
import { createSessionDirectory } from './sql/sessions/session-directory.ts';
import { createSessionRegistry } from './sql/sessions/session-registry.ts';
import type { SessionStore } from './session-store.ts';
import { createSqlSessionStore, removeExpiredSessions } from './sql/sessions/session-store.ts';
import { createTenantMemberReader } from './sql/accounts/tenant-member-reader.ts';
import { createTenantReader } from './sql/tenants/tenant-rows.ts';
import { createTenantStore } from './sql/tenants/tenants.ts';
import { createAccountStore } from './sql/accounts/accounts.ts';

export interface StorageOptions {
  readonly database: DatabaseOptions;
  /** The first seals, all open. */
  readonly encryptionKeys: readonly EncryptionKey[];
  readonly clock: Clock;
  readonly log: Log;
  /** Has the sessions, where given: the same ones for all replicas. */
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
  /** Whose single sign-on opens which account. */
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

/** Connects with the first query. Every method rejects with `storage_unavailable` while the database is away. */
export function openStorage(options: StorageOptions): Storage {
  const { database, encryptionKeys, clock, log, redis } = options;
  const longestLifeMs = options.longestSessionMs ?? LONGEST_SESSION_MS;
  const { db, rows, ...connection } = openDatabase(database, { log });
  const sealer = createSealer(encryptionKeys);
  const tenantFromRow = createTenantReader(sealer);
  return {
    tenants: createTenantStore({ db, sealer, tenantFromRow, clock }),
    sealedSecrets: createSealedSecrets({ db, sealer, keyId: encryptionKeys[0]?.id ?? '' }),
    accounts: createAccountStore({ db, clock }),
    identities: createIdentityStore({ db, clock }),
    passwordInvites: createPasswordInviteStore({ db, clock }),
    qlikMappings: createQlikMappingStore({ db, clock }),
    accountImport: createAccountImport({ db, clock }),
    tenantMembers: createTenantMemberReader({ db, rows, tenantFromRow }),
    audit: createAuditLog({ db, clock }),
    ...(redis === undefined
      ? {
          sessions: createSqlSessionStore({ db, rows, clock, longestLifeMs }),
          sessionRegistry: createSessionRegistry({ db, clock }),
          sessionDirectory: createSessionDirectory({ db, clock }),
          countSessions: () => countLiveSessions(db, clock),
        }
      : {
          countSessions: undefined,
          ...openRedisSessions({
            connection: redis,
            clock,
            longestLifeMs,
            accountsOf: createAccountsOfQlikUser(db),
          }),
        }),
    removeExpiredSessions: () => removeExpiredSessions(db, clock),
    countRows: () => countRows(db),
    ...connection,
    async ping() {
      await Promise.all([connection.ping(), redis?.ask((client) => client.ping())]);
    },
  };
}
