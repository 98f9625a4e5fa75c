import type { SessionData, Store } from 'express-session';
import type {
  AccountImport,
  PasswordLinkStore,
  QlikLinkStore,
  SessionDirectory,
} from '../domain/accounts.ts';
import type { Clock } from '../domain/clock.ts';
import type { Log } from '../domain/log.ts';
import type {
  AuditLog,
  AuditTrail,
  IdentityStore,
  SealedSecrets,
  SessionRegistry,
  SubjectReader,
  TenantStore,
  UserStore,
} from '../domain/ports.ts';
import { openRedisSessions } from './redis/open-sessions.ts';
import type { RedisLink } from './redis/redis-link.ts';
import { createSealer, type EncryptionKey } from './sealing.ts';
import { createAccountImport } from './sql/account-import.ts';
import { createAccountsOfQlikUser } from './sql/accounts-of-qlik-user.ts';
import { createAuditLog } from './sql/audit-log.ts';
import { countRows } from './sql/count-rows.ts';
import { openDatabase, type DatabaseOptions } from './sql/database.ts';
import { createIdentityStore } from './sql/identities.ts';
import { createSealedSecrets } from './sql/sealed-secrets.ts';
import { countLiveSessions } from './sql/live-sessions.ts';
import { createPasswordLinkStore } from './sql/password-links.ts';
import { createQlikLinkStore } from './sql/qlik-links.ts';
import { createSessionDirectory } from './sql/session-directory.ts';
import { createSessionRegistry } from './sql/session-registry.ts';
import { SqlSessionStore } from './sql/session-store.ts';
import { createSubjectReader } from './sql/subjects.ts';
import { createTenantReader } from './sql/tenant-rows.ts';
import { createTenantStore } from './sql/tenants.ts';
import { createUserStore } from './sql/users.ts';

export interface StorageOptions {
  readonly database: DatabaseOptions;
  /** The first seals, all open. */
  readonly encryptionKeys: readonly EncryptionKey[];
  readonly clock: Clock;
  readonly log: Log;
  /** Where there is Redis, it has the sessions: the same ones for all replicas. */
  readonly redis?: RedisLink | undefined;
  /** ms after which a session is over, however busy; 12 hours unless told. */
  readonly longestSessionMs?: number;
}

const LONGEST_SESSION_MS = 12 * 3_600_000;

type Done = (error?: unknown) => void;

/** express-session's store, with all that it may have. */
interface SessionStore extends Store {
  set(sessionId: string, data: SessionData, done?: Done): void;
  touch(sessionId: string, data: SessionData, done?: Done): void;
}

/** All that the portal keeps. */
export interface Storage {
  readonly tenants: TenantStore;
  readonly sealedSecrets: SealedSecrets;
  readonly users: UserStore;
  /** Whose single sign-on opens which account. */
  readonly identities: IdentityStore;
  readonly passwordLinks: PasswordLinkStore;
  readonly qlikLinks: QlikLinkStore;
  readonly accountImport: AccountImport;
  readonly subjects: SubjectReader;
  readonly audit: AuditLog & AuditTrail;
  /** For express-session. */
  readonly sessions: SessionStore;
  readonly sessionRegistry: SessionRegistry;
  readonly sessionDirectory: SessionDirectory;
  /** How many people are signed in; undefined where Redis has the sessions, which would have to look at each. */
  readonly countSessions: (() => Promise<number>) | undefined;
  /** Deletes what is left of sessions past their end; returns how many. Redis sees to its own. */
  sweepSessions(): Promise<number>;
  /** Brings the tables up to date; call it before anything else, in as many processes as you like. */
  migrate(): Promise<void>;
  /** How many rows each table has. */
  countRows(): Promise<Readonly<Record<string, number>>>;
  /** Names of migrations that the database still lacks. */
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
  const sqlSessions = new SqlSessionStore({ db, rows, clock, defaultLifetimeMs: longestLifeMs });
  const tenantFromRow = createTenantReader(sealer);
  return {
    tenants: createTenantStore({ db, sealer, tenantFromRow, clock }),
    sealedSecrets: createSealedSecrets({ db, sealer, keyId: encryptionKeys[0]?.id ?? '' }),
    users: createUserStore({ db, clock }),
    identities: createIdentityStore({ db, clock }),
    passwordLinks: createPasswordLinkStore({ db, clock }),
    qlikLinks: createQlikLinkStore({ db, clock }),
    accountImport: createAccountImport({ db, clock }),
    subjects: createSubjectReader({ db, rows, tenantFromRow }),
    audit: createAuditLog({ db, clock }),
    ...(redis === undefined
      ? {
          sessions: sqlSessions,
          sessionRegistry: createSessionRegistry({ db, clock }),
          sessionDirectory: createSessionDirectory({ db, clock }),
          countSessions: () => countLiveSessions(db, clock),
        }
      : {
          countSessions: undefined,
          ...openRedisSessions({
            link: redis,
            clock,
            longestLifeMs,
            accountsOf: createAccountsOfQlikUser(db),
          }),
        }),
    sweepSessions: () => sqlSessions.sweep(),
    countRows: () => countRows(db),
    ...connection,
    async ping() {
      await Promise.all([connection.ping(), redis?.ask((client) => client.ping())]);
    },
  };
}
