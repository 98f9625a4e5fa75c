import { Gauge, type Registry } from 'prom-client';

/** Absent from a scrape for which they could not be counted. */
export function watchSessions(registers: Registry[], count: () => Promise<number>): void {
  const gauge = new Gauge({
    name: 'portal_sessions',
    help: 'Live sessions in the database: every replica reports the same number. Absent if Redis stores the sessions.',
    registers,
    async collect() {
      const counted = await count().catch(() => undefined);
      if (counted === undefined) gauge.remove();
      else gauge.set(counted);
    },
  });
}
