import { randomUUID } from 'node:crypto';
import { type Doc, type GenericObject, type HyperCube, openAppSession } from '@qlik/api/qix';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { tenantApp } from '../src/engine/apps.ts';
import type { RegionTenant } from '../src/region.ts';
import { call, type Client, EXCHANGE, impersonate, PORTAL_ORIGIN } from './support.ts';

/** A member of these groups, as an administrator of the tenant would have made one. */
export function member(
  tenant: RegionTenant,
  groups: readonly string[],
  name = `${groups.join(' and ')} analyst`,
) {
  const user = tenant.state.users.add({
    subject: `idp|${name}`,
    name,
    email: `${tenant.name}@analyst.example`,
  });
  if (!user) throw new Error(`there is already a ${name}`);
  for (const group of groups) {
    const known = tenant.state.groups.byName(group) ?? tenant.state.groups.add({ name: group });
    if (known) user.assignedGroups = [...user.assignedGroups, known];
  }
  return user;
}

export async function accessTokenOf(tenant: RegionTenant, client: Client, userId: string): Promise<string> {
  const { body } = await impersonate(tenant, client, userId);
  if (!body.access_token) throw new Error('the tenant gave no token');
  return body.access_token;
}

/** What the embed runtime trades a page's token for before it opens the websocket. */
export async function exchangedToken(
  tenant: RegionTenant,
  client: Client,
  subjectToken: string,
  purpose = 'websocket',
) {
  const { body } = await call(tenant, 'POST', '/oauth/token', {
    headers: { origin: PORTAL_ORIGIN },
    body: {
      client_id: client.clientId,
      grant_type: EXCHANGE,
      subject_token: subjectToken,
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      purpose,
      redirect_uri: `${PORTAL_ORIGIN}/`,
    },
  });
  if (!body.access_token) throw new Error('the tenant exchanged no token');
  return body.access_token;
}

/** The tenant's app, opened by Qlik's own client over a real websocket. */
export async function openApp(
  tenant: RegionTenant,
  token: string,
  appId = tenantApp(tenant.name).appId,
): Promise<Doc> {
  const session = openAppSession({
    // Qlik's client shares one session among all that ask for an app, whatever their token: not what is wanted here.
    identity: randomUUID(),

    appId,
    hostConfig: { authType: 'apikey', host: tenant.host, apiKey: token },
  });
  onTestFinished(() => session.close());
  return session.getDoc();
}

/** A chart of the tenant's app by its title. */
export async function chartNamed(tenant: RegionTenant, doc: Doc, title: string): Promise<GenericObject> {
  const found = tenantApp(tenant.name).objects.find((object) => object.title === title);
  if (!found) throw new Error(`the app has no chart "${title}"`);
  return doc.getObject(found.id);
}

const cell = z.looseObject({
  qText: z.string(),
  qNum: z.union([z.number(), z.literal('NaN')]),
  qState: z.string(),
});
const cubeLayout = z.looseObject({
  qHyperCube: z.looseObject({ qDataPages: z.array(z.looseObject({ qMatrix: z.array(z.array(cell)) })) }),
});

/** First dimension to first measure, as the chart would draw them. */
export async function numbersOf(chart: GenericObject): Promise<Map<string, number>> {
  const { qHyperCube } = cubeLayout.parse(await chart.getLayout());
  const rows = qHyperCube.qDataPages.flatMap(({ qMatrix }) => qMatrix);
  return new Map(rows.map((row) => [row[0]?.qText ?? '', Number(row.at(1)?.qNum)]));
}

/** First dimension to the state of its value. */
export async function statesOf(chart: GenericObject): Promise<Map<string, string>> {
  const { qHyperCube } = cubeLayout.parse(await chart.getLayout());
  const rows = qHyperCube.qDataPages.flatMap(({ qMatrix }) => qMatrix);
  return new Map(rows.map((row) => [row[0]?.qText ?? '', row[0]?.qState ?? '']));
}

export function total(numbers: ReadonlyMap<string, number>): number {
  return [...numbers.values()].reduce((sum, number) => sum + number, 0);
}

const layoutWithCube = z.looseObject({ qHyperCube: z.custom<HyperCube>() });

export async function cubeOf(chart: GenericObject): Promise<HyperCube> {
  return layoutWithCube.parse(await chart.getLayout()).qHyperCube;
}

interface SocketOptions {
  readonly path?: string;
  readonly origin?: string;
  readonly bearer?: string;
}

/** How a bare websocket fares at the tenant: `open`, the HTTP status it was refused with, or a close code. */
export function knock(
  tenant: RegionTenant,
  { path = appPath(tenant), origin, bearer }: SocketOptions,
): Promise<string> {
  const socket = new WebSocket(`${tenant.host.replace('http', 'ws')}${path}`, {
    ...(origin === undefined ? {} : { origin }),
    ...(bearer === undefined ? {} : { headers: { authorization: `Bearer ${bearer}` } }),
  });
  onTestFinished(() => socket.terminate());
  return new Promise((resolve) => {
    socket.once('unexpected-response', (_request, response) => resolve(String(response.statusCode)));
    socket.once('open', () => socket.send('{}'));
    socket.once('message', () => resolve('open'));
    socket.once('close', (code) => resolve(`closed ${code}`));
    socket.once('error', (error) => resolve(error.message));
  });
}

export function appPath(tenant: RegionTenant, accessToken?: string): string {
  const query = accessToken === undefined ? '' : `?accessToken=${encodeURIComponent(accessToken)}`;
  return `/app/${tenantApp(tenant.name).appId}${query}`;
}
