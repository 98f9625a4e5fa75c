import { jsonText, printable } from './safe-text.ts';
import type { Terminal } from './terminal.ts';

interface Shown<Data> {
  /** For programs: one JSON value. */
  readonly data: Data;
  /** For people. */
  readonly text: (data: Data) => string;
}

/** Writes a result, for programs or for people. */
export function show<Data>(
  terminal: Terminal,
  { json }: { json: boolean },
  { data, text }: Shown<Data>,
): void {
  terminal.out(json ? jsonText(data) : text(data));
}

/** Warnings of a verb that succeeded otherwise: on standard error, for people and programs. */
export function showWarnings(terminal: Terminal, { warnings }: { warnings: readonly string[] }): void {
  for (const warning of warnings) terminal.err(`warning: ${warning}`);
}

/** Columns under headings, as wide as their longest cell. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return 'none';
  // Not Math.max(...all): a call accepts no more than about 120,000 arguments.
  const widths = headings.map((heading, column) =>
    rows.reduce((widest, row) => Math.max(widest, printable(row[column] ?? '').length), heading.length),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => printable(cell).padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [line(headings.map((heading) => heading.toUpperCase())), ...rows.map(line)].join('\n');
}

/** Names and their values, one a line. */
export function facts(entries: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(...entries.map(([name]) => name.length));
  return entries.map(([name, value]) => `${name.padEnd(width)}  ${printable(value)}`).join('\n');
}

/** ISO 8601 in UTC; empty for none. */
export function instant(ms: number | undefined): string {
  return ms === undefined ? '' : new Date(ms).toISOString();
}
