import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openPeopleWorld, type PeopleWorld } from '../support/people-world.ts';

const PER_MINUTE = 4;
/** What the tenant takes of one client in its window of five minutes. */
const IN_A_WINDOW = PER_MINUTE * 5;

describe('many first sign-ins in one minute', () => {
  let world: PeopleWorld;
  beforeEach(async () => {
    world = await openPeopleWorld({
      env: { QLIK_EXCHANGES_PER_MINUTE: String(PER_MINUTE) },
      stopWithinMs: 100,
    });
    await world.change({ createQlikUsers: true });
    world.state.settings.tier2PerMinute = PER_MINUTE;
    world.state.rateLimits.clear();
    world.state.journal.clear();
  });
  afterEach(() => world.close());

  const writes = () => world.state.journal.list().filter(({ method }) => method !== 'GET');

  /** The status, unless it is long in coming. */
  function askToken(cookie: string): Promise<unknown> {
    const asked = world.portal.request
      .get('/api/qlik-token')
      .set('Cookie', cookie)
      // Cut when the portal stops.
      .then(({ status }) => status, String);
    return Promise.race([asked, new Promise((resolve) => setTimeout(resolve, 300, 'waits'))]);
  }

  test('cause no 429: creating Qlik users and exchanging tokens share one budget', async () => {
    const people = [];
    for (let index = 0; index < 15; index += 1) people.push(await world.addPerson({ groups: ['Europe'] }));
    const cookies = await Promise.all(people.map((person) => world.portal.signIn(person)));
    await expect.poll(() => writes().length).toBe(IN_A_WINDOW);

    const [cookie = ''] = cookies;
    expect(await askToken(cookie)).toBe('waits');
    expect(writes()).toHaveLength(IN_A_WINDOW);
    expect(world.state.journal.count({ status: 429 })).toBe(0);
  });

  test('a 429 for creating a Qlik user pauses the token exchanges of the tenant', async () => {
    const known = world.state.users.add({ subject: 'auth0|known' })!;
    const other = await world.addPerson({ qlikUser: { field: 'userId', value: known.id } });
    world.state.faults.add({
      kind: 'status',
      status: 429,
      retryAfterSeconds: 30,
      times: 1,
      match: { method: 'POST', path: '/api/v1/users' },
    });
    await world.portal.signIn(await world.addPerson());
    await expect.poll(() => world.state.journal.count({ status: 429 })).toBe(1);
    const before = writes().length;
    const cookie = await world.portal.signIn(other);
    expect(await askToken(cookie)).toBe('waits');
    expect(writes()).toHaveLength(before);
  });
});
