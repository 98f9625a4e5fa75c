import { expect, test } from 'vitest';
import { Secret } from '../../src/domain/model/secret.ts';
import { createPasswordHasher } from '../../src/portal/sign-in/password.ts';
import { startPortal } from '../support/portal.ts';

/** Real hashes: about 20 ms of one core each, and of 200 that come at once most have to wait. */
const FLOOD = 200;
const TOKENS = 40;

test('while a flood of sign-ins is hashed, people get their tokens as before', async () => {
  const portal = await startPortal({ replace: () => ({ hasher: createPasswordHasher() }) });
  const person = await portal.addUser(await portal.addTenant());
  await portal.storage.accounts.setPasswordHash(
    person.account.id,
    await createPasswordHasher().hash(new Secret(person.password)),
  );
  const cookie = await portal.signIn(person);

  async function tokenTimes(): Promise<number[]> {
    const times: number[] = [];
    for (let index = 0; index < TOKENS; index += 1) {
      const begun = performance.now();
      const { status } = await portal.request.get('/api/qlik-token').set('Cookie', cookie);
      times.push(performance.now() - begun);
      if (status !== 200) throw new Error(`the token endpoint answered ${status}`);
    }
    return times.toSorted((one, other) => one - other);
  }

  let over = 0;
  const flood = Array.from({ length: FLOOD }, async (_, index) => {
    const body = { email: `guess-${index}@acme.example`, password: `guess number ${index} of many` };
    const { status } = await portal.request.post('/login').send(body);
    over += 1;
    return status;
  });
  const times = await tokenTimes();
  const overMeanwhile = over;
  const statuses = await Promise.all(flood);
  await portal.close();

  // Otherwise it was no flood that the tokens were asked for in.
  expect(overMeanwhile).toBeLessThan(FLOOD);
  expect(new Set(statuses)).toEqual(new Set(statuses.filter((status) => status === 401 || status === 429)));
  // Behind the flood in one line, the first would have waited for 200 hashes: 2 s at best.
  expect(times[Math.floor(TOKENS / 2)]).toBeLessThan(500);
});
