import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const page = readFileSync('SECURITY.md', 'utf8');
const links = [...page.matchAll(/\[([^\]]+)\]\((test\/[^)]+)\)/g)].map(([, title = '', file = '']) => ({
  title: title.replaceAll(/\\([_*])/g, '$1'),
  file,
}));
const rows = page
  .split('\n')
  .map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()))
  .filter(([, first = '']) => /^\d/.test(first))
  .map(([, sections = '', , state = '', reason = '']) => ({ sections, state, reason }));

/** How many requirements of level 1 and 2 each section of ASVS 5.0 has, where they are the first ones of it. */
const ASVS = {
  '6.1': 3,
  '6.2': 12,
  '6.3': 4,
  '6.4': 4,
  '6.5': 5,
  '6.6': 3,
  '6.8': 4,
  '7.1': 3,
  '7.2': 4,
  '7.3': 2,
  '7.4': 5,
  '7.5': 2,
  '7.6': 2,
  '8.1': 2,
  '8.2': 3,
  '8.3': 1,
  '8.4': 1,
  '10.1': 2,
  '10.2': 2,
  '10.3': 4,
  '10.4': 11,
  '10.5': 5,
  '10.6': 2,
  '10.7': 3,
  '14.1': 2,
  '14.2': 4,
  '14.3': 3,
  '16.1': 1,
  '16.2': 5,
  '16.3': 4,
  '16.4': 3,
  '16.5': 3,
};

/** The text as it stands in a test: between quotes of any kind. */
function names(file: string, title: string): boolean {
  const source = readFileSync(file, 'utf8').replaceAll("\\'", "'");
  return [`'`, `"`, '`'].some((quote) => source.includes(quote + title + quote));
}

describe('SECURITY.md', () => {
  test.each(links)('$file has a test "$title"', ({ file, title }) => {
    expect(existsSync(file)).toBe(true);
    expect(names(file, title)).toBe(true);
  });

  test('has a row for every requirement of ASVS 5.0 of level 1 and 2 in its chapters, and no other', () => {
    const asked = Object.entries(ASVS).flatMap(([section, count]) =>
      Array.from({ length: count }, (_, index) => `${section}.${index + 1}`),
    );
    const asvs = page.slice(page.indexOf('## OWASP ASVS'), page.indexOf('## RFC 10017'));
    expect([...asvs.matchAll(/^\| (\d+\.\d+\.\d+) /gm)].map(([, number]) => number)).toEqual(asked);
  });

  test('gives a state and a reason for each', () => {
    expect(rows.length).toBeGreaterThan(120);
    expect(new Set(rows.map(({ state }) => state))).toEqual(
      new Set(['met', 'partly', 'not met', 'n/a', 'ops']),
    );
    expect(rows.filter(({ reason }) => reason === '')).toEqual([]);
  });

  test('is not all praise: what is met only partly or not at all says so in words, beside any test', () => {
    const bare = rows
      .filter(({ state }) => state === 'partly' || state === 'not met')
      .filter(({ reason }) => reason.replaceAll(/\[[^\]]+\]\([^)]+\)/g, '').length < 10);
    expect(bare).toEqual([]);
  });

  test('says in one place where it falls short', () => {
    const start = page.indexOf('## Where it falls short');
    const summary = page.slice(start, page.indexOf('\n## ', start));
    const short = rows.filter(({ state }) => state === 'partly' || state === 'not met');
    expect(short.length).toBeGreaterThan(5);
    for (const { sections } of short) expect(summary).toContain(sections);
  });
});
