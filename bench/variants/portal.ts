import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { composeApp } from '../../src/compose/web.ts';
import { composePortal } from '../../src/compose/portal.ts';
import { parseConfig } from '../../src/config/config.ts';
import { isTenantId, newAccountId } from '../../src/domain/model/ids.ts';
import { Secret } from '../../src/domain/model/secret.ts';
import { createLogger } from '../../src/logger.ts';
import { serve } from '../../src/web/http/server.ts';
import { keepSession, ready, signedSession, variantOptions } from './variant.ts';

/** The portal as it is deployed, but for the accounts, which are already signed in. */
const { tenant, users, redisUrl, encryptionKey, directory } = variantOptions();
const secret = randomBytes(32).toString('base64');
const config = parseConfig(
  {
    PUBLIC_URL: 'http://127.0.0.1:3000',
    PORT: '0',
    SESSION_SECRET: secret,
    ENCRYPTION_KEYS: `bench:${encryptionKey}`,
    DATABASE_URL: `file:${join(directory, `${process.pid}.db`)}`,
    QLIK_EXCHANGES_PER_MINUTE: '10000',
    INSECURE_ALLOW_LOOPBACK_TENANTS: 'true',
    ...(redisUrl !== undefined && { REDIS_URL: redisUrl }),
  },
  () => '',
);
const log = createLogger('info');
const portal = await composePortal(config, { log });
const { storage } = portal;
await storage.migrate();

const tenantId = 'bench';
if (!isTenantId(tenantId)) throw new Error('no tenant id');
const authentication = { method: 'client_secret', secret: new Secret(tenant.clientSecret) } as const;
await storage.tenants.save({
  id: tenantId,
  name: 'Bench',
  host: tenant.host,
  status: 'active',
  impersonation: { clientId: tenant.clientId, authentication },
  management: null,
  createQlikUsers: false,
  scopes: ['user_default'],
  embed: null,
});

const cookies: string[] = [];
for (const value of users) {
  const id = newAccountId();
  await storage.accounts.save({
    id,
    email: `${value}@bench.example`,
    name: 'Analyst',
    tenantId,
    qlikUser: { field: 'userId', value },
    groups: [],
    status: 'active',
  });
  const session = signedSession('portal', secret);
  const { idleLimitMs } = config.session;
  const now = Date.now();
  await keepSession(storage.sessions, session.id, {
    cookie: {
      originalMaxAge: idleLimitMs,
      expires: new Date(now + idleLimitMs),
      path: '/',
      httpOnly: true,
      sameSite: 'lax',
    },
    principal: { userId: id, tenantId, signedInAt: now },
  });
  cookies.push(session.cookie);
}

const stopping = new AbortController();
const server = await serve(composeApp(portal, stopping.signal), {
  host: '127.0.0.1',
  port: 0,
  log,
  stopping,
  onClose: () => portal.close(),
});
ready({ url: server.url, cookies });
