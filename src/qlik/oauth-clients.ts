import { z } from 'zod';
import type { OAuthClient, OAuthClientChanges } from '../domain/model/oauth-client.ts';
import type { QlikClients } from '../domain/ports/qlik/qlik-clients.ts';
import type { TenantAccess } from '../domain/model/tenant-access.ts';
import { Secret } from '../domain/model/secret.ts';
import { expectStatus, readAnswer } from './answer.ts';
import { cursorOf, linksSchema } from './cursor.ts';
import type { QlikHttp, QlikRequest } from './http.ts';
import {
  clientSchema,
  connectionConfigSchema,
  createdClientSchema,
  createdSecretSchema,
  patchedClientSchema,
} from './oauth-client-schema.ts';

const PATH = '/api/v1/oauth-clients';

/** The oauth-clients API; see {@link QlikClients} for the codes. */
export function createQlikClients(http: QlikHttp): QlikClients {
  const send = ({ host, token }: TenantAccess, request: Omit<QlikRequest, 'host' | 'bearer'>) =>
    http.send({ ...request, host, bearer: token });

  return {
    async page(access, { limit = 100, next, filter }) {
      const response = await send(access, { method: 'GET', path: PATH, query: { limit, next, filter } });
      const { data, links } = readAnswer(response, { status: 200, schema: pageSchema });
      return { items: data.map(toClient), next: cursorOf(response.endpoint, links) };
    },

    async get(access, clientId) {
      const response = await send(access, { method: 'GET', ...at(clientId) });
      return toClient(readAnswer(response, { status: 200, schema: clientSchema }));
    },

    async create(access, settings) {
      // An empty list of origins is left out: tenants that know them for SPAs only refuse the field itself.
      const { allowedOrigins, ...rest } = settings;
      const body = { appType: 'web', ...rest, ...(allowedOrigins.length > 0 && { allowedOrigins }) };
      const response = await send(access, { method: 'POST', path: PATH, body });
      const created = readAnswer(response, { status: 201, schema: createdClientSchema });
      return { clientId: created.clientId, secret: new Secret(created.clientSecret) };
    },

    async update(access, clientId, changes) {
      const response = await send(access, { method: 'PATCH', ...at(clientId), body: toPatch(changes) });
      if (response.status !== 202) {
        expectStatus(response, 204);
        return { secret: undefined };
      }
      const { clientSecret } = readAnswer(response, { status: 202, schema: patchedClientSchema });
      return { secret: new Secret(clientSecret) };
    },

    async remove(access, clientId) {
      expectStatus(await send(access, { method: 'DELETE', ...at(clientId) }), 204);
    },

    async publish(access, clientId) {
      expectStatus(await send(access, { method: 'POST', ...at(clientId, '/actions/publish') }), 201);
    },

    async createSecret(access, clientId) {
      const response = await send(access, { method: 'POST', ...at(clientId, '/client-secrets') });
      const created = readAnswer(response, { status: 201, schema: createdSecretSchema });
      return { secret: new Secret(created.clientSecret), hint: created.hint };
    },

    async removeSecret(access, clientId, hint) {
      const path = `${at(clientId).path}/client-secrets/${encodeURIComponent(hint)}`;
      const template = `${PATH}/{id}/client-secrets/{hint}`;
      expectStatus(await send(access, { method: 'DELETE', path, template }), 204);
    },

    async consent(access, clientId) {
      const response = await send(access, { method: 'GET', ...at(clientId, '/connection-configs/me') });
      return readAnswer(response, { status: 200, schema: connectionConfigSchema }).consentMethod;
    },

    async setConsent(access, clientId, method) {
      const body = [{ op: 'replace', path: '/consentMethod', value: method }];
      const response = await send(access, {
        method: 'PATCH',
        ...at(clientId, '/connection-configs/me'),
        body,
      });
      expectStatus(response, 204);
    },
  };
}

const pageSchema = z.object({ data: z.array(clientSchema), links: linksSchema });

function at(clientId: string, below = ''): { path: string; template: string } {
  return { path: `${PATH}/${encodeURIComponent(clientId)}${below}`, template: `${PATH}/{id}${below}` };
}

function toClient(client: z.output<typeof clientSchema>): OAuthClient {
  const { clientSecrets, ...rest } = client;
  return {
    ...rest,
    secrets: clientSecrets.map(({ hint, createdAt }) => ({
      hint,
      createdAt: createdAt === undefined ? undefined : Date.parse(createdAt),
    })),
    publishedAt: client.publishedAt,
    disableTag: client.disableTag,
  };
}

/** JSON Patch (RFC 6902); the tenant knows one path for each field. */
function toPatch(changes: OAuthClientChanges): { op: 'replace'; path: string; value: unknown }[] {
  return Object.entries(changes).map(([field, value]) => ({ op: 'replace', path: `/${field}`, value }));
}
