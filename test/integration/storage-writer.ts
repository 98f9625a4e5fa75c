import { once } from 'node:events';
import { writeSync } from 'node:fs';
import { openStorage } from '../../src/storage/open-storage.ts';
import { encryptionKey, silent, tenantOf, userOf } from '../contracts/storage-under-test.ts';

// A process of its own for storage-processes.test.ts: migrates, then saves accounts and says which are saved.
const [file = '', writer = '', accounts = '0'] = process.argv.slice(2);

const storage = openStorage({
  database: { kind: 'sqlite', file },
  encryptionKeys: [encryptionKey('first')],
  clock: { now: () => Date.now() },
  log: { ...silent, info: (_fields, message) => void writeSync(1, `${message}\n`) },
});
// At the word of the test, so that all of them start together.
writeSync(1, 'ready\n');
await once(process.stdin, 'data');
process.stdin.unref();
await storage.migrate();
await storage.tenants.save(tenantOf('acme'));
for (let n = 0; n < Number(accounts); n += 1) {
  const email = `${writer}-${n}@acme.example`;
  await storage.accounts.save(userOf('acme', { email, name: 'x'.repeat(2_000) }));
  writeSync(1, `${email}\n`);
}
await storage.close();
