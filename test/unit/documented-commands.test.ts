import { globSync, readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { createContext } from '../../src/cli/context.ts';
import { createProgram } from '../../src/cli/program.ts';

const silent = () => undefined;
const program = createProgram(
  createContext({
    terminal: {
      out: silent,
      err: silent,
      status: silent,
      interactive: false,
      ask: () => Promise.reject(new Error('nobody is asked')),
      readInput: () => Promise.reject(new Error('nothing is read')),
    },
    user: 'test',
    loadConfig: () => {
      throw new Error('no configuration');
    },
    exitWith: silent,
  }),
);

const pages = [...globSync('*.md'), '.env.example', ...globSync('docs/**/*.md')];
const mentioned = pages.flatMap((page) =>
  [
    ...readFileSync(page, 'utf8').matchAll(
      /(?:`|npx --no |^ *(?=portal (?:audit|client|db|doctor|keys|tenant|user) )|^ *portal-1 |(?:exec|run --rm) portal )portal ((?:--?)?[a-z][^`\n]*)/gm,
    ),
  ].map(([, words = '']) => [page, words.trim()] as const),
);

const lines = [...new Map(mentioned.map((line) => [line.join(': '), line])).values()];

/** The command that these words call, and what is left of them. */
function commandOf(
  words: readonly string[],
  within: Command = program,
): { command: Command; rest: readonly string[] } {
  const [first = '', ...rest] = words;
  const found = within.commands.find((each) => each.name() === first);
  return found === undefined ? { command: within, rest: words } : commandOf(rest, found);
}

/** Of the command and of those above it. */
function optionsOf(command: Command | null): readonly (string | undefined)[] {
  if (command === null) return ['--help'];
  return command.options.flatMap(({ long, short }) => [long, short]).concat(optionsOf(command.parent));
}

describe('what the documents tell people to run can be run', () => {
  test('there is something to look at', () => {
    expect(lines.length).toBeGreaterThan(30);
  });

  // Without --no, npx outside of the project would fetch a stranger's package of the name and run it.
  test('no page has npx fetch what it does not find', () => {
    const fetching = pages.filter((page) => /npx (?!--no )/.test(readFileSync(page, 'utf8')));
    expect(fetching).toEqual([]);
  });

  test.each(lines)('%s: portal %s', (_page, words) => {
    const { command, rest } = commandOf(words.split(/\s+/));
    expect(command.commands).toEqual([]);
    const unknown = rest.filter(
      (word) => word.startsWith('-') && !optionsOf(command).includes(word.split('=')[0]),
    );
    expect(unknown).toEqual([]);
  });
});
