import { array, assert, asyncProperty, string } from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { tenantId, tenantOf, userOf, type OpenStorage, type StorageUnderTest } from './storage-under-test.ts';
import { anyCharacter } from '../support/any-character.ts';

const ODD_TEXTS: readonly string[] = [
  '',
  ' ',
  '__proto__',
  'constructor',
  "'; drop table users; --",
  '%_\\',
  'null',
  'Zoë Ångström',
  'Zoe\u0308',
  '東京 \u{1F600} \u200D\uFEFF\uFFFF',
  '\r\n\t\u0001\u001F\u007F',
  'x'.repeat(100_000),
];
const UNSTORABLE: readonly string[] = ['\0', 'before\0after', '\uD800', 'x\uDC00y'];

/** Every text column comes back as it went in, or is refused as invalid_request: the same in every database. */
export function storedTextContract(open: OpenStorage): void {
  describe('stored text', () => {
    let kept: StorageUnderTest;
    beforeEach(async () => {
      kept = await open();
      await kept.storage.tenants.save(tenantOf('acme'));
    });

    const roundTrips = {
      async 'the name of an account'(text: string) {
        const user = userOf('acme', { name: text });
        await kept.storage.accounts.save(user);
        return (await kept.storage.accounts.find(user.id))?.name;
      },
      async 'an e-mail'(text: string) {
        const user = userOf('acme', { email: text });
        await kept.storage.accounts.save(user);
        const found = await kept.storage.accounts.findByEmail(text);
        await kept.storage.accounts.remove(user.id);
        return found?.email;
      },
      async 'the name of a tenant'(text: string) {
        await kept.storage.tenants.save(tenantOf('globex', { name: text }));
        return (await kept.storage.tenants.find(tenantId('globex')))?.name;
      },
      async 'the actor of an event'(text: string) {
        await kept.storage.audit.append({ action: 'a', result: 'ok', actor: text });
        return (await kept.storage.audit.read({ actor: text, limit: 1 }))[0]?.actor;
      },
    };

    describe.each(Object.entries(roundTrips))('%s', (_column, roundTrip) => {
      // An index of PostgreSQL takes 2.7 kB of a text at most, and e-mails end at 254 characters.
      const fits = (text: string) => roundTrip !== roundTrips['an e-mail'] || text.length < 1_000;
      test.each(ODD_TEXTS.filter(fits).map((text) => [JSON.stringify(text).slice(0, 40), text]))(
        'keeps %s',
        async (_label, text) => {
          expect(await roundTrip(text)).toBe(text);
        },
      );
      test.each(UNSTORABLE.map((text) => [JSON.stringify(text), text]))(
        'refuses %s',
        async (_label, text) => {
          await expect(roundTrip(text)).rejects.toMatchObject({ code: 'invalid_request' });
        },
      );
    });

    test('groups, scopes, titles and audit details keep any text, as JSON does', async () => {
      const { accounts, tenants, audit } = kept.storage;
      await assert(
        asyncProperty(array(string({ unit: anyCharacter })), async (texts) => {
          const user = userOf('acme', { groups: texts });
          await accounts.save(user);
          expect((await accounts.find(user.id))?.groups).toEqual(texts);
          const embed = {
            appId: 'app',
            sheets: texts.map((text) => ({ id: text, title: text })),
            objects: [],
          };
          await tenants.save(tenantOf('globex', { scopes: texts, embed }));
          expect(await tenants.find(tenantId('globex'))).toMatchObject({ scopes: texts, embed });
          const detail = Object.fromEntries(texts.map((text) => [text, text]));
          await audit.append({ action: 'a', result: 'ok', actor: 'a', detail });
          expect((await audit.read({ limit: 1 }))[0]?.detail).toEqual(detail);
        }),
        { numRuns: 25 },
      );
    });

    test('an audit detail named like a prototype key comes back as a plain key', async () => {
      const detail = Object.fromEntries([
        ['__proto__', 'x'],
        ['constructor', 'y'],
      ]);
      await kept.storage.audit.append({ action: 'a', result: 'ok', actor: 'a', detail });
      const [event] = await kept.storage.audit.read({});
      expect(JSON.stringify(event?.detail)).toBe('{"__proto__":"x","constructor":"y"}');
      expect(Object.getPrototypeOf(event?.detail)).toBe(Object.prototype);
    });
  });
}
