import { type DestinationStream, pino } from 'pino';
import type { Log } from './domain/log.ts';

// The last net, not the rule: no caller logs headers, bodies or credentials (Secret prints itself as `***`).
const REDACTED = ['password', 'authorization', 'cookie', 'access_token', 'client_secret', 'secret'].flatMap(
  (field) => [field, `*.${field}`, `*.*.${field}`],
);

/** One JSON line an event, to standard output unless told: what containers and log collectors read. */
export function createLog({ level, destination }: { level: string; destination?: DestinationStream }): Log {
  const options = {
    level,
    base: null,
    redact: REDACTED,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}
