import { globSync, readFileSync } from 'node:fs';

/** `ASVS 7.2.4` → the test files in which a title carries that id, as in `… [ASVS 7.2.2, 7.2.4]`. */
export function readTestIds(): ReadonlyMap<string, readonly string[]> {
  const found = globSync('{test,packages/*/test}/**/*.ts')
    .toSorted()
    .flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/\[(ASVS|RFC 10017) ([\d., ]+)\](?= \[|['"`])/g)].flatMap(
        ([, tag, ids = '']) => ids.split(', ').map((id) => ({ id: `${tag} ${id}`, file })),
      ),
    );
  const byId = Map.groupBy(found, ({ id }) => id);
  return new Map([...byId].map(([id, uses]) => [id, [...new Set(uses.map(({ file }) => file))]]));
}
