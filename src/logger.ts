import { pino, type DestinationStream, type Logger } from 'pino';
import { describeError } from './runtime/error-description.ts';

/** The names under which HTTP and OAuth carry what is secret. */
const SECRET_FIELDS = new Set([
  'authorization',
  'cookie',
  'password',
  'access_token',
  'accessToken',
  'client_secret',
  'clientSecret',
  'client_assertion',
]);
const DEPTH = 4;

/** One JSON object a line, on standard output unless told. */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    formatters: {
      level: (label: string) => ({ level: label }),
      log: (fields: Record<string, unknown>) => withoutSecrets(fields, DEPTH),
    },
    serializers: { err: (error: unknown) => describeError(error) },
  };
  return pino(options, destination ?? standardOutput());
}

/** Writes all lines of one turn of the event loop at once: under load a system call a line would cost more than it. */
function standardOutput(): DestinationStream {
  const output = pino.destination({ dest: 1, sync: true });
  let lines = '';
  const flush = () => {
    if (lines !== '') output.write(lines);
    lines = '';
  };
  process.once('exit', flush);
  return {
    write(line) {
      if (lines === '') setImmediate(flush);
      lines += line;
    },
  };
}

/**
 * A net under the rule that nothing secret is logged at all; `Secret` redacts itself. By hand, because pino's redaction
 * takes longer for paths with wildcards than all the rest of an access line.
 */
function withoutSecrets(fields: Record<string, unknown>, depth: number): Record<string, unknown> {
  let hidden: Record<string, unknown> | undefined;
  for (const [name, value] of Object.entries(fields)) {
    const shown = SECRET_FIELDS.has(name)
      ? '***'
      : depth > 1 && isPlain(value)
        ? withoutSecrets(value, depth - 1)
        : value;
    if (shown !== value) hidden = { ...(hidden ?? fields), [name]: shown };
  }
  return hidden ?? fields;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
