import { Gauge, type Registry } from 'prom-client';
import type { Readiness } from '../runtime/readiness.ts';

export function watchReadiness(registers: Registry[], ready: Readiness): void {
  const gauge = new Gauge({
    name: 'portal_ready',
    help: 'Whether the portal is ready, as /readyz answers: its database and Redis respond, and it is not stopping.',
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
