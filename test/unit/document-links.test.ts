import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';

const pages = [...globSync('*.md'), ...globSync('docs/**/*.md'), 'packages/qlik-sandbox/README.md'];
const textOf = new Map(pages.map((page) => [page, readFileSync(page, 'utf8')]));

/** The page's links within the project: a path, and the heading in it where one is named. */
function linksOf(page: string): { path: string; heading: string | undefined }[] {
  return [...(textOf.get(page) ?? '').matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [path, heading] = target.split('#');
      return { path: path ? join(dirname(page), path) : page, heading };
    });
}

/** As GitHub makes them. */
function headingsOf(page: string): string[] {
  return [...(textOf.get(page) ?? '').matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** Paths from the project's root in code spans, as `src/main.ts`. */
function namedPaths(page: string): string[] {
  return [
    ...(textOf.get(page) ?? '').matchAll(
      /`((?:bench|bin|docker|docs|packages|public|scripts|src|test|\.\w+)\/[\w./-]*)`/g,
    ),
  ].map(([, path = '']) => path);
}

describe('documentation', () => {
  test('has links and paths to check', () => {
    expect(pages.flatMap(linksOf).length).toBeGreaterThan(100);
    expect(pages.flatMap(namedPaths).length).toBeGreaterThan(40);
  });

  test.each(pages)('%s links to files and headings that exist', (page) => {
    const broken = linksOf(page).filter(
      ({ path, heading }) =>
        !existsSync(path) || (heading && path.endsWith('.md') && !headingsOf(path).includes(heading)),
    );
    expect(broken).toEqual([]);
  });

  test.each(pages)('%s names paths that exist', (page) => {
    expect(namedPaths(page).filter((path) => !existsSync(path))).toEqual([]);
  });
});
