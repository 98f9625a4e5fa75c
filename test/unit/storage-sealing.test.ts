import { assert, property, string, uniqueArray } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../src/domain/model/secret.ts';
import { createSealer } from '../../src/storage/sealing.ts';
import { encryptionKey } from '../contracts/storage-under-test.ts';
import { anyCharacter } from '../support/any-character.ts';

const PLACE = ['tenants', 'acme', 'impersonation', 'https://acme.eu.qlikcloud.com'];
const key = encryptionKey('2030a');
const sealer = createSealer([key]);

describe('sealed secrets', () => {
  test('any text opens as it was sealed', () => {
    expect(() =>
      assert(
        property(string({ unit: anyCharacter }), (plain) => {
          const opened = sealer.open(sealer.seal(new Secret(plain), PLACE), PLACE);
          return opened.reveal() === plain.toWellFormed();
        }),
      ),
    ).not.toThrow();
  });

  test('the stored form names the key and shows nothing; sealing twice gives two values', () => {
    const [one, two] = [1, 2].map(() => sealer.seal(new Secret('the plain secret'), PLACE));
    expect(one).toMatch(/^v1\.2030a\.[A-Za-z0-9_-]+$/);
    expect(one).not.toBe(two);
    const body = Buffer.from(one?.split('.')[2] ?? '', 'base64url');
    expect(body.toString('latin1')).not.toContain('plain');
  });

  test('a value opens in its own place only [ASVS 8.4.1]', () => {
    const sealed = sealer.seal(new Secret('s'), PLACE);
    const refused = 'A stored secret cannot be decrypted';
    for (let part = 0; part < PLACE.length; part += 1) {
      expect(() => sealer.open(sealed, PLACE.with(part, 'globex'))).toThrow(refused);
    }
    expect(() => sealer.open(sealed, PLACE.slice(0, 3))).toThrow(refused);
    // Places are tuples: no other cut of the same letters is the same place.
    const cut = sealer.seal(new Secret('s'), ['a', 'bc']);
    expect(() => sealer.open(cut, ['ab', 'c'])).toThrow(refused);
  });

  test('no two different places ever open one another', () => {
    const places = uniqueArray(string(), { minLength: 2, maxLength: 2 });
    expect(() =>
      assert(
        property(places, ([one = '', two = '']) => {
          const sealed = sealer.seal(new Secret('s'), ['t', one]);
          expect(() => sealer.open(sealed, ['t', two])).toThrow('A stored secret cannot be decrypted');
        }),
      ),
    ).not.toThrow();
  });

  test('a change of any byte is found, and so is anything that was never sealed', () => {
    const sealed = sealer.seal(new Secret('secret'), PLACE);
    const [, , body = ''] = sealed.split('.');
    const bytes = Buffer.from(body, 'base64url');
    const damaged = Array.from(bytes, (byte, at) => {
      const changed = Buffer.from(bytes);
      changed[at] = byte ^ 1;
      return `v1.2030a.${changed.toString('base64url')}`;
    });
    const foreign = [
      '',
      'v1',
      'v1.2030a.',
      sealed.slice(0, -2),
      `${sealed}AAAA`,
      `v2${sealed.slice(2)}`,
      'plain',
    ];
    for (const broken of [...damaged, ...foreign]) {
      expect(() => sealer.open(broken, PLACE)).toThrow('A stored secret cannot be decrypted');
    }
  });

  test('an unknown key is named; one with the right name and other bytes opens nothing', () => {
    const sealed = sealer.seal(new Secret('s'), PLACE);
    expect(() => createSealer([encryptionKey('other')]).open(sealed, PLACE)).toThrow('key id 2030a');
    expect(() => createSealer([encryptionKey('2030a')]).open(sealed, PLACE)).toThrow(
      'A stored secret cannot be decrypted: tenants / acme / impersonation',
    );
    expect(() => createSealer([]).seal(new Secret('s'), PLACE)).toThrow('no encryption key is configured');
  });

  test('the first key seals, all keys open', () => {
    const newer = encryptionKey('2030b');
    const both = createSealer([newer, key]);
    expect(both.open(sealer.seal(new Secret('old'), PLACE), PLACE).reveal()).toBe('old');
    expect(both.seal(new Secret('new'), PLACE)).toMatch(/^v1\.2030b\./);
  });
});
