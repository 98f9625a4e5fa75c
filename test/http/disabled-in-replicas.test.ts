import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Tenant } from '../../src/domain/model/tenant.ts';
import { removeAccount, setAccountStatus, signOutAccount } from '../../src/portal/accounts/account-status.ts';
import { createEndSessions } from '../../src/portal/sign-in/end-sessions.ts';
import { setTenantStatus } from '../../src/portal/tenants/change-tenant.ts';
import { startPortal, type TestPortal, type TestUser } from '../support/portal.ts';

describe('ops act in one process, and every replica obeys from its next request on', () => {
  let folder: string;
  let replicas: TestPortal[];
  let ops: Parameters<typeof setAccountStatus>[0] & Parameters<typeof setTenantStatus>[0];
  let tenant: Tenant;
  let person: TestUser;
  let colleague: TestUser;
  let cookies: string[];
  const actor = 'ops:tester';

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'portal-replicas-'));
    const env = { DATABASE_URL: `file:${join(folder, 'portal.db')}` };
    replicas = [await startPortal({ env }), await startPortal({ env }), await startPortal({ env })];
    const { accounts, tenants, sessionRegistry: sessions, audit } = replicas[2]!.storage;
    const endSessions = createEndSessions({ sessions, revokeTokens: () => undefined });
    ops = { accounts, tenants, sessions, endSessions, audit };
  });
  afterAll(async () => {
    for (const replica of replicas) await replica.close();
    await rm(folder, { recursive: true, force: true });
  });

  beforeEach(async () => {
    const [first, second] = replicas as [TestPortal, TestPortal];
    tenant = await first.addTenant();
    person = await first.addUser(tenant);
    colleague = await first.addUser(tenant);
    cookies = [await first.signIn(person), await second.signIn(person)];
    // Both have seen both sessions, and have the token at hand.
    await tokenAnswers(cookies);
  });

  async function tokenAnswers(of: readonly string[]): Promise<number[]> {
    const answers = [];
    for (const replica of replicas.slice(0, 2)) {
      for (const cookie of of) {
        answers.push((await replica.request.get('/api/qlik-token').set('Cookie', cookie)).status);
      }
    }
    return answers;
  }

  const signInAnswers = (who: TestUser) =>
    Promise.all(
      replicas
        .slice(0, 2)
        .map(async ({ request }) =>
          request.post('/login').send({ email: who.account.email, password: who.password }),
        ),
    ).then((answers) => answers.map(({ status }) => status));

  test('a disabled person has no session and no token anywhere, and colleagues notice nothing', async () => {
    expect(await tokenAnswers(cookies)).toEqual([200, 200, 200, 200]);
    const other = await replicas[1]!.signIn(colleague);
    const { endedSessions } = await setAccountStatus(ops, {
      account: person.account.email,
      status: 'disabled',
      actor,
    });
    expect(endedSessions).toBe(2);
    expect(await tokenAnswers(cookies)).toEqual([401, 401, 401, 401]);
    expect(await signInAnswers(person)).toEqual([401, 401]);
    expect(await tokenAnswers([other])).toEqual([200, 200]);
  });

  test('an account enabled again starts with a sign-in, not with its old sessions', async () => {
    const account = person.account.id;
    await setAccountStatus(ops, { account, status: 'disabled', actor });
    await setAccountStatus(ops, { account, status: 'active', actor });
    expect(await tokenAnswers(cookies)).toEqual([401, 401, 401, 401]);
    expect(await signInAnswers(person)).toEqual([200, 200]);
  });

  test('a removed account has no session and no token in any replica', async () => {
    await removeAccount(ops, { account: person.account.id, actor });
    expect(await tokenAnswers(cookies)).toEqual([401, 401, 401, 401]);
    expect(await signInAnswers(person)).toEqual([401, 401]);
  });

  test('a person signed out by ops can sign in again', async () => {
    await signOutAccount(ops, { account: person.account.id, actor });
    expect(await tokenAnswers(cookies)).toEqual([401, 401, 401, 401]);
    expect(await signInAnswers(person)).toEqual([200, 200]);
  });

  test('a disabled tenant loses all its sessions, and other tenants none', async () => {
    const neighbour = await replicas[0]!.addUser(await replicas[0]!.addTenant());
    const next = await replicas[0]!.signIn(neighbour);
    const other = await replicas[1]!.signIn(colleague);
    await setTenantStatus(ops, { tenantId: tenant.id, status: 'disabled', actor });
    expect(await tokenAnswers([...cookies, other])).toEqual([401, 401, 401, 401, 401, 401]);
    expect(await signInAnswers(colleague)).toEqual([401, 401]);
    expect(await tokenAnswers([next])).toEqual([200, 200]);
  });
});
