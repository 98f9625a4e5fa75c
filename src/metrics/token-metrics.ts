import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { ERROR_CODES } from '../domain/error-codes.ts';
import type { ObserveTokens, TokenEvent } from '../runtime/token-events.ts';

const BREAKER = { closed: 0, 'half-open': 1, open: 2 } as const;

export function tokenMetrics(registers: Registry[]): ObserveTokens {
  const served = new Counter({
    name: 'portal_tokens_served_total',
    help: 'Tokens served, by source: the cache, or an exchange with the tenant.',
    labelNames: ['tenant', 'from'],
    registers,
  });
  const exchanges = new Counter({
    name: 'portal_exchanges_total',
    help: 'Token exchanges with the tenant, by result: ok, or the error code.',
    labelNames: ['tenant', 'result'],
    registers,
  });
  const exchangeSeconds = new Histogram({
    name: 'portal_exchange_duration_seconds',
    help: 'Duration of successful token exchanges.',
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  const turnedAway = new Counter({
    name: 'portal_requests_turned_away_total',
    help: `Token requests answered with ${ERROR_CODES.qlik_rate_limited.status} qlik_rate_limited: the rate limit of the tenant was reached.`,
    labelNames: ['tenant'],
    registers,
  });
  const budget = new Gauge({
    name: 'portal_exchange_budget_remaining',
    help: 'Exchanges left in the rate limit window of the tenant, after the last exchange.',
    labelNames: ['tenant'],
    registers,
  });
  const breaker = new Gauge({
    name: 'portal_breaker_state',
    help: 'Circuit breaker of the tenant: 0 closed, 1 half-open, 2 open.',
    labelNames: ['tenant'],
    registers,
  });
  const sharedStore = new Gauge({
    name: 'portal_shared_token_store_up',
    help: 'Whether Redis can be reached for shared tokens: 0 while each replica caches its own.',
    registers,
  });
  sharedStore.set(1);

  return (event: TokenEvent) => {
    switch (event.type) {
      case 'served':
        served.inc({ tenant: event.tenantId, from: event.from });
        break;
      case 'exchanged':
        exchanges.inc({ tenant: event.tenantId, result: event.result });
        if (event.result === 'ok') exchangeSeconds.observe(event.ms / 1000);
        break;
      case 'turned-away':
        turnedAway.inc({ tenant: event.tenantId });
        break;
      case 'budget':
        budget.set({ tenant: event.tenantId }, event.left);
        break;
      case 'breaker':
        breaker.set({ tenant: event.tenantId }, BREAKER[event.state]);
        break;
      case 'shared-store':
        sharedStore.set(event.state === 'up' ? 1 : 0);
        break;
    }
  };
}
