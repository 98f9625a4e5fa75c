import { globSync, readFileSync } from 'node:fs';
import { readImports } from './structure/read-imports.ts';
import { findBreaches, ROOMS, roomOf } from './structure/rules.ts';

/** Prints the size of each room and every breach of the dependency table; exits with 1 where there is one. */
const graph = readImports('.');
const rows = Object.keys(ROOMS).map((room) => {
  const sizes = [...graph.keys()]
    .filter((file) => roomOf(file) === room)
    .map((file) => ({ file, lines: linesOf(file) }));
  const largest = sizes.toSorted((a, b) => b.lines - a.lines)[0];
  return {
    room,
    files: sizes.length,
    lines: sizes.reduce((sum, { lines }) => sum + lines, 0),
    largest: largest === undefined ? '' : `${largest.lines} ${largest.file}`,
  };
});

for (const { room, files, lines, largest } of rows) {
  print(
    `${room.padEnd(8)} ${String(files).padStart(4)} files ${String(lines).padStart(6)} lines   largest ${largest}`,
  );
}
for (const folder of ['packages', 'public', 'scripts', 'bench', 'test']) {
  const files = globSync(`${folder}/**/*.{ts,js}`).filter((file) => !file.includes('node_modules'));
  const lines = files.reduce((sum, file) => sum + linesOf(file), 0);
  print(`${folder.padEnd(8)} ${String(files.length).padStart(4)} files ${String(lines).padStart(6)} lines`);
}

const breaches = findBreaches(graph);
for (const breach of breaches) print(`✗ ${breach}`);
print(
  breaches.length === 0 ? '✓ no circles, no breaches of the dependency table' : `${breaches.length} breaches`,
);
process.exitCode = breaches.length === 0 ? 0 : 1;

function linesOf(file: string): number {
  return readFileSync(file, 'utf8').split('\n').length - 1;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
