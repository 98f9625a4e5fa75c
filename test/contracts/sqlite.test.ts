import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import type { Storage } from '../../src/storage/open-storage.ts';
import { storageContracts } from './all.ts';
import { storageOver } from './storage-under-test.ts';

describe('SQLite', () => {
  const opened: Storage[] = [];
  let folder: string;
  let databases = 0;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'portal-sqlite-'));
  });
  afterEach(async () => {
    for (const storage of opened.splice(0)) await storage.close();
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  storageContracts(() => {
    databases += 1;
    return storageOver({ kind: 'sqlite', file: join(folder, `${databases}.db`) }, opened);
  });
});
