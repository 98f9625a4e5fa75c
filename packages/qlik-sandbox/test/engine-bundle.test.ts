import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { embedBundle, qlikEntryPoints } from '../src/embed-bundle.ts';
import { call, testTenant } from './support.ts';

/** A folder laid out like an installed `@qlik/api`, with these chunks. */
function packageWith(chunks: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'qlik-api-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, 'chunks'));
  for (const [name, source] of Object.entries(chunks)) writeFileSync(join(root, 'chunks', name), source);
  return root;
}

test('finds Qlik’s own code by pattern, and says what is missing when its layout changed', () => {
  expect(Object.keys(qlikEntryPoints())).toEqual(['modules/auth', 'modules/invoke-fetch', 'modules/qix']);
  expect(() => qlikEntryPoints(packageWith({}))).toThrow(/no public-runtime-modules-\*\.js .*package-lock/);
  const halved = packageWith({ 'public-runtime-modules-AAAAAAAA.js': 'import("./auth-BBBBBBBB.js")' });
  expect(() => qlikEntryPoints(halved)).toThrow(/no import of invoke-fetch-\*\.js/);
});

test('bundles once per process, and main.js stays small so that charts load only when drawn', async () => {
  const bundle = await embedBundle();
  expect(await embedBundle()).toBe(bundle);
  expect(bundle.get('main.js')?.length).toBeLessThan(2_000);
  expect(bundle.get('modules/embed-vanilla.js')?.length).toBeLessThan(30_000);
});

test('serves the runtime to any page, as scripts, and nothing else', async () => {
  const tenant = await testTenant();
  const main = await call(tenant, 'GET', '/qlik-embed/main.js', {
    headers: { origin: 'https://anywhere.example' },
  });
  expect(main.status).toBe(200);
  expect(main.text).toContain('"acme"');
  expect(main.headers.get('content-type')).toMatch(/^text\/javascript/);
  expect(main.headers.get('access-control-allow-origin')).toBe('*');
  expect(main.headers.get('cross-origin-resource-policy')).toBe('cross-origin');
  for (const path of ['modules/none.js', '%2e%2e/package.json', '..%2f..%2fpackage.js', 'main.js.map']) {
    expect((await call(tenant, 'GET', `/qlik-embed/${path}`)).status).toBe(404);
  }
});
