import { describe } from 'vitest';
import { openStorage } from '../../src/storage/open-storage.ts';
import { recordingLog } from '../support/recording-log.ts';
import { fastSessionReadContract } from './fast-session-read.ts';

describe('sessions in SQLite', () => {
  fastSessionReadContract(async () => {
    const storage = openStorage({
      database: { kind: 'sqlite', file: ':memory:' },
      encryptionKeys: [],
      clock: { now: () => Date.now() },
      log: recordingLog().log,
    });
    await storage.migrate();
    return storage.sessions;
  });
});
