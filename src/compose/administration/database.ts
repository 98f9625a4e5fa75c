import type { Secret } from '../../domain/model/secret.ts';
import {
  databaseMaintenance,
  type SqliteMaintenance,
} from '../../storage/maintenance/database-maintenance.ts';
import type { Portal } from '../portal.ts';

interface Change {
  readonly actor: string;
}

interface CopyRequest extends Change {
  readonly url: Secret;
  readonly onTable: Parameters<SqliteMaintenance['copyToPostgres']>[1];
}

/** Verbs about the portal's own database. A result has a warning where the audit log could not record the action. */
export function composeDatabase({ config, log, storage }: Portal) {
  const { kind, place, sqlite } = databaseMaintenance(config.database, { log });

  async function recorded(action: string, { actor }: Change): Promise<{ readonly warnings: string[] }> {
    try {
      // Without migrating: a backup is created before an upgrade, often by the newer release.
      await storage.audit.append({ action, result: 'ok', actor });
      return { warnings: [] };
    } catch {
      return { warnings: ['not recorded in the audit log, because the database refused the entry'] };
    }
  }

  async function migrate(): Promise<readonly string[]> {
    const pending = await storage.pendingMigrations();
    await storage.migrate();
    return pending;
  }

  return {
    /** Its file, or its host and name, without user and password. */
    place,
    /** Returns the migrations that were applied. */
    migrate,
    async status() {
      const pending = await storage.pendingMigrations();
      return { kind, place, pending, rows: await storage.countRows() };
    },
    /** Undefined for PostgreSQL, which has its own programs. */
    sqlite: sqlite && {
      async backup({ file, ...change }: Change & { readonly file: string }) {
        await sqlite.backup(file);
        return recorded('database.backup', change);
      },
      async restore({ file, ...change }: Change & { readonly file: string }) {
        await sqlite.restore(file);
        // A backup of an older release has older tables.
        await migrate();
        return recorded('database.restore', change);
      },
      async copyToPostgres({ url, onTable, ...change }: CopyRequest) {
        await migrate();
        const copied = await sqlite.copyToPostgres(url, onTable);
        return { copied, ...(await recorded('database.copy', change)) };
      },
    },
  };
}
