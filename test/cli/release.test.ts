import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

const CHANGELOG = `# Changelog

## [Unreleased]

### Added

- A thing.

## [0.1.0] - 2026-01-01

- The first.
`;

function release(changelog: string, ...args: string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'release-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const file of ['package.json', 'package-lock.json']) copyFileSync(file, join(folder, file));
  writeFileSync(join(folder, 'CHANGELOG.md'), changelog);
  const { status, stderr } = spawnSync(process.execPath, [resolve('scripts/release.ts'), ...args], {
    cwd: folder,
    encoding: 'utf8',
  });
  return { status, stderr, read: (file: string) => readFileSync(join(folder, file), 'utf8') };
}

test('a release moves what is unreleased under its version and the date', () => {
  const { status, read } = release(CHANGELOG, '7.8.9');
  const today = new Date().toISOString().slice(0, 10);
  expect(status).toBe(0);
  expect(read('CHANGELOG.md')).toBe(
    CHANGELOG.replace('## [Unreleased]\n', `## [Unreleased]\n\n## [7.8.9] - ${today}\n`),
  );
});

test("a release sets the project's version, and no other, in package.json and the lockfile", () => {
  const { read } = release(CHANGELOG, '7.8.9');
  expect(JSON.parse(read('package.json'))).toMatchObject({ name: 'qlik-embed-portal', version: '7.8.9' });
  const changed = read('package-lock.json').split('\n');
  const before = readFileSync('package-lock.json', 'utf8').split('\n');
  const differing = changed.filter((line, index) => line !== before[index]);
  expect(changed).toHaveLength(before.length);
  expect(differing.map((line) => line.trim())).toEqual(['"version": "7.8.9",', '"version": "7.8.9",']);
});

test.each([
  ['no version', CHANGELOG, []],
  ['a version that is none', CHANGELOG, ['7.8']],
  ['a version that was released', CHANGELOG, ['0.1.0']],
  ['nothing unreleased', CHANGELOG.replace('- A thing.\n', ''), ['7.8.9']],
])('a release with %s is refused and writes nothing', (_what, changelog, args) => {
  const { status, stderr, read } = release(changelog, ...args);
  expect(status).toBe(2);
  expect(stderr).not.toBe('');
  expect(read('CHANGELOG.md')).toBe(changelog);
  expect(read('package.json')).toBe(readFileSync('package.json', 'utf8'));
});
