import type { z } from 'zod';
import type { OAuthClient, OAuthClientChanges } from '../domain/model/oauth-client.ts';
import type { QlikClients } from '../domain/ports/qlik/qlik-clients.ts';
import { Secret } from '../domain/model/secret.ts';
import { expectStatus, readAnswer } from './answer.ts';
import { sendWithToken, type QlikHttp } from './http.ts';
import { readPage } from './page.ts';
import {
  clientSchema,
  connectionConfigSchema,
  createdClientSchema,
  createdSecretSchema,
  patchedClientSchema,
} from './oauth-client-schema.ts';

const PATH = '/api/v1/oauth-clients';

/**
 * The oauth-clients API; see {@link QlikClients} for the errors.
 * @see https://qlik.dev/apis/rest/oauth-clients/
 */
export function createQlikClients(http: QlikHttp): QlikClients {
  const send = sendWithToken(http);
  return {
    async page(access, { limit = 100, next, filter }) {
      const response = await send(access, { method: 'GET', path: PATH, query: { limit, next, filter } });
      const page = readPage(response, clientSchema);
      return { ...page, items: page.items.map(toClient) };
    },

    async get(access, clientId) {
      const response = await send(access, { method: 'GET', ...at(clientId) });
      return toClient(readAnswer(response, { status: 200, schema: clientSchema }));
    },

    async create(access, settings) {
      // An empty list of origins is left out: some tenants accept the field for single-page apps only.
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

/** JSON Patch (RFC 6902), one path for each field. */
function toPatch(changes: OAuthClientChanges): { op: 'replace'; path: string; value: unknown }[] {
  return Object.entries(changes).map(([field, value]) => ({ op: 'replace', path: `/${field}`, value }));
}
