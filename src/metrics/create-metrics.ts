import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Observe } from '../runtime/observe.ts';
import type { Readiness } from '../runtime/readiness.ts';
import { watchSessions } from './live-sessions.ts';
import { requestMetrics } from './request-metrics.ts';
import { sessionMetrics } from './session-metrics.ts';
import { tokenMetrics } from './token-metrics.ts';
import { watchReadiness } from './readiness.ts';

export interface Metrics {
  readonly observe: Observe;
  /** In Prometheus' text format. */
  read(): Promise<{ readonly contentType: string; readonly text: string }>;
  /** Read at each scrape. */
  watch(asked: { readonly ready: Readiness; readonly sessions?: (() => Promise<number>) | undefined }): void;
}

/**
 * What the portal counts, for Prometheus: names and units after https://prometheus.io/docs/practices/naming/. Labels have
 * few values each: tenants, codes and routes, never people.
 */
export function createMetrics(): Metrics {
  const registry = new Registry();
  // Of the process and of Node.js, the delay of the event loop among them.
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    observe: {
      token: tokenMetrics(registers),
      request: requestMetrics(registers),
      ...sessionMetrics(registers),
    },
    async read() {
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
    watch({ ready, sessions }) {
      watchReadiness(registers, ready);
      if (sessions) watchSessions(registers, sessions);
    },
  };
}
