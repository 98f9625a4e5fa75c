import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';

/** Puts a portal together as `bin/server.js` does, and says which packages that loads. */
const script = `
import { registerHooks } from 'node:module';
const packages = new Set();
registerHooks({
  load(url, context, next) {
    const [, name] = /.*\\/node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(url) ?? [];
    if (name) packages.add(name);
    return next(url, context);
  },
});
const { loadConfig } = await import('./src/config/config.ts');
const { composePortal } = await import('./src/compose/portal.ts');
const { composeApp } = await import('./src/compose/web.ts');
const log = { debug() {}, info() {}, warn() {}, error() {} };
const portal = await composePortal(loadConfig(), { log });
await portal.storage.migrate();
composeApp(portal, new AbortController().signal);
await portal.close();
console.log([...packages].join(' '));
`;

test('a start loads nothing of what the configuration does not ask for', () => {
  const env = {
    PATH: process.env.PATH,
    PUBLIC_URL: 'http://localhost:3000',
    SESSION_SECRET: randomBytes(48).toString('base64'),
    ENCRYPTION_KEYS: `test:${randomBytes(32).toString('base64')}`,
    DATABASE_URL: 'file::memory:',
  };
  const options = { env, encoding: 'utf8' } as const;
  const loaded = execFileSync(process.execPath, ['--input-type=module', '--eval', script], options)
    .trim()
    .split(' ');
  expect(loaded).toEqual(expect.arrayContaining(['express', 'kysely', 'zod']));
  const unasked = new Set([
    '@redis/client',
    'pg',
    'prom-client',
    'openid-client',
    'jose',
    'undici',
    'commander',
  ]);
  expect(loaded.filter((name) => unasked.has(name))).toEqual([]);
});
