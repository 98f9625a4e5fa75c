import { readFileSync, writeFileSync } from 'node:fs';
import { readArguments, runCommand, UsageError } from './demo/command-line.ts';
import { parseArgs } from 'node:util';

const USAGE = `Moves the Unreleased part of CHANGELOG.md under a version, and sets the version of package.json and
package-lock.json. Commits nothing.

  npm run release -- VERSION       as in 0.2.0 or 1.0.0-rc.1
`;

const SEMVER = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9a-z.-]+)?$/;

async function main(): Promise<void> {
  const { values, positionals } = readArguments(() =>
    parseArgs({ allowPositionals: true, options: { help: { type: 'boolean', short: 'h', default: false } } }),
  );
  const [version, ...others] = positionals;
  if (values.help) return void process.stdout.write(USAGE);
  if (version === undefined || others.length > 0 || !SEMVER.test(version)) throw new UsageError(USAGE);
  const date = new Date().toISOString().slice(0, 10);
  const written = [
    ['CHANGELOG.md', releaseNotes(readFileSync('CHANGELOG.md', 'utf8'), { version, date })],
    ['package.json', withVersion('package.json', version)],
    ['package-lock.json', withVersion('package-lock.json', version)],
  ] as const;
  for (const [file, text] of written) writeFileSync(file, text);
  process.stdout.write(`Version ${version}. Review, then:
  git commit --all --message "release: ${version}" && git tag v${version}
`);
}

/** The changelog with what was unreleased under the version, and an empty Unreleased above it. */
function releaseNotes(text: string, { version, date }: { version: string; date: string }): string {
  if (text.includes(`## [${version}]`))
    throw new UsageError(`CHANGELOG.md has a version ${version} already.`);
  const [, before, unreleased, after] = /^(.*\n## \[Unreleased\]\n)(.*?)((?:\n## \[.*)?)$/s.exec(text) ?? [];
  if (before === undefined || unreleased === undefined || !/^- /m.test(unreleased)) {
    throw new UsageError('CHANGELOG.md has nothing under Unreleased.');
  }
  return `${before}\n## [${version}] - ${date}\n${unreleased}${after}`;
}

/** The JSON file with another version, where it names that of this project; the rest stays byte by byte. */
function withVersion(file: string, version: string): string {
  return readFileSync(file, 'utf8').replaceAll(
    /("name": "qlik-embed-portal",\s+"version": )"[^"]*"/g,
    (_all, head: string) => `${head}"${version}"`,
  );
}

await runCommand(main);
