import { z } from 'zod';
import type { QlikTokens } from '../domain/ports/qlik/qlik-tokens.ts';
import { expectStatus } from './answer.ts';
import { sendWithToken, type QlikHttp } from './http.ts';
import { readPage } from './page.ts';

const PATH = '/api/v1/oauth-tokens';

/**
 * The oauth-tokens API; see {@link QlikTokens} for the errors.
 * @see https://qlik.dev/apis/rest/oauth-tokens/
 */
export function createQlikTokens(http: QlikHttp): QlikTokens {
  const send = sendWithToken(http);
  return {
    async page(access, { userId, next }) {
      const query = { userId, next, limit: 100 };
      const page = readPage(await send(access, { method: 'GET', path: PATH, query }), tokenSchema);
      return { ...page, items: page.items.map(({ id }) => id) };
    },

    async revoke(access, id) {
      expectStatus(await send(access, { method: 'DELETE', path: `${PATH}/{id}`, ids: { id } }), 204);
    },
  };
}

export const tokenSchema = z.object({ id: z.string().min(1) });
