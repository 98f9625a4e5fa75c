import { promisify } from 'node:util';
import type { SessionData } from 'express-session';
import type { Portal } from '../../../src/compose/portal.ts';
import type { Account } from '../../../src/domain/model/account.ts';
import { isTenantId, newAccountId } from '../../../src/domain/model/ids.ts';
import { Secret } from '../../../src/domain/model/secret.ts';

export function tenantOf(id: string) {
  if (!isTenantId(id)) throw new Error(`no tenant id: ${id}`);
  const authentication = { method: 'client_secret', secret: new Secret(`${id}-secret`) } as const;
  return {
    id,
    name: 'Zoë "& Söhne" \u{1F600}',
    host: `https://${id}.eu.qlikcloud.com`,
    status: 'active',
    impersonation: { clientId: `client-of-${id}`, authentication },
    management: null,
    createQlikUsers: true,
    scopes: ['user_default'],
    embed: { appId: 'app-1', sheets: [{ id: 's', title: 'Overview' }], objects: [] },
  } as const;
}

/** Rows in every table. Returns the accounts. */
export async function fill({ storage }: Portal, people: number): Promise<Account[]> {
  const tenant = tenantOf('acme');
  await storage.tenants.save(tenant);
  const users = Array.from({ length: people }, (_, index): Account => ({
    id: newAccountId(),
    email: `analyst-${index}@acme.example`,
    name: `Analyst ${index} ‑ Ünïcødé`,
    tenantId: tenant.id,
    qlikUser: index % 2 ? { field: 'subject', value: `person-${index}` } : null,
    groups: index % 3 ? ['analysts'] : [],
    status: index % 5 ? 'active' : 'disabled',
  }));
  for (const user of users) {
    await storage.accounts.save(user);
    await storage.passwordInvites.save({
      userId: user.id,
      codeHash: `code-of-${user.id}`,
      expiresAt: Date.now() + 60_000,
    });
  }
  const [first] = users;
  await storage.identities.add({ issuer: 'https://login.acme.example', subject: 'one' }, first!.id);
  for (let index = 0; index < 20; index += 1) {
    await storage.audit.append({ action: 'sign-in', result: 'ok', actor: first!.id, detail: { index } });
  }
  await startSession(storage, 'sid-1', first!);
  return users;
}

async function startSession({ sessions }: Portal['storage'], sid: string, account: Account): Promise<void> {
  const session: SessionData = {
    cookie: { originalMaxAge: 3_600_000, expires: new Date(Date.now() + 3_600_000), path: '/' },
    principal: { userId: account.id, tenantId: account.tenantId, signedInAt: Date.now() },
  };
  await promisify((done: (error?: unknown) => void) => {
    sessions.set(sid, session, done);
  })();
}

/** What express-session gets from the store. */
export async function sessionOf({ storage }: Portal, sid: string): Promise<SessionData | undefined> {
  const found = await promisify((done: (error: unknown, found?: SessionData | null) => void) => {
    storage.sessions.get(sid, done);
  })();
  return found ?? undefined;
}
