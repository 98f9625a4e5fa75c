import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { tenantApp } from '../src/engine/apps.ts';
import type { RegionTenant } from '../src/region.ts';
import {
  accessTokenOf,
  chartNamed,
  cubeOf,
  member,
  numbersOf,
  openApp,
  statesOf,
  total,
} from './engine-support.ts';
import { impersonationClient, testRegion, testTenant } from './support.ts';

async function appAs(tenant: RegionTenant, groups: readonly string[] = []) {
  const client = await impersonationClient(tenant);
  const user = member(tenant, groups);
  const token = await accessTokenOf(tenant, client, user.id);
  return openApp(tenant, token);
}

async function salesByRegion(tenant: RegionTenant, groups: readonly string[] = []) {
  return numbersOf(await chartNamed(tenant, await appAs(tenant, groups), 'Sales by region'));
}

test('section-access: analysts of two regions see their own numbers, and no one else’s', async () => {
  const tenant = await testTenant();
  const europe = await salesByRegion(tenant, ['Europe']);
  const americas = await salesByRegion(tenant, ['Americas']);
  const everyone = await salesByRegion(tenant, ['Accounting']);
  expect([...europe.keys()]).toEqual(['Europe']);
  expect([...americas.keys()]).toEqual(['Americas']);
  expect([...everyone.keys()].toSorted()).toEqual(['Americas', 'Asia Pacific', 'Europe']);
  expect(europe.get('Europe')).toBe(everyone.get('Europe'));
  expect(total(europe)).not.toBe(total(americas));
});

test('section-access: two groups open two regions', async () => {
  const tenant = await testTenant();
  const both = await salesByRegion(tenant, ['Europe', 'Asia Pacific']);
  expect([...both.keys()].toSorted()).toEqual(['Asia Pacific', 'Europe']);
});

test('section-access: no selection widens what a person may see', async () => {
  const tenant = await testTenant();
  const doc = await appAs(tenant, ['Europe']);
  const chart = await chartNamed(tenant, doc, 'Sales and margin by country');
  const before = await numbersOf(chart);
  const region = await doc.getField('Region');
  expect(await region.selectValues([{ qText: 'Americas' }], false, false)).toBe(false);
  expect(await numbersOf(chart)).toEqual(before);
});

test('tenants-apart: each tenant has its own app, ids and numbers, the same at every start', async () => {
  const region = await testRegion({ tenants: [{ name: 'acme' }, { name: 'globex' }] });
  const acme = await salesByRegion(region.tenant('acme'));
  const globex = await salesByRegion(region.tenant('globex'));
  expect(total(acme)).not.toBe(total(globex));
  const ids = ['acme', 'globex'].map(tenantApp).flatMap(({ appId, sheets, objects }) => {
    return [{ id: appId }, sheets, objects].flat().map(({ id }) => id);
  });
  expect(new Set(ids).size).toBe(ids.length);
  const again = await testTenant();
  expect(await salesByRegion(again)).toEqual(acme);
});

test('selections reduce every chart of the session, and clearing brings all back', async () => {
  const tenant = await testTenant();
  const doc = await appAs(tenant);
  const byRegion = await chartNamed(tenant, doc, 'Sales by region');
  const byMonth = await chartNamed(tenant, doc, 'Sales by month');
  const regions = await numbersOf(byRegion);
  const europe = await doc.getField('Region');
  await europe.selectValues([{ qText: 'Europe' }], false, false);
  expect(total(await numbersOf(byMonth))).toBe(regions.get('Europe'));
  await doc.clearAll(false, '');
  expect(total(await numbersOf(byMonth))).toBe(total(regions));
  await doc.back();
  expect(total(await numbersOf(byMonth))).toBe(regions.get('Europe'));
  await doc.forward();
  expect(total(await numbersOf(byMonth))).toBe(total(regions));
});

test('a click begins a selection, keeps the other bars to choose from, and can be taken back', async () => {
  const tenant = await testTenant();
  const doc = await appAs(tenant);
  const chart = await chartNamed(tenant, doc, 'Sales by region');
  const other = await chartNamed(tenant, doc, 'Sales by month');
  const before = await numbersOf(chart);
  const { qDataPages = [] } = await cubeOf(chart);
  const element = qDataPages[0]?.qMatrix?.[0]?.[0];
  await chart.beginSelections(['/qHyperCubeDef']);
  expect(await chart.selectHyperCubeValues('/qHyperCubeDef', 0, [element?.qElemNumber ?? -1], false)).toBe(
    true,
  );
  expect(await numbersOf(chart)).toEqual(before);
  expect([...(await statesOf(chart)).values()]).toEqual(['S', 'A', 'A']);
  expect(total(await numbersOf(other))).toBe(before.get(element?.qText ?? ''));
  await chart.resetMadeSelections();
  expect(total(await numbersOf(other))).toBe(total(before));
  await chart.selectHyperCubeValues('/qHyperCubeDef', 0, [element?.qElemNumber ?? -1], false);
  await chart.endSelections(true);
  expect([...(await numbersOf(chart)).keys()]).toEqual([element?.qText]);
});

test('a stacked chart adds up to what its parts are', async () => {
  const tenant = await testTenant();
  const doc = await appAs(tenant);
  const regions = await numbersOf(await chartNamed(tenant, doc, 'Sales by region'));
  const { qStackedDataPages = [] } = await cubeOf(await chartNamed(tenant, doc, 'Product mix by region'));
  const stacks = qStackedDataPages[0]?.qData?.[0]?.qSubNodes ?? [];
  const parts = stacks.flatMap(({ qSubNodes = [] }) => qSubNodes.map(({ qValue = 0 }) => qValue));
  expect(parts.reduce((sum, part) => sum + part, 0)).toBe(total(regions));
  expect(stacks.map(({ qMaxPos = 0 }) => qMaxPos).reduce((sum, part) => sum + part, 0)).toBe(total(regions));
});

test('what one session selects is nothing to another of the same person', async () => {
  const tenant = await testTenant();
  const client = await impersonationClient(tenant);
  const token = await accessTokenOf(tenant, client, member(tenant, []).id);
  const first = await openApp(tenant, token);
  const field = await first.getField('Region');
  await field.selectValues([{ qText: 'Europe' }], false, false);
  const second = await openApp(tenant, token);
  expect((await numbersOf(await chartNamed(tenant, first, 'Sales by region'))).size).toBe(1);
  expect((await numbersOf(await chartNamed(tenant, second, 'Sales by region'))).size).toBe(3);
});

test('lists the sheets of the app to a program that asks, as the portal’s doctor does', async () => {
  const tenant = await testTenant();
  const doc = await appAs(tenant, ['Europe']);
  const sheets = await doc.getObjects({ qTypes: ['sheet'] });
  const { sheets: known } = tenantApp(tenant.name);
  expect(sheets).toMatchObject(known.map(({ id, title }) => ({ qInfo: { qId: id }, qMeta: { title } })));
});

test('charts made on the fly compute their own expressions', async () => {
  const tenant = await testTenant();
  const doc = await appAs(tenant);
  const made = await doc.createSessionObject({
    qInfo: { qType: 'barchart' },
    qHyperCubeDef: {
      qDimensions: [{ qDef: { qFieldDefs: ['[Region]'] } }],
      qMeasures: [
        { qDef: { qDef: '=Sum(Sales) - Sum([Margin])' } },
        { qDef: { qDef: 'Count(distinct Country)' } },
      ],
      qInitialDataFetch: [{ qLeft: 0, qTop: 0, qWidth: 3, qHeight: 10 }],
    },
  });
  const { qDataPages = [] } = await cubeOf(made);
  const europe = qDataPages[0]?.qMatrix?.find((row) => row[0]?.qText === 'Europe');
  const sales = await numbersOf(await chartNamed(tenant, doc, 'Sales by region'));
  expect(europe?.[1]?.qNum).toBeGreaterThan(0);
  expect(europe?.[1]?.qNum).toBeLessThan(sales.get('Europe') ?? 0);
  expect(europe?.[2]?.qNum).toBe(5);
});

test('tells an app that is not there from one that may not be opened', async () => {
  const tenant = await testTenant();
  const client = await impersonationClient(tenant);
  const token = await accessTokenOf(tenant, client, member(tenant, []).id);
  await expect(openApp(tenant, token, randomUUID())).rejects.toThrow(/App not found/);
  await expect(openApp(tenant, 'no-token')).rejects.toThrow(/Failed to open app/);
});

test('an unknown object is refused, and the session lives on', async () => {
  const tenant = await testTenant();
  const doc = await appAs(tenant);
  await expect(doc.getObject(tenantApp('globex').objects[0]?.id ?? '')).rejects.toThrow(/not found/i);
  expect((await numbersOf(await chartNamed(tenant, doc, 'Sales by region'))).size).toBe(3);
});
