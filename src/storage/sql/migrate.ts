import { sql, type Kysely } from 'kysely';
import { Migrator } from 'kysely/migration';
import { PortalError } from '../../domain/errors.ts';
import type { Log } from '../../runtime/log.ts';
import { migrations } from './migrations/all.ts';
import type { Schema } from './schema.ts';

/**
 * Brings the tables up to date, all or nothing. Safe to run from many processes at once: one does the work,
 * the others wait for it and find it done.
 * @throws PortalError storage_unavailable, also where a newer release of the portal has migrated the database already
 */
export async function migrateToLatest(db: Kysely<Schema>, log: Log): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ ...migrations }) } });
  const { error, results = [] } = await migrator.migrateToLatest();
  if (error) throw await explained(error, db);
  for (const { migrationName } of results) log.info({ migration: migrationName }, 'database migrated');
}

/** Names of migrations that the database still lacks; asks only. */
export async function pendingMigrations(db: Kysely<Schema>): Promise<string[]> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ ...migrations }) } });
  const known = await migrator.getMigrations();
  return known.filter(({ executedAt }) => executedAt === undefined).map(({ name }) => name);
}

/** Those of a newer release. */
export function unknownMigrations(applied: readonly string[]): string[] {
  return applied.filter((name) => !Object.hasOwn(migrations, name));
}

async function explained(error: unknown, db: Kysely<Schema>): Promise<unknown> {
  if (error instanceof PortalError) return error;
  const unknown = unknownMigrations(await appliedMigrations(db));
  if (unknown.length === 0) return error;
  return new PortalError('storage_unavailable', {
    detail: `a newer release of the portal has migrated the database (${unknown.join(', ')})`,
    cause: error,
  });
}

async function appliedMigrations(db: Kysely<Schema>): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(db);
  return rows.map(({ name }) => name);
}
