import { describe, expect, test } from 'vitest';
import { importsOf, readImports } from '../../scripts/structure/read-imports.ts';
import { findBreaches } from '../../scripts/structure/rules.ts';

const breachesOf = (file: string, target: string) => findBreaches(new Map([[file, [target]]]));

describe('the dependency table', () => {
  test('src keeps to it', () => {
    const graph = readImports('.');
    expect(graph.size).toBeGreaterThan(200);
    expect(findBreaches(graph)).toEqual([]);
  });

  test.each([
    ['src/domain/rules/a.ts', 'src/portal/audit.ts'],
    ['src/domain/model/a.ts', 'src/runtime/clock.ts'],
    ['src/domain/a.ts', 'node:fs'],
    ['src/domain/a.ts', 'express'],
    ['src/runtime/a.ts', 'src/portal/audit.ts'],
    ['src/portal/tokens/a.ts', 'src/qlik/oauth.ts'],
    ['src/portal/tokens/a.ts', 'src/config/config.ts'],
    ['src/qlik/a.ts', 'src/storage/open-storage.ts'],
    ['src/qlik/a.ts', 'src/config/config.ts'],
    ['src/sso/oidc/a.ts', 'src/qlik/address.ts'],
    ['src/storage/sql/a.ts', 'src/config/config.ts'],
    ['src/metrics/a.ts', 'src/web/http/app.ts'],
    ['src/web/routes/a.ts', 'src/compose/portal.ts'],
    ['src/web/http/a.ts', 'src/config/config.ts'],
    ['src/compose/a.ts', 'src/cli/program.ts'],
    ['src/cli/a.ts', 'src/storage/open-storage.ts'],
    ['src/cli/a.ts', 'src/qlik/oauth.ts'],
    ['src/compose/portal.ts', 'packages/qlik-sandbox/src/region.ts'],
    ['src/web/a.ts', 'test/support/portal.ts'],
    ['src/unlisted/a.ts', 'src/domain/errors.ts'],
  ])('%s may not import %s', (file, target) => {
    expect(breachesOf(file, target)).toHaveLength(1);
  });

  test.each([
    ['src/domain/model/a.ts', 'zod'],
    ['src/portal/tokens/a.ts', 'src/runtime/clock.ts'],
    ['src/qlik/a.ts', 'src/domain/errors.ts'],
    ['src/cli/a.ts', 'src/compose/portal.ts'],
    ['src/web/routes/a.ts', 'docs/openapi.json'],
  ])('%s may import %s', (file, target) => {
    expect(breachesOf(file, target)).toEqual([]);
  });
});

test('an import circle is a breach, also one of types alone', () => {
  const a = importsOf('src/qlik/a.ts', "import type { B } from './b.ts';");
  const b = importsOf('src/qlik/b.ts', "export { C } from './c.ts';");
  const c = importsOf('src/qlik/c.ts', "const lazy = () => import('./a.ts');");
  const graph = new Map([
    ['src/qlik/a.ts', a],
    ['src/qlik/b.ts', b],
    ['src/qlik/c.ts', c],
  ]);
  expect(findBreaches(graph)).toEqual(['import circle: src/qlik/a.ts, src/qlik/b.ts, src/qlik/c.ts']);
});

test('a loose file in portal and a folder of more than 20 files are breaches', () => {
  expect(findBreaches(new Map([['src/portal/sign-in.ts', []]]))).toHaveLength(1);
  expect(findBreaches(new Map([['src/portal/audit.ts', []]]))).toEqual([]);
  const crowd = Array.from({ length: 21 }, (_, index) => [`src/qlik/f${index}.ts`, []] as const);
  expect(findBreaches(new Map(crowd.slice(1)))).toEqual([]);
  expect(findBreaches(new Map(crowd))).toEqual(['src/qlik: 21 files, at most 20 in a folder']);
});
