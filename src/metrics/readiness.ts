import { setTimeout as sleep } from 'node:timers/promises';
import { Gauge, type Registry } from 'prom-client';

/** Less than a scrape may take. */
const WITHIN_MS = 2_000;

export function watchReadiness(registers: Registry[], ready: () => Promise<void>): void {
  const gauge = new Gauge({
    name: 'portal_ready',
    help: 'Whether the portal has what it cannot do without, as /readyz says.',
    registers,
    async collect() {
      const isReady = ready().then(
        () => 1,
        () => 0,
      );
      gauge.set(await Promise.race([isReady, sleep(WITHIN_MS, 0, { ref: false })]));
    },
  });
}
