import { Client } from 'pg';
import { afterAll, afterEach, beforeAll } from 'vitest';
import type { Secret } from '../../src/domain/model/secret.ts';
import type { Storage } from '../../src/storage/open-storage.ts';
import { describePostgres } from '../support/postgres.ts';
import { storageContracts } from './all.ts';
import { storageOver } from './storage-under-test.ts';

describePostgres('PostgreSQL', (server) => {
  const opened: Storage[] = [];
  let url: Secret;
  let admin: Client;
  beforeAll(async () => {
    url = await server().createDatabase();
    admin = new Client({ connectionString: url.reveal() });
    await admin.connect();
    await storageOver({ kind: 'postgres', url }, opened);
  });
  afterEach(async () => {
    for (const storage of opened.splice(0)) await storage.close();
    // Sooner than a database of its own for every test.
    await admin.query('truncate tenants, users, sessions, audit_events cascade');
  });
  afterAll(() => admin.end());

  storageContracts(() => storageOver({ kind: 'postgres', url }, opened));
});
