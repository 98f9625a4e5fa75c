import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openPeopleWorld, tokenOf, type PeopleWorld } from '../support/people-world.ts';
import type { TestUser } from '../support/portal.ts';

describe('signing out gives the Qlik token back', () => {
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
    const user = await world.reload(person.user.id);
    return world.state.tokens.list(user?.qlikUser?.value).length;
  }
  const revocations = () => world.storage.audit.read({ userId: person.user.id, action: 'qlik-token.revoke' });
  /** Since the person came. */
  const revokeCalls = () => world.state.journal.count({ path: '/oauth/revoke' }) - before;

  test('when nobody else needs it, and writes down which', async () => {
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

  test('not while another session of the person is open', async () => {
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

  test('not while somebody is signed in whom ops let speak for the same Qlik user', async () => {
    const { cookie } = await world.enter(person);
    const qlikUser = (await world.reload(person.user.id))!.qlikUser;
    const twin = await world.addPerson({ qlikUser });
    const theirs = await world.enter(twin);
    await leave(cookie);
    expect((await tokenOf(world.portal, theirs.cookie)).status).toBe(200);
    expect(revokeCalls()).toBe(0);
  });

  test('and never waits for the tenant, nor fails with it', async () => {
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

  test('at the latest when the portal stops', async () => {
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

  test('who made no token gives none back', async () => {
    await leave(await world.portal.signIn(person));
    await world.portal.close();
    // The token for administration, which the portal gives back as it stops.
    expect(revokeCalls()).toBe(1);
  });

  test('a token is on record once, however often it is handed out', async () => {
    const { cookie, token } = await world.enter(person);
    for (let index = 0; index < 3; index += 1) await tokenOf(world.portal, cookie);
    const issued = await world.storage.audit.read({ userId: person.user.id, action: 'qlik-token.issue' });
    const { token_id: tokenId, access_token: value } = token.body as Record<string, string>;
    expect(issued).toHaveLength(1);
    expect(issued[0]).toMatchObject({ tenantId: 'acme', detail: { tokenId } });
    expect(JSON.stringify(issued)).not.toContain(value);
  });
});
