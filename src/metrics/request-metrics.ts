import { Histogram, type Registry } from 'prom-client';
import type { Observe } from '../runtime/observe.ts';

/** The methods of our routes; scanners try dozens of others. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS']);

export function requestMetrics(registers: Registry[]): Observe['request'] {
  const seconds = new Histogram({
    name: 'portal_http_request_duration_seconds',
    help: 'Duration of HTTP requests, by route, method and status.',
    labelNames: ['route', 'method', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15],
    registers,
  });
  return ({ route, method, status, ms }) => {
    seconds.observe({ route, method: METHODS.has(method) ? method : 'other', status }, ms / 1000);
  };
}
