import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildPages } from '../../src/web/pages/build-pages.ts';
import { createPageAssets } from '../../src/web/pages/page-assets.ts';
import { startPortal, type TestPortal } from '../support/portal.ts';
import { recordingLog } from '../support/recording-log.ts';

describe('the scripts and styles of a page', () => {
  let portal: TestPortal;
  let script: string;
  beforeAll(async () => {
    portal = await startPortal();
    const page = await portal.request.get('/login');
    script = /src="(\/assets\/login-[A-Z0-9]{8}\.js)"/.exec(page.text)?.[1] ?? '';
  });
  afterAll(() => portal.close());

  test('are one script and one style sheet, kept by browsers for good', async () => {
    const page = await portal.request.get('/login');
    expect(page.get('Cache-Control')).toBe('no-cache');
    const addresses = page.text.match(/\/assets\/[^"]+/g) ?? [];
    expect(addresses).toHaveLength(2);
    for (const address of addresses) {
      const answer = await portal.request.get(address);
      expect(answer.status).toBe(200);
      expect(answer.get('Cache-Control')).toBe('public, max-age=31536000, immutable');
      expect(answer.get('Content-Type')).toMatch(/^text\/(?:css|javascript); charset=utf-8$/);
    }
  });

  test('have source maps that hold the readable source', async () => {
    const answer = await portal.request.get(script);
    const [, map = ''] = /sourceMappingURL=(\S+)/.exec(answer.text) ?? [];
    const { sources, sourcesContent } = JSON.parse((await portal.request.get(map)).text) as {
      sources: string[];
      sourcesContent: string[];
    };
    expect(sources.some((source) => source.endsWith('js/login.js'))).toBe(true);
    expect(sourcesContent.join()).toContain('function countDown');
  });

  test('of another version are answered with the current ones, which the browser does not keep', async () => {
    const answer = await portal.request.get(script.replace(/-[A-Z0-9]{8}/, '-ABCDEFGH'));
    expect(answer.status).toBe(200);
    expect(answer.get('Cache-Control')).toBe('no-store');
    expect(answer.text).toBe((await portal.request.get(script)).text);
  });

  test.each(['/assets/', '/assets/x.js', '/assets/constructor', '/assets/..%2fpackage.json'])(
    '%s is not one of them',
    async (path) => {
      const answer = await portal.request.get(path);
      expect(answer.status).toBe(404);
    },
  );

  test('qlik-token.js is one file at its own address, checked at each use', async () => {
    const answer = await portal.request.get('/js/qlik-token.js');
    expect(answer.get('Cache-Control')).toBe('no-cache');
    expect(answer.get('Content-Type')).toBe('text/javascript; charset=utf-8');
    expect(answer.text).toMatch(/export\s*\{[^}]*createQlikToken/);
    expect(answer.text).not.toMatch(/^import|\bfrom\s*["']/m);
    const again = await portal.request
      .get('/js/qlik-token.js')
      .set('If-None-Match', answer.get('ETag') ?? '');
    expect(again.status).toBe(304);
  });
});

const silent = () => undefined;

describe('a portal without esbuild', () => {
  const warned: unknown[] = [];
  const log = { debug: silent, info: silent, warn: (...line: unknown[]) => warned.push(line), error: silent };
  let folder: string;
  let publicDir: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'portal-pages-'));
    publicDir = join(folder, 'public');
    cpSync('public', publicDir, { recursive: true });
    mkdirSync(join(folder, 'build'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('takes what was built of these very sources', async () => {
    const built = { ...(await buildPages(publicDir)), names: { '/js/login.js': 'login-BEFORE00.js' } };
    writeFileSync(join(folder, 'build/pages.json'), JSON.stringify(built));
    expect(await createPageAssets({ publicDir, log }).page('login.html')).toContain('login-BEFORE00.js');
  });

  test('takes nothing that was built of other sources, and serves the sources where it cannot build', async () => {
    // Stands for a missing esbuild: the build fails.
    writeFileSync(join(publicDir, 'js/login.js'), "import './missing.js';\n");
    const assets = createPageAssets({ publicDir, log });
    expect(await assets.page('login.html')).toContain('src="/js/login.js"');
    expect(await assets.nameOf('/js/qlik-token.js')).toBeUndefined();
    expect(warned).toHaveLength(1);
  });
});

test.each(['/login', '/set-password'])(
  '%s says each failure in the words of the error codes',
  async (path) => {
    const portal = await startPortal();
    const page = await portal.request.get(path);
    expect(page.text).toContain('<strong>Too many attempts.</strong> To protect the account, wait');
    expect(page.text).not.toContain('<!-- person');
    await portal.close();
  },
);

test('a page that could not be read once is served at the next request', async () => {
  const root = mkdtempSync(join(tmpdir(), 'portal-pages-'));
  const publicDir = join(root, 'public');
  const assets = createPageAssets({ publicDir, log: recordingLog().log });
  await expect(assets.page('login.html')).rejects.toThrow('ENOENT');
  cpSync('public', publicDir, { recursive: true });
  expect(await assets.page('login.html')).toContain('<!doctype html>');
  rmSync(root, { recursive: true });
});
