import { randomBytes } from 'node:crypto';
import express, { type RequestHandler } from 'express';
import session, { MemoryStore, type SessionData } from 'express-session';
import { listen, ready, signedSession, variantOptions } from './variant.ts';

/** A back-end as in tutorials: it asks the tenant for a token each time that it is asked for one. */
const { users, tenant } = variantOptions();
const secret = randomBytes(32).toString('base64');
const store = new MemoryStore();
const cookies = users.map((user) => {
  const { id, cookie } = signedSession('each', secret);
  const data: SessionData = { cookie: { originalMaxAge: null, path: '/' }, principal: user };
  store.set(id, data);
  return cookie;
});

const app = express();
app.use(session({ store, secret, name: 'each', resave: false, saveUninitialized: false }));
const answer: RequestHandler = (req, res, next) => {
  tokenOf(req.session.principal).then((token) => res.json(token), next);
};
app.get('/api/qlik-token', answer);
ready({ url: await listen(app), cookies });

async function tokenOf(user: unknown): Promise<unknown> {
  const answered = await fetch(`${tenant.host}/oauth/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      client_id: tenant.clientId,
      client_secret: tenant.clientSecret,
      grant_type: 'urn:qlik:oauth:user-impersonation',
      scope: 'user_default',
      user_lookup: { field: 'userId', value: user },
    }),
  });
  if (!answered.ok) throw new Error(`the tenant answered ${answered.status}`);
  return answered.json();
}
