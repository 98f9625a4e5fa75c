import { randomUUID } from 'node:crypto';
import { createQlikApi } from '@qlik/api';
import { expect, test } from 'vitest';
import { tenantApp } from '../src/engine/apps.ts';
import type { RegionTenant } from '../src/region.ts';
import { accessTokenOf, member } from './engine-support.ts';
import { call, impersonationClient, refusal, testRegion, testTenant } from './support.ts';

async function apiAs(tenant: RegionTenant, groups: readonly string[] = []) {
  const client = await impersonationClient(tenant);
  const token = await accessTokenOf(tenant, client, member(tenant, groups).id);
  return createQlikApi({ hostConfig: { authType: 'apikey', host: tenant.host, apiKey: token } });
}

test('a signed-in user reads the app, its data model and its item', async () => {
  const tenant = await testTenant();
  const api = await apiAs(tenant, ['Europe']);
  const { appId, title } = tenantApp(tenant.name);
  const { data: app } = await api.apps.getAppInfo(appId);
  expect(app.attributes).toMatchObject({ id: appId, name: title, hasSectionAccess: true });
  const { data: model } = await api.apps.getAppDataMetadata(appId, {});
  expect(model.fields?.map(({ name }) => name)).toContain('Region');
  const { data: items } = await api.items.getItems({ resourceType: 'app', resourceId: appId });
  expect(items.data).toHaveLength(1);
  expect(items.data[0]).toMatchObject({ resourceId: appId, name: title, tenantId: tenant.state.id });
});

test('an app that is not there, or is next door, is a 404', async () => {
  const region = await testRegion({ tenants: [{ name: 'acme' }, { name: 'globex' }] });
  const api = await apiAs(region.tenant('acme'));
  for (const id of [randomUUID(), tenantApp('globex').appId]) {
    expect(await refusal(api.apps.getAppInfo(id))).toMatchObject({ status: 404 });
  }
  const { data } = await api.items.getItems({ resourceType: 'app', resourceId: tenantApp('globex').appId });
  expect(data.data).toEqual([]);
});

test('nobody reads it without a token', async () => {
  const tenant = await testTenant();
  const { appId } = tenantApp(tenant.name);
  for (const path of [
    `/api/v1/apps/${appId}`,
    `/api/v1/apps/${appId}/data/metadata`,
    '/api/v1/items',
    '/api/v1/user-locale',
  ]) {
    expect((await call(tenant, 'GET', path)).status).toBe(401);
  }
});
