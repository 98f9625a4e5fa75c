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

/** JSON that a terminal can show as it is: `JSON.stringify` leaves some control characters in. */
export function jsonText(data: unknown, { oneLine = false } = {}): string {
  return JSON.stringify(data, undefined, oneLine ? undefined : 2).replace(CONTROL, (found) =>
    Array.from({ length: found.length }, (_, index) => found.charCodeAt(index))
      .map((unit) => String.raw`\u${unit.toString(16).padStart(4, '0')}`)
      .join(''),
  );
}

/** Columns under headings, as wide as their longest cell. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return 'none';
  // Not Math.max() of all at once: a call takes no more than some 120,000 arguments.
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

/** Everything invisible but the ends of lines. */
const CONTROL = /[^\P{C}\n]/gu;

/**
 * Lines without control characters. Names come from tenants: one must not drive the terminal of whoever lists them.
 * The terminal does this to all that is written; {@link printable} is for what has to stay on its line.
 */
export function printableLines(text: string): string {
  return text.replace(CONTROL, '\u{fffd}');
}

/** One line without control characters. */
export function printable(text: string): string {
  return printableLines(text).replaceAll('\n', '\u{fffd}');
}

/** A moment as people and programs both read it; empty for none. */
export function instant(ms: number | undefined): string {
  return ms === undefined ? '' : new Date(ms).toISOString();
}
