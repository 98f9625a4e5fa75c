import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { RedisStore } from 'connect-redis';
import express from 'express';
import session, { type Store } from 'express-session';
import helmet from 'helmet';
import { pinoHttp } from 'pino-http';
import { createClient } from '@redis/client';
import { systemClock } from '../../src/runtime/clock.ts';
import { createLogger } from '../../src/logger.ts';
import { openStorage } from '../../src/storage/open-storage.ts';
import { keepSession, listen, ready, signedSession, variantOptions } from './variant.ts';

/** What people put together from the usual parts, with a token in memory for each session. */
const { users, answer, redisUrl, directory } = variantOptions();
const secret = randomBytes(32).toString('base64');
const hourMs = 3_600_000;
const store = redisUrl === undefined ? await sqliteStore() : await redisStore(redisUrl);
const tokens = new Map<string, unknown>();
const cookies: string[] = [];
for (const user of users) {
  const { id, cookie } = signedSession('usual', secret);
  const expires = new Date(Date.now() + hourMs);
  await keepSession(store, id, {
    cookie: { originalMaxAge: hourMs, expires, path: '/', httpOnly: true },
    principal: user,
  });
  tokens.set(user, JSON.parse(answer));
  cookies.push(cookie);
}

const app = express();
app.use(pinoHttp());
app.use(helmet());
app.use(
  session({
    store,
    secret,
    name: 'usual',
    resave: false,
    saveUninitialized: false,
    rolling: true,
    cookie: { maxAge: hourMs },
  }),
);
app.get('/api/qlik-token', (req, res) => {
  const token = tokens.get(String(req.session.principal));
  if (token === undefined) res.sendStatus(401);
  else res.json(token);
});
ready({ url: await listen(app), cookies });

async function sqliteStore(): Promise<Store> {
  const file = join(directory, `${process.pid}.db`);
  const storage = openStorage({
    database: { kind: 'sqlite', file },
    encryptionKeys: [],
    clock: systemClock,
    log: createLogger('silent'),
  });
  await storage.migrate();
  return storage.sessions;
}

async function redisStore(url: string): Promise<Store> {
  const client = createClient({ url });
  await client.connect();
  return new RedisStore({ client, prefix: 'usual:' });
}
