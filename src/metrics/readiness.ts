import { Gauge, type Registry } from 'prom-client';
import type { Readiness } from '../runtime/readiness.ts';

export function watchReadiness(registers: Registry[], ready: Readiness): void {
  const gauge = new Gauge({
    name: 'portal_ready',
    help: 'Whether the portal has what it cannot do without and is not stopping, as /readyz says.',
    registers,
    async collect() {
      const isReady = await ready().then(
        (state) => state === 'ready',
        () => false,
      );
      gauge.set(isReady ? 1 : 0);
    },
  });
}
