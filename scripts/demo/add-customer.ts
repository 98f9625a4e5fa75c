import { randomBytes, randomUUID } from 'node:crypto';
import type { Portal } from '../../src/compose/portal.ts';
import {
  isAccountId,
  isTenantId,
  type AccountId,
  type QlikUserId,
  type TenantId,
} from '../../src/domain/model/ids.ts';
import type { TenantAccess } from '../../src/domain/model/tenant-access.ts';
import { Secret } from '../../src/domain/model/secret.ts';
import {
  MANAGEMENT_SCOPES,
  withManagementToken,
  type ManagementCredentials,
} from '../../src/portal/tenants/management-token.ts';
import { provisionClient } from '../../src/portal/tenants/provision/provision-client.ts';
import { tenantApp } from 'qlik-sandbox/engine/apps.ts';
import type { RegionTenant } from 'qlik-sandbox/region.ts';
import type { Customer, Person } from './people.ts';

export interface DemoUser {
  readonly email: string;
  readonly password: string;
  readonly tenant: string;
  readonly qlikUserId: QlikUserId;
}

/** The other charts are shown on the sheets only. */
const CHARTS_IN_MENU = 2;

/**
 * Sets up a sandbox tenant for one of the portal's customers, as ops would: a Qlik user for each person, the portal's
 * OAuth client through {@link provisionClient}, and a portal account for each person with a random password.
 */
export async function addCustomer(
  portal: Portal,
  { name, host, managementClient }: Pick<RegionTenant, 'name' | 'host' | 'managementClient'>,
  customer: Customer,
): Promise<readonly DemoUser[]> {
  const admin: ManagementCredentials = {
    client: {
      clientId: managementClient.clientId,
      authentication: { method: 'client_secret', secret: new Secret(managementClient.clientSecret) },
    },
    scopes: MANAGEMENT_SCOPES,
  };
  const { appId, sheets, objects } = tenantApp(name);
  const id = toTenantId(customer.id);
  const accounts = await withManagementToken(portal.qlik, { host, management: admin }, (access) =>
    Promise.all(
      customer.people.map(async (person) => ({
        person,
        qlikUserId: await addQlikUser(portal, access, person),
      })),
    ),
  );
  const [first] = accounts;
  await provisionClient(
    { ...portal.storage, ...portal.qlik, ...portal.config.qlik },
    {
      tenant: {
        id,
        host,
        name: customer.name,
        embed: { appId, sheets, objects: objects.slice(0, CHARTS_IN_MENU) },
      },
      management: admin,
      portalOrigin: portal.config.publicUrl,
      actor: 'ops:demo',
      managementClient: 'keep',
      ...(first && { proofUser: { field: 'userId', value: first.qlikUserId } }),
    },
  );
  return Promise.all(
    accounts.map(async ({ person, qlikUserId }) => ({
      email: person.email,
      password: await addAccount(portal, { person, tenantId: id, qlikUserId }),
      tenant: customer.id,
      qlikUserId,
    })),
  );
}

async function addQlikUser(
  { qlik }: Portal,
  access: TenantAccess,
  { name, email, group }: Person,
): Promise<QlikUserId> {
  const { id } = await qlik.users.create(access, { subject: `demo:${email}`, name, email });
  if (group !== null) await qlik.users.update(access, id, { groups: [{ name: group, providerType: 'idp' }] });
  return id;
}

async function addAccount(
  { storage, hasher }: Portal,
  { person, tenantId, qlikUserId }: { person: Person; tenantId: TenantId; qlikUserId: QlikUserId },
): Promise<string> {
  const id = toAccountId(randomUUID());
  await storage.accounts.save({
    id,
    email: person.email,
    name: person.name,
    tenantId,
    qlikUser: { field: 'userId', value: qlikUserId },
    groups: person.group === null ? [] : [person.group],
    status: 'active',
  });
  const password = randomBytes(15).toString('base64url');
  await storage.accounts.setPasswordHash(id, await hasher.hash(new Secret(password)));
  return password;
}

function toTenantId(text: string): TenantId {
  if (!isTenantId(text)) throw new TypeError(`${text} is not a tenant id`);
  return text;
}

function toAccountId(text: string): AccountId {
  if (!isAccountId(text)) throw new TypeError(`${text} is not an account id`);
  return text;
}
