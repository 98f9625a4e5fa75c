import { expect, it } from 'vitest';
import { PortalError } from '../../src/domain/errors.ts';
import { createCoolDown, createCoolDowns } from '../../src/runtime/cool-down.ts';
import { VirtualTime } from '../support/virtual-time.ts';

it('a cool-down doubles with each failure in a row, up to its longest, until it works again', async () => {
  const time = new VirtualTime();
  const coolDown = createCoolDown({ clock: time, firstMs: 1_000, longestMs: 5_000 });
  const periods: number[] = [];
  for (let failure = 0; failure < 5; failure += 1) {
    coolDown.start();
    periods.push(coolDown.remainingMs());
    await time.advance(coolDown.remainingMs());
    expect(coolDown.remainingMs()).toBe(0);
  }
  expect(periods).toEqual([1_000, 2_000, 4_000, 5_000, 5_000]);
  coolDown.start();
  coolDown.end();
  expect(coolDown.remainingMs()).toBe(0);
  coolDown.start();
  expect(coolDown.remainingMs()).toBe(1_000);
});

it('a cool-down that is told how long lasts that long, however often, and a shorter one does not shorten it', () => {
  const time = new VirtualTime();
  const coolDown = createCoolDown({ clock: time });
  for (let failure = 0; failure < 2_000; failure += 1) coolDown.start(300);
  coolDown.start(50);
  expect(coolDown.remainingMs()).toBe(300);
});

it('a failure long after the last cool-down is a first one', async () => {
  const time = new VirtualTime();
  const coolDown = createCoolDown({ clock: time, firstMs: 1_000, longestMs: 8_000, rememberMs: 60_000 });
  coolDown.start();
  await time.advance(1_000 + 60_000);
  coolDown.start();
  expect(coolDown.remainingMs()).toBe(2_000);
  await time.advance(2_000 + 60_001);
  coolDown.start();
  expect(coolDown.remainingMs()).toBe(1_000);
});

it.each([
  [0, 500],
  [1, 1_000],
])('with a random number of %d the first second is %i ms', (random, expected) => {
  const time = new VirtualTime();
  const coolDown = createCoolDown({ clock: time, firstMs: 1_000, random: () => random });
  coolDown.start();
  expect(coolDown.remainingMs()).toBe(expected);
});

it('a key that cools down answers with its last failure and the seconds to wait, and no other key does', async () => {
  const time = new VirtualTime();
  const coolDowns = createCoolDowns({ clock: time, firstMs: 1_000, longestMs: 30_000 });
  const failure = new PortalError('qlik_timeout');
  coolDowns.failed('u', failure);
  const check = async (key: string) => coolDowns.check(key);
  await expect(check('u')).rejects.toMatchObject({ code: 'qlik_timeout', retryAfterS: 1, cause: failure });
  expect(() => coolDowns.check('v')).not.toThrow();
  await time.advance(1_000);
  expect(() => coolDowns.check('u')).not.toThrow();
  coolDowns.failed('u', failure, 7_000);
  await expect(check('u')).rejects.toMatchObject({ retryAfterS: 7 });
  coolDowns.succeeded('u');
  expect(() => coolDowns.check('u')).not.toThrow();
});
