import type { z } from 'zod';
import type { ConsentMethod, OAuthClient, OAuthClientChanges } from '../domain/model/oauth-client.ts';
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

const LIST = '/api/v1/oauth-clients';
const ONE = `${LIST}/{id}`;
const CONSENT = `${ONE}/connection-configs/me`;

/**
 * The oauth-clients API; see {@link QlikClients} for the errors.
 * @see https://qlik.dev/apis/rest/oauth-clients/
 */
export function createQlikClients(http: QlikHttp): QlikClients {
  const send = sendWithToken(http);
  return {
    async page(access, { limit = 100, next, filter }) {
      const response = await send(access, { method: 'GET', path: LIST, query: { limit, next, filter } });
      const page = readPage(response, clientSchema);
      return { ...page, items: page.items.map(toClient) };
    },

    async get(access, id) {
      const response = await send(access, { method: 'GET', path: ONE, ids: { id } });
      return toClient(readAnswer(response, { status: 200, schema: clientSchema }));
    },

    async create(access, settings) {
      // An empty list of origins is left out: some tenants accept the field for single-page apps only.
      const { allowedOrigins, ...rest } = settings;
      const body = { appType: 'web', ...rest, ...(allowedOrigins.length > 0 && { allowedOrigins }) };
      const response = await send(access, { method: 'POST', path: LIST, body });
      const created = readAnswer(response, { status: 201, schema: createdClientSchema });
      return { clientId: created.clientId, secret: new Secret(created.clientSecret) };
    },

    async update(access, id, changes) {
      const body = toPatch(changes);
      const response = await send(access, { method: 'PATCH', path: ONE, ids: { id }, body });
      if (response.status !== 202) {
        expectStatus(response, 204);
        return { secret: undefined };
      }
      const { clientSecret } = readAnswer(response, { status: 202, schema: patchedClientSchema });
      return { secret: new Secret(clientSecret) };
    },

    async remove(access, id) {
      expectStatus(await send(access, { method: 'DELETE', path: ONE, ids: { id } }), 204);
    },

    async publish(access, id) {
      const path = `${ONE}/actions/publish`;
      expectStatus(await send(access, { method: 'POST', path, ids: { id } }), 201);
    },

    async createSecret(access, id) {
      const response = await send(access, { method: 'POST', path: `${ONE}/client-secrets`, ids: { id } });
      const created = readAnswer(response, { status: 201, schema: createdSecretSchema });
      return { secret: new Secret(created.clientSecret), hint: created.hint };
    },

    async removeSecret(access, id, hint) {
      const path = `${ONE}/client-secrets/{hint}`;
      expectStatus(await send(access, { method: 'DELETE', path, ids: { id, hint } }), 204);
    },

    async consent(access, id) {
      const response = await send(access, { method: 'GET', path: CONSENT, ids: { id } });
      return readAnswer(response, { status: 200, schema: connectionConfigSchema }).consentMethod;
    },

    async setConsent(access, id, method) {
      const body = toPatch({ consentMethod: method });
      expectStatus(await send(access, { method: 'PATCH', path: CONSENT, ids: { id }, body }), 204);
    },
  };
}

function toClient(client: z.output<typeof clientSchema>): OAuthClient {
  const { clientSecrets, publishedAt, disableTag, ...rest } = client;
  const secrets = clientSecrets.map(({ hint, createdAt }) => ({
    hint,
    createdAt: createdAt === undefined ? undefined : Date.parse(createdAt),
  }));
  return { ...rest, secrets, publishedAt, disableTag };
}

/** JSON Patch (RFC 6902), one path for each field. */
function toPatch(changes: OAuthClientChanges | { readonly consentMethod: ConsentMethod }) {
  return Object.entries(changes).map(([field, value]) => ({ op: 'replace', path: `/${field}`, value }));
}
