import { randomUUID } from 'node:crypto';
import { beforeAll, beforeEach, expect, it } from 'vitest';
import { type Region, type RegionTenant, startRegion } from 'qlik-sandbox/region.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { Secret } from '../../../src/domain/model/secret.ts';
import { systemTimer } from '../../../src/runtime/timer.ts';
import type { TokenRequest } from '../../../src/domain/model/token.ts';
import { createTokenBroker, type TokenBroker } from '../../../src/portal/tokens/token-broker.ts';
import { createQlikHttp, type QlikHttp } from '../../../src/qlik/http.ts';
import { createQlikOAuth } from '../../../src/qlik/oauth.ts';
import { IMPERSONATION, impersonationClient } from '../../../packages/qlik-sandbox/test/support.ts';
import { recordingLog } from '../../support/recording-log.ts';
import { describeRedis } from '../../support/redis.ts';
import { type Replica, useReplicas } from '../../support/shared-tokens.ts';

/** For a tenant that hangs. All others get the portal's own time-out, because a busy machine is slow. */
const SHORT_TIMEOUT_MS = 1_000;

describeRedis('the broker of three replicas, with tenants over HTTP', (server) => {
  const replicas = useReplicas(server);
  const { log, logged } = recordingLog();
  let http: QlikHttp;
  let impatientHttp: QlikHttp;
  let region: Region;
  let acme: Customer;
  let globex: Customer;
  let shared: Replica[];
  let brokers: TokenBroker[];

  beforeAll(() => {
    const options = { clock: systemClock, log, allowLoopbackTenants: true };
    http = createQlikHttp(options);
    impatientHttp = createQlikHttp({ ...options, timeoutMs: SHORT_TIMEOUT_MS });
    return () => Promise.all([http.close(), impatientHttp.close()]);
  });
  beforeEach(async () => {
    const names = ['acme', 'globex'];
    region = await startRegion({ tenants: names.map((name) => ({ name, port: 0 })) });
    [acme, globex] = [await customer(region.tenant('acme')), await customer(region.tenant('globex'))];
    // Patient with Redis: that replicas do without one that is slow is another suite's subject, and a busy machine
    // is slow.
    const patient = { timing: { timeoutMs: 10_000 } };
    shared = await Promise.all(times(3, () => replicas.start(patient)));
    brokers = shared.map((replica) => brokerOn(replica));
    logged.length = 0;
    return () => region.close();
  });
  function brokerOn({ store, budget }: Pick<Replica, 'store' | 'budget'>, by = http): TokenBroker {
    const oauth = createQlikOAuth({ http: by, clock: systemClock });
    const injected = { timer: systemTimer, random: Math.random };
    return createTokenBroker({
      oauth,
      store,
      budget,
      clock: systemClock,
      ...injected,
      log,
      observe: () => {},
    });
  }

  it('300 simultaneous requests at three replicas cost one exchange', async () => {
    const request = acme.request();
    const answers = await Promise.all(times(300, (index) => brokers[index % 3]!.get(request)));
    expect(acme.exchanges()).toBe(1);
    expect(new Set(answers.map(({ value }) => value.reveal())).size).toBe(1);
  });

  it('200 users cost 200 exchanges cold, none warm, and none after a replica was replaced', async () => {
    const requests = times(200, () => acme.request());
    const all = (choose: (index: number) => TokenBroker) =>
      Promise.all(times(600, (index) => choose(index).get(requests[index % 200]!)));
    await all((index) => brokers[index % 3]!);
    expect(acme.exchanges()).toBe(200);
    await all((index) => brokers[index % 3]!);
    const replaced = brokerOn(await replicas.start());
    await all(() => replaced);
    expect(acme.exchanges()).toBe(200);
  });

  it('each user gets a token of their own at the tenant', async () => {
    const requests = times(20, (index) => (index % 2 ? acme : globex).request());
    for (const [index, request] of requests.entries()) {
      const { value } = await brokers[index % 3]!.get(request);
      const me = await fetch(`${request.host}/api/v1/users/me`, {
        headers: { authorization: `Bearer ${value.reveal()}` },
      });
      expect(await me.json()).toMatchObject({ id: request.user.value });
    }
  });

  it('a token that the tenant revoked is replaced once for all tabs of all replicas', async () => {
    const request = acme.request();
    const [refused] = await Promise.all(times(3, (index) => brokers[index]!.get(request)));
    await Promise.all(times(30, (index) => brokers[index % 3]!.reject(request, refused!.tokenId)));
    expect(acme.exchanges()).toBe(2);
    const [first, ...others] = await Promise.all(times(3, (index) => brokers[index]!.get(request)));
    expect(others).toEqual([first, first]);
    for (const broker of brokers) {
      await expect(broker.reject(request, first!.tokenId)).rejects.toMatchObject({
        code: 'qlik_token_refused',
      });
    }
    expect(acme.exchanges()).toBe(2);
  });

  it.each([
    ['qlik_user_disabled', { kind: 'disabled-user' }, 1],
    ['qlik_token_limit', { kind: 'token-cap' }, 1],
    ['qlik_client_rejected', { kind: 'status', status: 401 }, 1],
    ['qlik_unavailable', { kind: 'status', status: 500 }, 3],
    ['qlik_unavailable', { kind: 'reset' }, 3],
    ['qlik_bad_response', { kind: 'malformed' }, 1],
    ['qlik_timeout', { kind: 'hang' }, 1],
  ] as const)(
    'answers %s to %o after %i exchanges, and a token once the tenant works again',
    async (code, fault, sent) => {
      const request = acme.request();
      const set = acme.tenant.state.faults.add({ ...fault, match: { grant: IMPERSONATION } });
      const broker = fault.kind === 'hang' ? brokerOn(shared[0]!, impatientHttp) : brokers[0]!;
      await expect(broker.get(request)).rejects.toMatchObject({ code });
      expect(set.hits).toBe(sent);
      acme.tenant.state.faults.clear();
      await expect(brokers[1]!.get(request)).resolves.toMatchObject({ scope: 'user_default' });
      expect(logged.map(({ message }) => message)).toContain('token exchange failed');
      expect(JSON.stringify(logged)).not.toContain(acme.secret);
    },
  );

  it('a 429 pauses all replicas for as long as the tenant says, and for no other tenant', async () => {
    const [mine, other, theirs] = [acme.request(), acme.request(), globex.request()];
    const fault = acme.tenant.state.faults.add({
      kind: 'status',
      status: 429,
      retryAfterSeconds: 2,
      times: 1,
      match: { grant: IMPERSONATION },
    });
    const start = performance.now();
    const first = brokers[0]!.get(mine);
    await expect.poll(() => fault.hits).toBe(1);
    const second = brokers[1]!.get(other);
    await brokers[2]!.get(theirs);
    expect(performance.now() - start).toBeLessThan(1_500);
    await Promise.all([first, second]);
    expect(performance.now() - start).toBeGreaterThanOrEqual(1_990);
    // The 429, and one for each of the two.
    expect(acme.exchanges()).toBe(3);
  });

  it('a tenant that hangs does not slow down the p99 of another', async () => {
    acme.tenant.state.faults.add({ kind: 'hang', match: { grant: IMPERSONATION } });
    brokers = shared.map((replica) => brokerOn(replica, impatientHttp));
    const quiet = await p99(globex, 60);
    const hanging = times(200, (index) =>
      brokers[index % 3]!.get(acme.request()).then(
        () => 'token',
        (error: { code?: string }) => error.code ?? 'unknown',
      ),
    );
    const beside = await p99(globex, 60);
    // Nowhere near the second that each of the hanging ones takes.
    expect(beside).toBeLessThan(quiet + SHORT_TIMEOUT_MS / 2);
    expect(new Set(await Promise.all(hanging))).toEqual(new Set(['qlik_timeout']));
  });

  it('a burst of users causes no 429: the tenant counts as many exchanges as it permits', async () => {
    const limit = { exchanges: 20, windowMs: 700 };
    Object.assign(acme.tenant.state.settings, { rateWindowSeconds: 0.4, tier2PerMinute: 20 * 150 });
    const broker = brokerOn(await replicas.start({ limit }));
    await Promise.all(times(90, () => broker.get(acme.request())));
    expect(acme.tenant.state.journal.count({ grant: IMPERSONATION, status: 429 })).toBe(0);
    expect(acme.exchanges()).toBe(90);
  });

  async function p99(of: Customer, requests: number): Promise<number> {
    const taken: number[] = [];
    for (let index = 0; index < requests; index += 1) {
      const start = performance.now();
      await brokers[index % 3]!.get(of.request());
      taken.push(performance.now() - start);
    }
    return taken.toSorted((a, b) => a - b)[Math.ceil(requests * 0.99) - 1]!;
  }
});

interface Customer {
  readonly tenant: RegionTenant;
  readonly secret: string;
  /** Of a new user. */
  request(): TokenRequest;
  exchanges(): number;
}

async function customer(tenant: RegionTenant): Promise<Customer> {
  const { clientId, clientSecret } = await impersonationClient(tenant);
  const authentication = { method: 'client_secret', secret: new Secret(clientSecret) } as const;
  return {
    tenant,
    secret: clientSecret,
    request() {
      const user = tenant.state.users.add({ subject: randomUUID() });
      return {
        tenantId: tenant.name,
        host: tenant.host,
        client: { clientId, authentication },
        user: { field: 'userId', value: user!.id },
        scopes: ['user_default'],
      };
    },
    exchanges: () => tenant.state.journal.count({ grant: IMPERSONATION }),
  };
}

function times<Result>(count: number, make: (index: number) => Result): Result[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
