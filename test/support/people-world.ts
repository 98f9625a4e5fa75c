import { setTimeout } from 'node:timers/promises';
import { startRegion, type RegionTenant } from 'qlik-sandbox/region.ts';
import { isTenantId, type AccountId, type TenantId } from '../../src/domain/model/ids.ts';
import { Secret } from '../../src/domain/model/secret.ts';
import type { Tenant } from '../../src/domain/model/tenant.ts';
import type { Account } from '../../src/domain/model/account.ts';
import { MANAGEMENT_SCOPES } from '../../src/portal/tenants/management-token.ts';
import { startPortal, type TestPortal, type TestPortalOptions, type TestUser } from './portal.ts';

export const PREFIX = 'embed-portal:localhost:3000:';

/** Replicas of the portal with real brokers, over one sandbox tenant that they administer. */
export async function openPeopleWorld({
  replicas = 1,
  ...options
}: TestPortalOptions & { readonly replicas?: number } = {}) {
  const region = await startRegion({ tenants: [{ name: 'acme', port: 0 }] });
  const acme = region.tenant('acme');
  const portals: TestPortal[] = [];
  for (let index = 0; index < replicas; index += 1) {
    portals.push(await startPortal({ ...options, realBroker: true }));
  }
  const [portal] = portals as [TestPortal];
  await connect(portal, acme);
  return {
    region,
    acme,
    /** What the tenant keeps, and the switches that break it. */
    state: acme.state,
    portal,
    portals,
    storage: portal.storage,
    tenant: () => tenantOf(portal),
    async change(changes: Partial<Tenant>): Promise<Tenant> {
      const tenant = { ...(await tenantOf(portal)), ...changes };
      await portal.storage.tenants.save(tenant);
      return tenant;
    },
    /** A person without a Qlik user. */
    addPerson: async (given: Partial<Account> = {}) =>
      portal.addUser(await tenantOf(portal), { qlikUser: null, ...given }),
    /** Signs in, and asks for the token as the page does until there is an answer other than 503. */
    async enter(person: TestUser, at = portal) {
      const cookie = await at.signIn(person);
      return { cookie, token: await tokenOf(at, cookie) };
    },
    reload: (id: AccountId) => portal.storage.accounts.find(id),
    /** Qlik users but for the administrator. */
    qlikUsers: () => acme.state.users.people().filter(({ id }) => id !== acme.state.admin.id),
    async close() {
      for (const each of portals) await each.close();
      await region.close();
    },
  };
}

export type PeopleWorld = Awaited<ReturnType<typeof openPeopleWorld>>;

export async function tokenOf(portal: TestPortal, cookie: string) {
  for (;;) {
    const answer = await portal.request.get('/api/qlik-token').set('Cookie', cookie);
    if (answer.status !== 503) return answer;
    await setTimeout(50);
  }
}

async function connect(portal: TestPortal, acme: RegionTenant): Promise<void> {
  const { clientId, clientSecret } = acme.managementClient;
  portal.hide(clientSecret);
  await portal.ops.tenants.provision({
    tenant: { id: acmeId(), host: acme.host, name: 'Acme' },
    management: {
      client: { clientId, authentication: { method: 'client_secret', secret: new Secret(clientSecret) } },
      scopes: MANAGEMENT_SCOPES,
    },
    actor: 'ops:tester',
    managementClient: 'keep',
  });
}

async function tenantOf(portal: TestPortal): Promise<Tenant> {
  const tenant = await portal.storage.tenants.find(acmeId());
  if (tenant === undefined) throw new Error('no tenant');
  return tenant;
}

export function acmeId(): TenantId {
  const id = 'acme';
  if (!isTenantId(id)) throw new Error('no tenant id');
  return id;
}
