import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

/** What the Dockerfile copies into the image from the project, in its last stage. */
function copiedByDockerfile(): string[] {
  return readFileSync('Dockerfile', 'utf8')
    .split('\nFROM ')
    .at(-1)!
    .split('\n')
    .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
    .flatMap((line) => line.split(/\s+/).slice(1, -1));
}

/** What `npm ci --omit=dev` would install, by the lockfile. */
function productionPackages(): string[] {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    packages: Record<string, { dev?: boolean; optional?: boolean; link?: boolean }>;
  };
  return Object.entries(packages)
    .filter(
      ([path, { dev, optional, link }]) => path.startsWith('node_modules/') && !dev && !optional && !link,
    )
    .map(([path]) => path);
}

describe('what the image holds, and nothing else', () => {
  let folder: string;
  let child: ChildProcess;
  let url: string;
  let metricsUrl: string;
  const environment = () => ({
    PATH: process.env.PATH,
    PUBLIC_URL: 'http://localhost:3000',
    PORT: '0',
    METRICS_PORT: '0',
    SESSION_SECRET: randomBytes(48).toString('base64'),
    ENCRYPTION_KEYS: `test:${randomBytes(32).toString('base64')}`,
    DATABASE_URL: `file:${join(folder, 'data/portal.db')}`,
  });

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'portal-image-'));
    execFileSync(process.execPath, ['scripts/build-pages.ts']);
    cpSync('build', join(folder, 'build'), { recursive: true });
    for (const path of copiedByDockerfile()) cpSync(path, join(folder, path), { recursive: true });
    for (const path of productionPackages()) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      // Without what is nested in it, which has entries of its own.
      execFileSync('cp', ['-a', path, join(folder, path)]);
      rmSync(join(folder, path, 'node_modules'), { recursive: true, force: true });
    }
    child = spawn(process.execPath, ['bin/server.js'], {
      cwd: folder,
      env: environment(),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    for await (const line of createInterface({ input: child.stdout! })) {
      const said = JSON.parse(line) as { msg: string; url: string };
      if (said.msg === 'metrics are served') metricsUrl = said.url;
      if (said.msg === 'the portal is ready') {
        ({ url } = said);
        break;
      }
    }
  });
  afterAll(() => {
    child?.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  test('starts and answers', async () => {
    const statuses = await Promise.all(
      [
        '/healthz',
        '/readyz',
        '/login',
        '/css/base.css',
        '/vendor/qlik-embed-web-components.js',
        '/api/qlik-token',
      ].map(async (path) => [path, (await fetch(`${url}${path}`)).status]),
    );
    expect(Object.fromEntries(statuses)).toEqual({
      '/healthz': 200,
      '/readyz': 200,
      '/login': 200,
      '/css/base.css': 200,
      '/vendor/qlik-embed-web-components.js': 200,
      '/api/qlik-token': 401,
    });
    expect(await (await fetch(metricsUrl)).text()).toContain('portal_ready 1');
  });

  test('has its pages bundled, without the tool that did it', async () => {
    const page = await (await fetch(`${url}/login`)).text();
    expect(page).toMatch(/src="\/assets\/login-[A-Z0-9]{8}\.js"/);
    expect(existsSync(join(folder, 'node_modules/esbuild'))).toBe(false);
  });

  test('has the portal command', () => {
    const options = { cwd: folder, env: environment(), encoding: 'utf8' } as const;
    expect(execFileSync(process.execPath, ['bin/portal.js', '--version'], options)).toMatch(
      /^\d+\.\d+\.\d+\n$/,
    );
    expect(execFileSync(process.execPath, ['bin/portal.js', '--help'], options)).toContain('tenant');
    expect(execFileSync(process.execPath, ['bin/portal.js', 'db', 'status'], options)).toContain(
      'up to date',
    );
  });

  test('ends on SIGTERM with code 0', async () => {
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
  });
});
