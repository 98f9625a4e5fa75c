import { Gauge, type Registry } from 'prom-client';

/** Absent from a scrape for which they could not be counted. */
export function watchSessions(registers: Registry[], count: () => Promise<number>): void {
  const gauge = new Gauge({
    name: 'portal_sessions',
    help: 'People signed in, by the database: the same number from each portal. Absent where Redis has the sessions.',
    registers,
    async collect() {
      const counted = await count().catch(() => undefined);
      if (counted === undefined) gauge.remove();
      else gauge.set(counted);
    },
  });
}
