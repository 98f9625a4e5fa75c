import { createQlikApi } from '@qlik/api';
import { expect, onTestFinished } from 'vitest';
import { z } from 'zod';
import { type Region, type RegionOptions, type RegionTenant, startRegion } from '../src/region.ts';

export const IMPERSONATION = 'urn:qlik:oauth:user-impersonation';
export const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
export const PORTAL_ORIGIN = 'https://portal.example';

/** A clock that stands still until it is moved; `now` is in ms. */
export class HandClock {
  #now = Date.UTC(2026, 0, 5, 9, 0, 0);
  now = () => this.#now;
  advanceSeconds(seconds: number): void {
    this.#now += seconds * 1000;
  }
}

type TenantSpec = Partial<RegionOptions['tenants'][number]>;

/** A region of its own for one test, closed when the test ends. */
export async function testRegion(
  options: { tenants?: TenantSpec[]; now?: () => number } = {},
): Promise<Region> {
  const { tenants = [{}], ...rest } = options;
  const region = await startRegion({
    tenants: tenants.map(({ name = 'acme', port = 0, settings = {} }) => ({ name, port, settings })),
    ...rest,
  });
  onTestFinished(() => region.close());
  return region;
}

export async function testTenant(
  settings: NonNullable<TenantSpec['settings']> = {},
  clock?: HandClock,
): Promise<RegionTenant> {
  const region = await testRegion({ tenants: [{ settings }], ...(clock ? { now: clock.now } : {}) });
  return region.tenant('acme');
}

/** Qlik's own client, carrying one given token. */
export function qlikApiWith(tenant: RegionTenant, token: string) {
  return createQlikApi({ hostConfig: { authType: 'apikey', host: tenant.host, apiKey: token } });
}

/** Qlik's own client as the tenant's administrator. */
export function qlikApiAsAdmin(tenant: RegionTenant) {
  return qlikApiWith(tenant, tenant.state.adminToken());
}

type JsonBody = Record<string, unknown> | unknown[];

/** One plain HTTP call, for what Qlik's client cannot send or hides. */
export async function call(
  tenant: RegionTenant,
  method: string,
  path: string,
  {
    body,
    token,
    headers = {},
  }: { body?: JsonBody | string; token?: string; headers?: Record<string, string> } = {},
) {
  const response = await fetch(tenant.host + path, {
    method,
    redirect: 'manual',
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: readJson(text) };
}

const answer = z.looseObject({
  access_token: z.string().optional(),
  scope: z.string().optional(),
  expires_at: z.string().optional(),
  expires_in: z.number().optional(),
  errors: z
    .array(z.looseObject({ code: z.string(), title: z.string(), detail: z.string().optional() }))
    .optional(),
  traceId: z.string().optional(),
  data: z.array(z.looseObject({ id: z.string().optional() })).optional(),
  links: z.record(z.string(), z.object({ href: z.string() })).optional(),
  id: z.string().optional(),
});

/** The parts of an answer's body that tests look into; the rest is there too, as `unknown`. */
export type Answer = z.infer<typeof answer>;

function readJson(text: string): Answer {
  try {
    return answer.safeParse(JSON.parse(text)).data ?? {};
  } catch {
    return {};
  }
}

/** Some string, wherever a test does not care which. */
export const someText: unknown = expect.any(String);

/** A string of that form. */
export function textLike(pattern: RegExp): unknown {
  return expect.stringMatching(pattern);
}

/** A client made and trusted through the API, as an operator of a portal would. */
export async function impersonationClient(
  tenant: RegionTenant,
  overrides: Partial<
    Parameters<ReturnType<typeof qlikApiAsAdmin>['oauthClients']['createOAuthClient']>[0]
  > = {},
) {
  const { oauthClients } = qlikApiAsAdmin(tenant);
  const { data } = await oauthClients.createOAuthClient({
    appType: 'web',
    clientName: 'Embed portal',
    allowedScopes: ['user_default'],
    allowedGrantTypes: ['client_credentials', IMPERSONATION],
    allowedOrigins: [PORTAL_ORIGIN],
    redirectUris: [`${PORTAL_ORIGIN}/callback`],
    ...overrides,
  });
  await oauthClients.patchOAuthClientConnectionConfig(data.clientId, [
    { op: 'replace', path: '/consentMethod', value: 'trusted' },
  ]);
  return { clientId: data.clientId, clientSecret: data.clientSecret };
}

export type Client = Awaited<ReturnType<typeof impersonationClient>>;

export function analyst(tenant: RegionTenant, subject = 'acme|europe') {
  const user = tenant.state.users.add({
    subject,
    name: 'Europe analyst',
    email: `${subject.slice(5)}@acme.example`,
  });
  if (!user) throw new Error(`the subject ${subject} is taken`);
  return user;
}

export function impersonationBody(client: Client, userId: string): Record<string, unknown> {
  return {
    client_id: client.clientId,
    client_secret: client.clientSecret,
    grant_type: IMPERSONATION,
    scope: 'user_default',
    user_lookup: { field: 'userId', value: userId },
  };
}

export function impersonate(tenant: RegionTenant, client: Client, userId: string) {
  return call(tenant, 'POST', '/oauth/token', { body: impersonationBody(client, userId) });
}

const refused = z.looseObject({ status: z.number().optional(), data: answer.optional().catch(undefined) });

/** The status and body an `@qlik/api` call was refused with. */
export async function refusal(attempt: Promise<unknown>): Promise<z.infer<typeof refused>> {
  return refused.parse(
    await attempt.then(
      () => ({}),
      (error: unknown) => error,
    ),
  );
}
