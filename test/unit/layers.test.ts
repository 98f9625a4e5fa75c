import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

/** `domain ← portal ← { qlik, oidc, storage, web, metrics, cli } ← compose ← main`: what may not be imported from where. */
const breaches = [
  ['src/domain/a.ts', '../portal/sign-in.ts'],
  ['src/domain/a.ts', 'zod'],
  ['src/domain/a.ts', 'node:fs'],
  ['src/domain/a.ts', '../config.ts'],
  ['src/portal/a.ts', '../qlik/oauth.ts'],
  ['src/portal/a.ts', '../storage/open-storage.ts'],
  ['src/portal/broker/a.ts', '../../web/app.ts'],
  ['src/portal/a.ts', '../config.ts'],
  ['src/qlik/a.ts', '../storage/open-storage.ts'],
  ['src/qlik/a.ts', '../web/app.ts'],
  ['src/storage/sql/a.ts', '../../qlik/http.ts'],
  ['src/portal/a.ts', '../oidc/identity-providers.ts'],
  ['src/qlik/a.ts', '../oidc/http.ts'],
  ['src/oidc/a.ts', '../qlik/address.ts'],
  ['src/oidc/a.ts', '../storage/open-storage.ts'],
  ['src/oidc/a.ts', '../web/app.ts'],
  ['src/storage/sql/a.ts', '../../oidc/http.ts'],
  ['src/web/routes/a.ts', '../../oidc/identity-providers.ts'],
  ['src/cli/a.ts', '../oidc/identity-providers.ts'],
  ['src/web/routes/a.ts', '../../storage/open-storage.ts'],
  ['src/web/a.ts', '../cli/tenant.ts'],
  ['src/cli/a.ts', '../qlik/oauth.ts'],
  ['src/cli/a.ts', '../storage/open-storage.ts'],
  ['src/metrics/a.ts', '../web/app.ts'],
  ['src/metrics/a.ts', '../storage/open-storage.ts'],
  ['src/portal/a.ts', '../metrics/create-metrics.ts'],
  ['src/web/a.ts', '../metrics/create-metrics.ts'],
  ['src/storage/sql/a.ts', '../../metrics/create-metrics.ts'],
  ['src/cli/a.ts', '../metrics/create-metrics.ts'],
  ['src/compose/portal.ts', '../../sandbox/region.ts'],
  ['src/web/a.ts', '../../test/support/portal.ts'],
  ['src/qlik/a.ts', '../../bench/bench.ts'],
] as const;

const allowed = [
  ['src/domain/a.ts', './errors.ts'],
  ['src/portal/a.ts', '../domain/errors.ts'],
  ['src/portal/broker/a.ts', '../../domain/errors.ts'],
  ['src/qlik/a.ts', '../domain/errors.ts'],
  ['src/oidc/a.ts', '../domain/errors.ts'],
  ['src/storage/sql/a.ts', '../sealing.ts'],
  ['src/metrics/a.ts', '../domain/observe.ts'],
  ['src/web/routes/a.ts', '../../portal/sign-in.ts'],
  ['src/cli/a.ts', '../portal/doctor.ts'],
  ['src/compose/portal.ts', '../storage/open-storage.ts'],
  ['sandbox/a.ts', '../src/compose/portal.ts'],
] as const;

let tree: string;
beforeAll(() => {
  tree = mkdtempSync(join(tmpdir(), 'layers-'));
  cpSync('.oxlintrc.json', join(tree, '.oxlintrc.json'));
});
afterAll(() => rmSync(tree, { recursive: true }));

function lint(file: string, specifier: string): string {
  const path = join(tree, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `import * as other from '${specifier}';\n\nexport const seen = other;\n`);
  const { stdout } = spawnSync('oxlint', ['-c', '.oxlintrc.json', '-f', 'unix', file], {
    cwd: tree,
    encoding: 'utf8',
  });
  rmSync(path);
  return stdout;
}

describe('the linter keeps the layers apart', () => {
  test.each(breaches)('%s may not import %s', (file, specifier) => {
    expect(lint(file, specifier)).toContain('no-restricted-imports');
  });

  test.each(allowed)('%s may import %s', (file, specifier) => {
    expect(lint(file, specifier)).not.toContain('no-restricted-imports');
  });
});
