import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/runtime/clock.ts';
import { newPasswordInvite } from '../../src/portal/accounts/password-invites.ts';
import { openPeopleWorld, tokenOf, type PeopleWorld } from '../support/people-world.ts';
import { PUBLIC_URL, type TestUser } from '../support/portal.ts';

describe('signing out revokes the Qlik token', () => {
  let world: PeopleWorld;
  let person: TestUser;
  let before: number;
  beforeEach(async () => {
    world = await openPeopleWorld();
    await world.change({ createQlikUsers: true });
    person = await world.addPerson();
    before = 0;
    before = revokeCalls();
  });
  afterEach(() => world.close());

  const leave = (cookie: string) =>
    world.portal.request.post('/logout').set('Cookie', cookie).set('Accept', 'application/json');

  /** Live tokens of the person, in the tenant. */
  async function tokens() {
    const user = await world.reload(person.account.id);
    return world.state.tokens.list(user?.qlikUser?.value).length;
  }
  const revocations = () =>
    world.storage.audit.read({ userId: person.account.id, action: 'qlik-token.revoke' });
  /** Since the person came. */
  const revokeCalls = () => world.state.journal.count({ path: '/oauth/revoke' }) - before;

  test('of the last session, and audits its id', async () => {
    const { cookie, token } = await world.enter(person);
    expect(await tokens()).toBe(1);
    expect((await leave(cookie)).status).toBe(204);
    await expect.poll(tokens).toBe(0);
    await expect.poll(revocations).toHaveLength(1);
    const { token_id: tokenId } = token.body as { token_id: string };
    expect((await revocations())[0]).toMatchObject({ result: 'ok', actor: 'portal', detail: { tokenId } });
    const again = await world.enter(person);
    expect((again.token.body as { token_id: string }).token_id).not.toBe(tokenId);
  });

  test('but not while another session of the person is open', async () => {
    const first = await world.enter(person);
    const second = await world.enter(person);
    await leave(first.cookie);
    await leave(first.cookie);
    expect((await tokenOf(world.portal, second.cookie)).body).toEqual(
      expect.objectContaining({ token_id: (first.token.body as { token_id: string }).token_id }),
    );
    expect(revokeCalls()).toBe(0);
    await leave(second.cookie);
    await expect.poll(tokens).toBe(0);
  });

  test('but not while an account with the same Qlik user has a session', async () => {
    const { cookie } = await world.enter(person);
    const qlikUser = (await world.reload(person.account.id))!.qlikUser;
    const twin = await world.addPerson({ qlikUser });
    const theirs = await world.enter(twin);
    await leave(cookie);
    expect((await tokenOf(world.portal, theirs.cookie)).status).toBe(200);
    expect(revokeCalls()).toBe(0);
  });

  test('without waiting for the tenant or failing with it', async () => {
    const { cookie } = await world.enter(person);
    world.state.faults.add({ kind: 'hang', times: 1, match: { path: '/oauth/revoke' } });
    const begun = performance.now();
    expect((await leave(cookie)).status).toBe(204);
    expect(performance.now() - begun).toBeLessThan(1_000);
    expect((await world.portal.request.get('/api/embed').set('Cookie', cookie)).status).toBe(401);
  });

  test('later, where the tenant failed at first', async () => {
    const { cookie } = await world.enter(person);
    world.state.faults.add({ kind: 'status', status: 503, times: 1, match: { path: '/oauth/revoke' } });
    await leave(cookie);
    await expect.poll(tokens, { timeout: 10_000 }).toBe(0);
    expect(revokeCalls()).toBe(2);
  });

  test('at the latest when the portal stops, although Retry-After has not passed', async () => {
    const { cookie } = await world.enter(person);
    world.state.faults.add({
      kind: 'status',
      status: 429,
      retryAfterSeconds: 120,
      times: 1,
      match: { path: '/oauth/revoke' },
    });
    await leave(cookie);
    await expect.poll(revokeCalls).toBe(1);
    world.state.rateLimits.clear();
    await world.portal.close();
    expect(world.state.tokens.list(world.qlikUsers()[0]!.id)).toEqual([]);
  });

  test('when the portal stops, although the budget of the tenant is used up', async () => {
    const { cookie } = await world.enter(person);
    while ((await world.portal.exchangeBudget.take(world.acme.host)).granted);
    await leave(cookie);
    expect(revokeCalls()).toBe(0);
    await world.portal.close();
    expect(world.state.tokens.list(world.qlikUsers()[0]!.id)).toEqual([]);
  });

  test('when another person signs in over the session in the same browser', async () => {
    const { cookie } = await world.enter(person);
    const { account, password } = await world.addPerson();
    await world.portal.request
      .post('/login')
      .set('Cookie', cookie)
      .send({ email: account.email, password })
      .expect(200);
    await expect.poll(tokens).toBe(0);
  });

  test('only where a token was issued', async () => {
    await leave(await world.portal.signIn(person));
    await world.portal.close();
    // The token for administration, which the portal gives back as it stops.
    expect(revokeCalls()).toBe(1);
  });

  test('and the audit log has each issued token once, however often it is served', async () => {
    const { cookie, token } = await world.enter(person);
    for (let index = 0; index < 3; index += 1) await tokenOf(world.portal, cookie);
    const issued = await world.storage.audit.read({ userId: person.account.id, action: 'qlik-token.issue' });
    const { token_id: tokenId, access_token: value } = token.body as Record<string, string>;
    expect(issued).toHaveLength(1);
    expect(issued[0]).toMatchObject({ tenantId: 'acme', detail: { tokenId } });
    expect(JSON.stringify(issued)).not.toContain(value);
  });
});

describe('a session that is ended for its owner has its Qlik tokens revoked', () => {
  const PASSWORD = 'violet kettle on the seventh roof';
  let world: PeopleWorld;
  let person: TestUser;
  beforeEach(async () => {
    world = await openPeopleWorld();
    world.portal.hide(PASSWORD);
    await world.change({ createQlikUsers: true });
    person = await world.addPerson();
  });
  afterEach(() => world.close());

  const post = (path: string, cookie: string, body: object = {}) =>
    world.portal.request.post(path).set('Cookie', cookie).send(body);
  const isAlive = ({ body }: { body: unknown }) =>
    world.state.tokens.live((body as { access_token: string }).access_token) !== undefined;
  /** As the page does when the tenant refuses its token. */
  async function recover(cookie: string, { body }: { body: unknown }) {
    const { token_id: rejected } = body as { token_id: string };
    return await post('/api/qlik-token', cookie, { rejected }).expect(200);
  }

  test('when the person signs out other sessions; the remaining page gets a new token', async () => {
    const [here, there] = [await world.enter(person), await world.enter(person)];
    expect(isAlive(there.token)).toBe(true);
    await post('/api/account/sign-out-others', here.cookie).expect(200, { endedSessions: 1 });
    await expect.poll(() => isAlive(there.token)).toBe(false);
    expect(isAlive(await recover(here.cookie, here.token))).toBe(true);
  });

  test('but not where no other session was open', async () => {
    const { cookie, token } = await world.enter(person);
    await post('/api/account/sign-out-others', cookie).expect(200, { endedSessions: 0 });
    await world.portal.close();
    expect(isAlive(token)).toBe(true);
  });

  test('when the password is changed, also where no other session is open', async () => {
    const { cookie, token } = await world.enter(person);
    await post('/api/account/password', cookie, { current: person.password, password: PASSWORD }).expect(200);
    await expect.poll(() => isAlive(token)).toBe(false);
  });

  test('although the budget of the tenant is used up', async () => {
    const [here, there] = [await world.enter(person), await world.enter(person)];
    while ((await world.portal.exchangeBudget.take(world.acme.host)).granted);
    await post('/api/account/sign-out-others', here.cookie).expect(200, { endedSessions: 1 });
    await expect.poll(() => isAlive(there.token)).toBe(false);
  });

  test('when the password is changed', async () => {
    const [here, there] = [await world.enter(person), await world.enter(person)];
    await post('/api/account/password', here.cookie, { current: person.password, password: PASSWORD });
    await expect.poll(() => isAlive(there.token)).toBe(false);
  });

  test('when a password is set by an invite, also tokens that the portal has replaced', async () => {
    const { cookie, token } = await world.enter(person);
    const replaced = token;
    const current = await recover(cookie, token);
    expect([isAlive(replaced), isAlive(current)]).toEqual([true, true]);
    const { storage } = world;
    const link = newPasswordInvite({ publicUrl: PUBLIC_URL, clock: systemClock });
    await storage.passwordInvites.save({ userId: person.account.id, ...link });
    const [, code] = link.url.reveal().split('#');
    await world.portal.request.post('/set-password').send({ code, password: PASSWORD }).expect(204);
    await expect.poll(() => [isAlive(replaced), isAlive(current)]).toEqual([false, false]);
    const events = () => storage.audit.read({ userId: person.account.id, action: 'qlik-token.revoke' });
    await expect.poll(events).toHaveLength(1);
    const { token_id: tokenId } = current.body as { token_id: string };
    expect((await events())[0]).toMatchObject({ result: 'ok', detail: { tokenId, alsoRevoked: 1 } });
  });

  test('all 150 of them, over all pages of the tenant’s list', async () => {
    const { cookie, token } = await world.enter(person);
    const { tokens } = world.state;
    const [issued] = tokens.list(world.qlikUsers()[0]!.id);
    const { userId, clientId, scopes } = issued!;
    for (let count = 0; count < 149; count += 1) {
      tokens.issue({ kind: 'impersonation', userId, clientId, scopes, lifetimeSeconds: 3_600 });
    }
    await post('/api/account/password', cookie, { current: person.password, password: PASSWORD }).expect(200);
    await expect.poll(() => tokens.list(userId), { timeout: 10_000 }).toEqual([]);
    expect(isAlive(token)).toBe(false);
  });

  test('and the audit log counts all of them, also where the tenant failed between two', async () => {
    const { cookie } = await world.enter(person);
    const { tokens, faults } = world.state;
    const [issued] = tokens.list(world.qlikUsers()[0]!.id);
    const { userId, clientId, scopes } = issued!;
    for (let count = 0; count < 3; count += 1) {
      tokens.issue({ kind: 'impersonation', userId, clientId, scopes, lifetimeSeconds: 3_600 });
    }
    const [, , , last] = tokens.list(userId);
    faults.add({
      kind: 'status',
      status: 503,
      times: 1,
      match: { path: `/api/v1/oauth-tokens/${last!.id}` },
    });
    await post('/api/account/password', cookie, { current: person.password, password: PASSWORD }).expect(200);
    const events = () => world.storage.audit.read({ userId: person.account.id, action: 'qlik-token.revoke' });
    await expect.poll(events, { timeout: 10_000 }).toHaveLength(1);
    expect((await events())[0]).toMatchObject({ result: 'ok', detail: { alsoRevoked: 3 } });
  });

  test('later, where the tenant failed at first', async () => {
    const [here, there] = [await world.enter(person), await world.enter(person)];
    world.state.faults.add({ kind: 'status', status: 503, times: 1, match: { path: '/oauth/revoke' } });
    await post('/api/account/sign-out-others', here.cookie).expect(200);
    await expect.poll(() => isAlive(there.token), { timeout: 10_000 }).toBe(false);
  });

  test('by the impersonation client where the tenant has no management credentials', async () => {
    const { cookie, token } = await world.enter(person);
    await world.enter(person);
    await world.change({ management: null });
    await post('/api/account/sign-out-others', cookie).expect(200);
    await expect.poll(() => isAlive(token)).toBe(false);
  });
});
