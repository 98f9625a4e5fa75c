import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text as readAll } from 'node:stream/consumers';
import { Declined } from './failure.ts';
import { printable, printableLines } from './safe-text.ts';

/** Input and output of a command: results on standard output, everything else on standard error. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** A line of progress; on a terminal it replaces the one before. */
  status(text: string, options?: { readonly last?: boolean }): void;
  /** Whether a person can be asked. */
  readonly interactive: boolean;
  /** The answer to a question; with `hidden` it is not shown while typed. */
  ask(question: string, options?: { readonly hidden?: boolean }): Promise<string>;
  /** All of standard input. */
  readInput(): Promise<string>;
}

export function processTerminal(): Terminal {
  const { stdin, stdout, stderr } = process;
  // A reader such as `head` closes the pipe early.
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
      // readline echoes input to its output: a secret gets an output that discards it.
      const output = hidden ? new Writable({ write: (_chunk, _encoding, done) => done() }) : stderr;
      const lines = createInterface({ input: stdin, output, terminal: true });
      // After createInterface: before, the terminal itself echoes input.
      stderr.write(`${question} `);
      // Without this, Ctrl-C and the end of input would leave the question pending forever.
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
