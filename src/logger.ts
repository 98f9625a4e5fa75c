import { pino, type DestinationStream, type Logger } from 'pino';
import { describeError } from './domain/error-description.ts';

// A net under the rule that nothing secret is logged at all: `Secret` redacts itself, and these are the names
// under which HTTP and OAuth carry what is secret.
const SECRET_FIELDS = [
  'authorization',
  'cookie',
  'password',
  'access_token',
  'accessToken',
  'client_secret',
  'clientSecret',
  'client_assertion',
].flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);

/** One JSON object a line, on standard output unless told. */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    redact: { paths: SECRET_FIELDS, censor: '***' },
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: (error: unknown) => describeError(error) },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}
