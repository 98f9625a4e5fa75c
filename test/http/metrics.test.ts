import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { PortalError } from '../../src/domain/errors.ts';
import { createReadiness } from '../../src/runtime/readiness.ts';
import { Secret } from '../../src/domain/model/secret.ts';
import { systemTimer } from '../../src/runtime/timer.ts';
import { createMetrics } from '../../src/metrics/create-metrics.ts';
import { serveMetrics, type MetricsServer } from '../../src/metrics/serve-metrics.ts';
import { startRegion } from 'qlik-sandbox/region.ts';
import { impersonationClient } from '../../packages/qlik-sandbox/test/support.ts';
import { startPortal, type TestPortalOptions, type TestUser } from '../support/portal.ts';

const MEASURED = { METRICS_PORT: '0' };
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const step of closing.splice(0).toReversed()) await step();
});

async function startMeasured(options: TestPortalOptions = {}) {
  const portal = await startPortal({ ...options, env: { ...MEASURED, ...options.env } });
  const metrics = await serveMetrics(portal.metrics!, { host: '127.0.0.1', port: 0 });
  closing.push(
    () => portal.close(),
    () => metrics.close(),
  );
  return { portal, metrics };
}

async function linesOf({ url }: MetricsServer): Promise<string[]> {
  const answer = await fetch(url);
  expect(answer.headers.get('Content-Type')).toContain('text/plain');
  return (await answer.text()).split('\n');
}

/** The value of a series, written as Prometheus writes it; labels in the order of their definition. */
function valueOf(lines: readonly string[], series: string): number | undefined {
  const line = lines.find((each) => each.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}

describe('/metrics', () => {
  test('is served nowhere unless it is asked for, and never on the port of the portal', async () => {
    const portal = await startPortal();
    closing.push(() => portal.close());
    expect(portal.metrics).toBeUndefined();
    const { portal: measured, metrics } = await startMeasured();
    expect((await measured.request.get('/metrics')).status).toBe(404);
    expect((await fetch(metrics.url.replace('/metrics', '/'))).status).toBe(404);
    expect((await fetch(metrics.url, { method: 'POST' })).status).toBe(404);
  });

  test('counts sign-ins by result, sessions that ended, and requests by route', async () => {
    const { portal, metrics } = await startMeasured();
    const person = await portal.addUser(await portal.addTenant());
    const wrong = { email: person.account.email, password: 'wrong' };
    await portal.request.post('/login').send(wrong);
    await portal.request.post('/login').send(wrong);
    const cookie = await portal.signIn(person);
    await portal.request.get('/api/qlik-token').set('Cookie', cookie);
    await portal.request.get('/api/qlik-token');
    await portal.request.get('/no/such/page?code=secret');
    await portal.request.post('/logout').set('Cookie', cookie);
    await portal.storage.sessionRegistry.endAllOf({ userId: person.account.id });

    const lines = await linesOf(metrics);
    const value = (series: string) => valueOf(lines, series);
    expect(value('portal_sign_ins_total{method="password",result="ok"}')).toBe(1);
    expect(value('portal_sign_ins_total{method="password",result="invalid_credentials"}')).toBe(2);
    expect(value('portal_sessions_ended_total{by="owner"}')).toBe(1);
    expect(value('portal_sessions_ended_total{by="portal"}')).toBe(0);
    const requests = (route: string, method: string, status: number) =>
      value(
        `portal_http_request_duration_seconds_count{route="${route}",method="${method}",status="${status}"}`,
      );
    expect(requests('/api/qlik-token', 'GET', 200)).toBe(1);
    expect(requests('/api/qlik-token', 'GET', 401)).toBe(1);
    expect(requests('unmatched', 'GET', 404)).toBe(1);
    expect(value('portal_ready')).toBe(1);
    expect(value('nodejs_eventloop_lag_p99_seconds')).toBeTypeOf('number');
    expect(value('process_cpu_seconds_total')).toBeGreaterThan(0);
    const text = lines.join('\n');
    for (const hidden of [person.account.email, person.account.id, person.password, 'secret', 'no/such']) {
      expect(text).not.toContain(hidden);
    }
  });

  test('counts tokens, exchanges, refusals and what is left, by tenant', async () => {
    const region = await startRegion({ tenants: [{ name: 'acme', port: 0 }] });
    closing.push(() => region.close());
    const acme = region.tenant('acme');
    const { clientId, clientSecret } = await impersonationClient(acme);
    const secret = new Secret(clientSecret);
    const { portal, metrics } = await startMeasured({ realBroker: true });
    const tenant = await portal.addTenant({
      id: 'acme',
      host: acme.host,
      impersonation: { clientId, authentication: { method: 'client_secret', secret } },
    });
    const value = acme.state.users.add({ subject: 'somebody' })!.id;
    const known = await portal.addUser(tenant, { qlikUser: { field: 'userId', value } });
    const unknown = await portal.addUser(tenant);
    const token = async (person: TestUser) =>
      portal.request.get('/api/qlik-token').set('Cookie', await portal.signIn(person));
    expect((await token(known)).status).toBe(200);
    expect((await token(known)).status).toBe(200);
    const refused = (await token(unknown)).body as { code: string };
    const lines = await linesOf(metrics);
    const of = (series: string) => valueOf(lines, series);
    expect(of('portal_tokens_served_total{tenant="acme",from="exchange"}')).toBe(1);
    expect(of('portal_tokens_served_total{tenant="acme",from="cache"}')).toBe(1);
    expect(of('portal_exchanges_total{tenant="acme",result="ok"}')).toBe(1);
    expect(of(`portal_exchanges_total{tenant="acme",result="${refused.code}"}`)).toBe(1);
    expect(of('portal_exchange_duration_seconds_count')).toBe(1);
    expect(of('portal_exchange_budget_remaining{tenant="acme"}')).toBeTypeOf('number');
  });

  test('counts who is signed in at the moment, and says nothing where it cannot be counted', async () => {
    const { portal, metrics } = await startMeasured();
    const person = await portal.addUser(await portal.addTenant());
    const signedIn = async () => valueOf(await linesOf(metrics), 'portal_sessions');
    expect(await signedIn()).toBe(0);
    const cookie = await portal.signIn(person);
    await portal.signIn(person);
    await portal.request.get('/login');
    expect(await signedIn()).toBe(2);
    await portal.request.post('/logout').set('Cookie', cookie);
    expect(await signedIn()).toBe(1);
    const failing = createMetrics();
    failing.watch({
      ready: async () => 'ready',
      sessions: () => Promise.reject(new PortalError('storage_unavailable')),
    });
    expect(valueOf((await failing.read()).text.split('\n'), 'portal_sessions')).toBeUndefined();
  });

  test('says whom a limit turned away, which tenant is left alone, and whether tokens are shared', async () => {
    const metrics = createMetrics();
    const { observe } = metrics;
    const value = async (series: string) => valueOf((await metrics.read()).text.split('\n'), series);
    expect(await value('portal_shared_token_store_up')).toBe(1);
    expect(await value('portal_breaker_state{tenant="acme"}')).toBeUndefined();
    observe.token({ type: 'shared-store', state: 'down' });
    observe.token({ type: 'turned-away', tenantId: 'acme', retryAfterMs: 1_000 });
    observe.token({ type: 'turned-away', tenantId: 'acme', retryAfterMs: 1_000 });
    expect(await value('portal_shared_token_store_up')).toBe(0);
    expect(await value('portal_requests_turned_away_total{tenant="acme"}')).toBe(2);
    for (const [state, shown] of [
      ['open', 2],
      ['half-open', 1],
      ['closed', 0],
    ] as const) {
      observe.token({ type: 'breaker', tenantId: 'acme', state });
      expect(await value('portal_breaker_state{tenant="acme"}')).toBe(shown);
    }
    observe.token({ type: 'shared-store', state: 'up' });
    expect(await value('portal_shared_token_store_up')).toBe(1);
  });

  test('says that the portal is not ready, as /readyz does', async () => {
    const { metrics } = await startMeasured();
    expect(valueOf(await linesOf(metrics), 'portal_ready')).toBe(1);
    const stopping = new AbortController();
    let away: PortalError | undefined;
    const ping = async () => {
      if (away) throw away;
    };
    const watched = createMetrics();
    watched.watch({
      ready: createReadiness({ ping, timer: systemTimer, stopping: stopping.signal }),
    });
    const isReady = async () => valueOf((await watched.read()).text.split('\n'), 'portal_ready');
    expect(await isReady()).toBe(1);
    away = new PortalError('storage_unavailable');
    expect(await isReady()).toBe(0);
    away = undefined;
    stopping.abort();
    expect(await isReady()).toBe(0);
  });

  test('keeps its labels few, whatever is sent', async () => {
    const { portal, metrics } = await startMeasured();
    for (const method of ['PROPFIND', 'MKCOL', 'LINK', 'TRACE']) {
      await fetch(`${portal.url}/x`, { method }).catch(() => undefined);
    }
    for (let index = 0; index < 20; index += 1) await portal.request.get(`/path-${index}`);
    const series = (await linesOf(metrics)).filter((line) =>
      line.startsWith('portal_http_request_duration_seconds_count'),
    );
    expect(series.length).toBeLessThanOrEqual(3);
  });
});

const read = (file: string) => readFileSync(`docs/operations/${file}`, 'utf8');

async function countedNames(): Promise<Set<string>> {
  const metrics = createMetrics();
  metrics.watch({ ready: async () => 'ready', sessions: async () => 0 });
  const { text } = await metrics.read();
  const types = [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)];
  return new Set(
    types.flatMap(([, name = '', type]) =>
      type === 'histogram' ? ['bucket', 'count', 'sum'].map((part) => `${name}_${part}`) : [name],
    ),
  );
}

const namesIn = (expression: string) => expression.match(/\b(?:portal|process|nodejs)_\w+/g) ?? [];

describe('docs/operations', () => {
  test('the dashboard asks only for what the portal counts, and for all that is its own', async () => {
    const dashboard = JSON.parse(read('grafana-dashboard.json')) as {
      panels: { title: string; targets: { expr: string }[] }[];
    };
    const names = await countedNames();
    const asked = dashboard.panels.flatMap(({ targets }) => targets.flatMap(({ expr }) => namesIn(expr)));
    expect(asked.filter((name) => !names.has(name))).toEqual([]);
    const own = [...names].filter((name) => name.startsWith('portal_') && !/_(sum|count|bucket)$/.test(name));
    expect(own.filter((name) => !asked.includes(name))).toEqual([]);
  });

  test('every alert asks for what the portal counts, and says what it is and what to do', async () => {
    const { groups } = parse(read('alerts.yml')) as {
      groups: {
        rules: {
          alert: string;
          expr: string;
          labels: { severity: string };
          annotations: { summary: string; description: string };
        }[];
      }[];
    };
    const names = await countedNames();
    const rules = groups.flatMap((group) => group.rules);
    expect(rules.length).toBeGreaterThan(5);
    for (const { alert, expr, labels, annotations } of rules) {
      const asked = namesIn(expr);
      expect({ alert, unknown: asked.filter((name) => !names.has(name)), asks: asked.length > 0 }).toEqual({
        alert,
        unknown: [],
        asks: true,
      });
      expect(['page', 'ticket']).toContain(labels.severity);
      expect(annotations.summary.length * annotations.description.length).toBeGreaterThan(0);
    }
  });

  test('names and units follow the conventions of Prometheus', async () => {
    const metrics = createMetrics();
    metrics.watch({ ready: async () => 'ready', sessions: async () => 0 });
    const { text } = await metrics.read();
    const own = [...text.matchAll(/^# TYPE (portal_\w+) (\w+)$/gm)].map(([, name = '', type = '']) => ({
      name,
      type,
    }));
    expect(own.length).toBeGreaterThan(8);
    const SUFFIX: Readonly<Record<string, RegExp>> = {
      counter: /_total$/,
      histogram: /_seconds$/,
      gauge: /(?<!_total|_seconds|_ms|_count)$/,
    };
    expect(own.filter(({ name, type }) => !SUFFIX[type]?.test(name))).toEqual([]);
  });
});
