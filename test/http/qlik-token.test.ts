import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type Region, type RegionTenant, startRegion } from 'qlik-sandbox/region.ts';
import type { FaultEffect } from 'qlik-sandbox/state/faults.ts';
import { isTenantId } from '../../src/domain/model/ids.ts';
import { Secret } from '../../src/domain/model/secret.ts';
import type { Tenant } from '../../src/domain/model/tenant.ts';
import { MANAGEMENT_SCOPES } from '../../src/portal/tenants/management-token.ts';
import { startPortal, type TestPortal } from '../support/portal.ts';

const IMPERSONATION = 'urn:qlik:oauth:user-impersonation';

const tokenAnswer = z.strictObject({
  access_token: z.string().min(20),
  token_type: z.literal('Bearer'),
  expires_in: z.int().min(21_500).max(21_600),
  expires_at: z.iso.datetime(),
  scope: z.literal('user_default'),
  token_id: z.uuid(),
  host: z.url(),
  client_id: z.string().min(1),
  sub: z.uuid(),
});

interface Customer {
  readonly tenant: Tenant;
  readonly qlik: RegionTenant;
}

let portal: TestPortal;
let region: Region;
let acme: Customer;
let globex: Customer;
beforeAll(async () => {
  portal = await startPortal({ realBroker: true, env: { QLIK_TIMEOUT: '2s' } });
  region = await startRegion({
    tenants: ['acme', 'globex', ...failures.map(([code]) => code)].map((name) => ({ name, port: 0 })),
  });
  acme = await customer('acme');
  globex = await customer('globex');
});
afterAll(async () => {
  await portal.close();
  await region.close();
});

/** Makes a tenant of the region a customer of the portal, by the portal's own provisioning. */
async function customer(name: string): Promise<Customer> {
  const qlik = region.tenant(name);
  const { clientId, clientSecret } = qlik.managementClient;
  const id = name.replaceAll('_', '-');
  if (!isTenantId(id)) throw new Error(`no tenant id: ${id}`);
  const { tenant } = await portal.ops.tenants.provision({
    tenant: { id, host: qlik.host },
    management: {
      client: { clientId, authentication: { method: 'client_secret', secret: new Secret(clientSecret) } },
      scopes: MANAGEMENT_SCOPES,
    },
    actor: 'ops:test',
  });
  portal.hide(clientSecret);
  qlik.state.journal.clear();
  return { tenant, qlik };
}

async function person({ tenant, qlik }: Customer, subject: string) {
  const qlikUser = qlik.state.users.add({ subject })!;
  const who = await portal.addUser(tenant, { qlikUser: { field: 'userId', value: qlikUser.id } });
  return { ...who, qlikUser, cookie: await portal.signIn(who) };
}

const ask = (cookie: string) => portal.request.get('/api/qlik-token').set('Cookie', cookie);
const report = (cookie: string, rejected: string) =>
  portal.request.post('/api/qlik-token').set('Cookie', cookie).send({ rejected });

/** Whom the tenant takes the bearer of the token for. */
async function meAt(host: string, token: string): Promise<unknown> {
  const answer = await fetch(`${host}/api/v1/users/me`, { headers: { Authorization: `Bearer ${token}` } });
  return z.looseObject({ id: z.string().optional() }).parse(await answer.json()).id;
}

describe('the token that a page gets', () => {
  test("is its reader's own, of the reader's own tenant, and good for nothing elsewhere [ASVS 8.3.1, 10.1.1] [RFC 10017 6.2.2.1, 9.1]", async () => {
    const people = [await person(acme, 'first'), await person(acme, 'second'), await person(globex, 'first')];
    for (const { cookie, qlikUser, account } of people) {
      const answer = await ask(cookie);
      expect(answer.status).toBe(200);
      const token = tokenAnswer.parse(answer.body);
      portal.hide(token.access_token);
      const [home, abroad] = account.tenantId === acme.tenant.id ? [acme, globex] : [globex, acme];
      expect(token).toMatchObject({
        host: home.tenant.host,
        client_id: home.tenant.impersonation?.clientId,
        sub: account.id,
      });
      expect(await meAt(home.tenant.host, token.access_token)).toBe(qlikUser.id);
      expect(await meAt(abroad.tenant.host, token.access_token)).toBeUndefined();
    }
  });

  test('is exchanged once for two browsers of one person, and again only once refused [RFC 10017 6.2.2.2]', async () => {
    const who = await person(acme, 'third');
    const second = await portal.signIn(who);
    const exchanges = () => acme.qlik.state.journal.count({ grant: IMPERSONATION, userId: who.qlikUser.id });

    const first = tokenAnswer.parse((await ask(who.cookie)).body);
    expect(tokenAnswer.parse((await ask(second)).body).token_id).toBe(first.token_id);
    expect(exchanges()).toBe(1);

    const answers = await Promise.all([who.cookie, second].map((cookie) => report(cookie, first.token_id)));
    const next = answers.map(({ body }) => tokenAnswer.parse(body));
    expect(next[0]!.token_id).not.toBe(first.token_id);
    expect(next[1]!.token_id).toBe(next[0]!.token_id);
    expect(exchanges()).toBe(2);
    [first, ...next].forEach((token) => portal.hide(token.access_token));
  });

  test("cannot be taken from somebody else by reporting that person's token id [ASVS 8.2.2]", async () => {
    const [victim, attacker] = [await person(acme, 'victim'), await person(acme, 'attacker')];
    const theirs = tokenAnswer.parse((await ask(victim.cookie)).body);
    const mine = tokenAnswer.parse((await report(attacker.cookie, theirs.token_id)).body);
    expect(await meAt(acme.tenant.host, mine.access_token)).toBe(attacker.qlikUser.id);
    expect(tokenAnswer.parse((await ask(victim.cookie)).body).token_id).toBe(theirs.token_id);
    [theirs, mine].forEach((token) => portal.hide(token.access_token));
  });
});

const failures: readonly [code: string, status: number, fault: FaultEffect][] = [
  ['qlik_unavailable', 503, { kind: 'status', status: 500 }],
  ['qlik_timeout', 504, { kind: 'hang' }],
  ['qlik_bad_response', 502, { kind: 'malformed' }],
  ['qlik_user_disabled', 403, { kind: 'disabled-user' }],
  ['qlik_client_rejected', 502, { kind: 'status', status: 401 }],
];

describe('what a real tenant refuses or breaks reaches the page under its own name', () => {
  test.each(failures)('%s', async (code, status, fault) => {
    const { qlik, tenant } = await customer(code);
    const { cookie } = await person({ qlik, tenant }, 'someone');
    qlik.state.faults.add({ ...fault, match: { path: '/oauth/token' } });
    const answer = await ask(cookie);
    expect([answer.status, answer.body]).toEqual([status, expect.objectContaining({ code, status })]);
    const waits = Number(answer.get('Retry-After') ?? 0);
    expect(waits > 0).toBe(status === 503);
    // The portal's own session has nothing to do with it.
    const embed = await portal.request.get('/api/embed').set('Cookie', cookie);
    expect(embed.status).toBe(200);
  });
});
