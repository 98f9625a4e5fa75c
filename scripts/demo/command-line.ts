/** A fault of the call or of the machine, told in one line. */
export class UsageError extends Error {}

/** Runs the command; a {@link UsageError} is told on standard error and ends with code 2. */
export async function runCommand(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 2;
  }
}

/** What `read` makes of the arguments. @throws {UsageError} with what is wrong with them */
export function readArguments<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

export function portFrom(option: string, text: string): number {
  return numberFrom(
    text,
    { from: 0, to: 65_535 },
    `${option} takes a port from 0 to 65535; 0 takes a free one`,
  );
}

export function countFrom(option: string, text: string, most: number): number {
  return numberFrom(text, { from: 1, to: most }, `${option} takes a number from 1 to ${most}`);
}

function numberFrom(text: string, { from, to }: { from: number; to: number }, otherwise: string): number {
  const number = Number(text);
  if (/^\d{1,5}$/.test(text) && number >= from && number <= to) return number;
  throw new UsageError(otherwise);
}

/** The port that could not be listened on, where that is the error. */
export function takenPort(error: unknown): number | undefined {
  if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE' && 'port' in error))
    return undefined;
  return Number(error.port);
}
