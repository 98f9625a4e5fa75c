import { z } from 'zod';
import type { TenantAccess } from '../domain/model/tenant-access.ts';
import type { QlikTokens } from '../domain/ports/qlik/qlik-tokens.ts';
import { expectStatus, readAnswer } from './answer.ts';
import { cursorOf, linksSchema } from './cursor.ts';
import type { QlikHttp, QlikRequest } from './http.ts';

const PATH = '/api/v1/oauth-tokens';

/** The oauth-tokens API; see {@link QlikTokens} for the codes. */
export function createQlikTokens(http: QlikHttp): QlikTokens {
  const send = ({ host, token }: TenantAccess, request: Omit<QlikRequest, 'host' | 'bearer'>) =>
    http.send({ ...request, host, bearer: token });

  return {
    async page(access, { userId, next }) {
      const response = await send(access, { method: 'GET', path: PATH, query: { userId, next, limit: 100 } });
      const { data, links } = readAnswer(response, { status: 200, schema: tokenPageSchema });
      return { items: data.map(({ id }) => id), next: cursorOf(response.endpoint, links) };
    },

    async revoke(access, id) {
      const path = `${PATH}/${encodeURIComponent(id)}`;
      expectStatus(await send(access, { method: 'DELETE', path, template: `${PATH}/{id}` }), 204);
    },
  };
}

export const tokenPageSchema = z.object({
  data: z.array(z.object({ id: z.string().min(1) })),
  links: linksSchema,
});
