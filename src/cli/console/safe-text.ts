/** Everything invisible except line breaks. */
const CONTROL = /[^\P{C}\n]/gu;

/**
 * Lines without control characters. Names come from tenants and must not control the terminal (escape sequences). The
 * terminal applies this to all output; {@link printable} is for what has to stay on its line.
 */
export function printableLines(text: string): string {
  return text.replace(CONTROL, '\u{fffd}');
}

/** One line without control characters. */
export function printable(text: string): string {
  return printableLines(text).replaceAll('\n', '\u{fffd}');
}

/** JSON that is safe to print: `JSON.stringify` does not escape all control characters. */
export function jsonText(data: unknown, { oneLine = false } = {}): string {
  return JSON.stringify(data, undefined, oneLine ? undefined : 2).replace(CONTROL, (found) =>
    Array.from({ length: found.length }, (_, index) => found.charCodeAt(index))
      .map((unit) => String.raw`\u${unit.toString(16).padStart(4, '0')}`)
      .join(''),
  );
}
