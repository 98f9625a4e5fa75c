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
import { createSealer, type EncryptionKey } from './sealing.ts';
import { createAccountImport } from './sql/account-import.ts';
import { createAuditLog } from './sql/audit-log.ts';
import { openDatabase, type DatabaseOptions } from './sql/database.ts';
import { createIdentityStore } from './sql/identities.ts';
import { createSealedSecrets } from './sql/sealed-secrets.ts';
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
  readonly sessions: SqlSessionStore;
  readonly sessionRegistry: SessionRegistry;
  readonly sessionDirectory: SessionDirectory;
  /** Brings the tables up to date; call it before anything else, in as many processes as you like. */
  migrate(): Promise<void>;
  /** Names of migrations that the database still lacks. */
  pendingMigrations(): Promise<string[]>;
  /** Rejects with storage_unavailable where the database does not answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Connects with the first query. Every method rejects with `storage_unavailable` while the database is away. */
export function openStorage({ database, encryptionKeys, clock, log }: StorageOptions): Storage {
  const { db, ...connection } = openDatabase(database, { log });
  const sealer = createSealer(encryptionKeys);
  const tenantFromRow = createTenantReader(sealer);
  return {
    tenants: createTenantStore({ db, sealer, tenantFromRow, clock }),
    sealedSecrets: createSealedSecrets({ db, sealer, keyId: encryptionKeys[0]?.id ?? '' }),
    users: createUserStore({ db, clock }),
    identities: createIdentityStore({ db, clock }),
    passwordLinks: createPasswordLinkStore({ db, clock }),
    qlikLinks: createQlikLinkStore({ db, clock }),
    accountImport: createAccountImport({ db, clock }),
    subjects: createSubjectReader({ db, tenantFromRow }),
    audit: createAuditLog({ db, clock }),
    sessions: new SqlSessionStore({ db, clock }),
    sessionRegistry: createSessionRegistry({ db, clock }),
    sessionDirectory: createSessionDirectory({ db, clock }),
    ...connection,
  };
}
