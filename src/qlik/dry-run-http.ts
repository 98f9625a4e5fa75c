import { decodeProtectedHeader } from 'jose';
import { z } from 'zod';
import type { OpsOptions } from '../domain/model/ops.ts';
import type { QlikHttp, QlikRequest } from './http.ts';

const MASK = '***';
const SECRET_FIELDS = new Set(['client_secret', 'client_assertion', 'token']);
/** Stands for the token that a planned exchange would give; whatever carries it is planned as well. */
const PLANNED_TOKEN = 'planned-token';

const bodySchema = z.object({
  grant_type: z.string().optional(),
  client_secret: z.string().optional(),
  client_assertion: z.string().optional(),
  token: z.string().optional(),
  user_lookup: z.object({ field: z.string(), value: z.string() }).optional(),
});
const keysPatch = z.array(
  z.object({ path: z.literal('/publicKeys'), value: z.array(z.object({ kid: z.string() })) }),
);

type Body = z.output<typeof bodySchema>;
type Plan = { user: Body['user_lookup']; readonly keyIds: Set<string | undefined> };

/**
 * Lets through what only reads, and the client's own token that reading needs; everything else is told instead of
 * sent, and answered as a tenant that agrees would.
 */
export function createDryRunHttp(http: QlikHttp, tell: NonNullable<OpsOptions['dryRun']>): QlikHttp {
  const plan: Plan = { user: undefined, keyIds: new Set() };
  return {
    async send(request) {
      if (isReal(request, plan)) return http.send(request);
      tell({
        method: request.method,
        url: `${request.host}${request.path}`,
        headers: request.bearer === undefined ? {} : { authorization: `Bearer ${MASK}` },
        body: masked(request.body),
      });
      remember(request, plan);
      const [status, json] = agreement(request, plan);
      const endpoint = `${request.method} ${request.template ?? request.path}`;
      return { endpoint, status, json, sentAt: 0, clockSkewMs: undefined, header: () => undefined };
    },
    close: () => http.close(),
  };
}

function isReal(request: QlikRequest, plan: Plan): boolean {
  if (request.method === 'GET') return request.bearer?.reveal() !== PLANNED_TOKEN;
  const body = bodyOf(request);
  if (body.client_secret === MASK || plan.keyIds.has(keyIdOf(body))) return false;
  if (request.path === '/oauth/revoke') return body.token !== PLANNED_TOKEN;
  return body.grant_type === 'client_credentials';
}

function remember(request: QlikRequest, plan: Plan): void {
  plan.user = bodyOf(request).user_lookup ?? plan.user;
  const patch = Array.isArray(request.body) ? request.body : [];
  for (const { value } of patch.flatMap((operation) => keysPatch.safeParse([operation]).data ?? [])) {
    for (const { kid } of value) plan.keyIds.add(kid);
  }
}

function bodyOf({ body }: QlikRequest): Body {
  return bodySchema.safeParse(body).data ?? {};
}

function keyIdOf({ client_assertion: assertion }: Body): string | undefined {
  return assertion === undefined ? undefined : decodeProtectedHeader(assertion).kid;
}

function masked(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body;
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) => [name, SECRET_FIELDS.has(name) ? MASK : value]),
  );
}

function agreement(request: QlikRequest, { user }: Plan): [status: number, json: unknown] {
  const { method, path, template = path } = request;
  if (path === '/oauth/token')
    return [200, { access_token: PLANNED_TOKEN, token_type: 'bearer', expires_in: 1 }];
  if (path === '/oauth/revoke') return [200, undefined];
  if (path === '/api/v1/users/me') {
    return [200, { id: user?.field === 'userId' ? user.value : 'PLANNED', subject: user?.value, name: '' }];
  }
  if (template.endsWith('/client-secrets')) return [201, { clientSecret: MASK, hint: 'NEW' }];
  if (template.endsWith('/actions/publish')) return [201, {}];
  if (method === 'POST') return [201, { clientId: 'NEW-CLIENT-ID', clientSecret: MASK }];
  return [204, undefined];
}
