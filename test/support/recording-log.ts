import type { Log } from '../../src/runtime/log.ts';

export interface Logged {
  readonly level: keyof Log;
  readonly fields: object;
  readonly message: string;
}

/** A log that keeps what it is told. */
export function recordingLog(): { log: Log; logged: Logged[] } {
  const logged: Logged[] = [];
  const write = (level: keyof Log) => (fields: object, message: string) => {
    logged.push({ level, fields, message });
  };
  const log = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
  return { log, logged };
}
