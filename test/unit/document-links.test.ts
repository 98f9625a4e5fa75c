import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

const pages = [...globSync('*.md'), ...globSync('docs/**/*.md'), 'packages/qlik-sandbox/README.md'];

/** Where the page's links lead within the project, without what is after `#`. */
function targetsOf(page: string): string[] {
  return [...readFileSync(page, 'utf8').matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target.replace(/#.*$/, ''))
    .filter((target) => target !== '' && !/^[a-z]+:/.test(target))
    .map((target) => join(dirname(page), target));
}

test('there are links to follow', () => {
  expect(pages.flatMap(targetsOf).length).toBeGreaterThan(100);
});

test.each(pages)('every link of %s leads somewhere', (page) => {
  expect(targetsOf(page).filter((target) => !existsSync(target))).toEqual([]);
});
