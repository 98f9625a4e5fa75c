import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

interface Lockfile {
  readonly packages: Readonly<Record<string, { version: string; dev?: boolean; link?: boolean }>>;
}

const nameOf = (path: string) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);

test('npm run sbom names what the image holds, no development dependency, and needs no network', () => {
  const bom = JSON.parse(
    execFileSync('npm', ['run', '--silent', 'sbom'], {
      encoding: 'utf8',
      // No server listens there.
      env: { ...process.env, npm_config_registry: 'http://127.0.0.1:9', npm_config_offline: 'true' },
    }),
  ) as { bomFormat: string; components: { name: string; version: string }[] };
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as Lockfile;
  const held = Object.entries(packages).filter(
    ([path, { dev, link }]) => path.startsWith('node_modules/') && dev !== true && link !== true,
  );
  expect(bom.bomFormat).toBe('CycloneDX');
  const named = new Set(bom.components.map(({ name, version }) => `${name}@${version}`));
  expect(named).toEqual(new Set(held.map(([path, { version }]) => `${nameOf(path)}@${version}`)));
  expect([...named].join()).not.toMatch(/qlik-sandbox|esbuild/);
  expect(named.size).toBeGreaterThan(50);
});
