import { z } from 'zod';
import type { QlikApps } from '../domain/ports/qlik/qlik-apps.ts';
import { readAnswer } from './answer.ts';
import { openEngine } from './engine.ts';
import { sendWithToken, type QlikHttp, type QlikSockets } from './http.ts';

const appSchema = z.object({ attributes: z.object({ name: z.string().default('') }) });

/**
 * Apps as the holder of a token sees them; see {@link QlikApps} for the errors.
 * @see https://qlik.dev/apis/rest/apps/
 */
export function createQlikApps(http: QlikHttp & QlikSockets): QlikApps {
  const send = sendWithToken(http);
  return {
    async find(access, id) {
      const response = await send(access, { method: 'GET', path: '/api/v1/apps/{id}', ids: { id } });
      return { name: readAnswer(response, { status: 200, schema: appSchema }).attributes.name };
    },

    // Qlik Cloud has no REST endpoint for sheets: only the engine lists them.
    async unreadable({ host, token }, appId, objectIds) {
      if (objectIds.length === 0) return [];
      await using engine = await openEngine(http, { host, appId, token });
      const document = await engine.open(appId);
      const missing: string[] = [];
      for (const id of objectIds) if (!(await engine.has(document, id))) missing.push(id);
      return missing;
    },
  };
}
