import { describe, expect, test } from 'vitest';
import type { Claims, IdentityProvider } from '../../src/domain/model/identity-provider.ts';
import { readSsoPerson } from '../../src/portal/sign-in/sso-claims.ts';
import { acmeId } from '../support/people-world.ts';
import { identityProvider } from '../integration/sso/support.ts';

function read(idToken: Claims, given: Partial<IdentityProvider> = {}, userInfo: Claims = {}) {
  const provider = identityProvider(given);
  const { issuer, id: providerId } = provider;
  return readSsoPerson({ providerId, issuer, subject: 'a-1', sid: undefined, idToken, userInfo }, provider);
}

describe('the claims of a provider', () => {
  const require = new Map([['hd', 'acme.example']]);

  test.each<[string, Claims, Claims]>([
    ['is missing', {}, {}],
    ['says another company', { hd: 'globex.example' }, {}],
    ['is spelled otherwise', { hd: 'Acme.example' }, {}],
    ['is a list', { hd: ['acme.example'] }, {}],
    [
      'says another company in the ID token than in UserInfo',
      { hd: 'globex.example' },
      { hd: 'acme.example' },
    ],
  ])('let nobody in where the required one %s', (_how, idToken, userInfo) => {
    const reading = () => read(idToken, { require }, userInfo);
    expect(reading).toThrow(expect.objectContaining({ code: 'sso_not_allowed' }));
  });

  test('let those in who have the required one, wherever the provider sends it', () => {
    expect(read({ hd: 'acme.example' }, { require }).tenantId).toBe('acme');
    expect(read({}, { require }, { hd: 'acme.example' }).tenantId).toBe('acme');
  });

  test.each<[unknown]>([['acme'], ['globex.example'], [undefined], [['acme.example']], ['__proto__']])(
    'lead to no tenant by a value that ops did not list: %j',
    (hd) => {
      const tenants = { claim: 'hd', known: new Map([['acme.example', acmeId()]]) };
      expect(() => read({ hd }, { tenants })).toThrow(expect.objectContaining({ code: 'sso_not_allowed' }));
      expect(read({ hd: 'acme.example' }, { tenants }).tenantId).toBe('acme');
    },
  );

  test('without a name give a new account one, and an old one none', () => {
    expect(read({ preferred_username: 'europe' })).toMatchObject({
      name: undefined,
      first: { name: 'europe' },
    });
    expect(read({ name: 'Europe analyst' })).toMatchObject({ name: 'Europe analyst' });
  });
});
