import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text as readAll } from 'node:stream/consumers';
import { Declined } from './failure.ts';
import { printable, printableLines } from './output.ts';

/** Where the command reads and writes: results on standard output, everything else on standard error. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** A line of progress that takes the place of the one before, where there is someone to watch it. */
  status(text: string, options?: { readonly last?: boolean }): void;
  /** Whether there is someone to ask. */
  readonly interactive: boolean;
  /** The answer to a question; with `hidden` it is not shown while typed. */
  ask(question: string, options?: { readonly hidden?: boolean }): Promise<string>;
  /** All of standard input. */
  readInput(): Promise<string>;
}

export function processTerminal(): Terminal {
  const { stdin, stdout, stderr } = process;
  // Whoever reads the result may have seen enough of it, as `head` has.
  for (const stream of [stdout, stderr]) stream.on('error', ignoreClosedPipe);
  return {
    out: (text) => void stdout.write(`${printableLines(text)}\n`),
    err: (text) => void stderr.write(`${printableLines(text)}\n`),
    status(text, { last = false } = {}) {
      // To the start of the line, and clear it.
      const line = printable(text);
      stderr.write(stderr.isTTY ? `\r\u001b[2K${line}${last ? '\n' : ''}` : `${line}\n`);
    },
    interactive: stdin.isTTY && stderr.isTTY,
    async ask(question, { hidden = false } = {}) {
      // readline echoes what is typed to its output, so what must not be shown gets one that swallows.
      const output = hidden ? new Writable({ write: (_chunk, _encoding, done) => done() }) : stderr;
      const lines = createInterface({ input: stdin, output, terminal: true });
      // Only now: until readline has the terminal, the terminal itself shows what is typed.
      stderr.write(`${question} `);
      // Ctrl-C and the end of input are answers as well; left alone, readline would wait for ever.
      const declined = new Promise<never>((_resolve, reject) => {
        for (const event of ['SIGINT', 'close']) lines.once(event, () => reject(new Declined()));
      });
      try {
        return await Promise.race([lines.question(''), declined]);
      } finally {
        lines.close();
        if (hidden) stderr.write('\n');
      }
    },
    readInput: () => readAll(stdin),
  };
}

function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}
