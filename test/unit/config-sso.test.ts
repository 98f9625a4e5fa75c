import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { ConfigError, parseConfig } from '../../src/config/config.ts';

const sound = {
  PUBLIC_URL: 'https://portal.example.com',
  SESSION_SECRET: 'u7Jq0rD2mXw9Lk4TzB6vYc1NsH8eGf3P',
  ENCRYPTION_KEYS: `2026a:${Buffer.alloc(32, 7).toString('base64')}`,
};
const acme = {
  id: 'acme',
  issuer: 'https://login.acme.example',
  clientId: 'portal',
  clientSecret: 'hidden-secret',
  tenant: 'acme',
  emailDomains: ['acme.example'],
};

function parse(providers: unknown, more: Record<string, string> = {}) {
  const SSO_PROVIDERS = typeof providers === 'string' ? providers : JSON.stringify(providers);
  return parseConfig({ ...sound, SSO_PROVIDERS, ...more }, () => SSO_PROVIDERS).sso;
}

function faultsOf(providers: unknown): readonly string[] {
  try {
    parse(providers);
  } catch (error) {
    if (error instanceof ConfigError)
      return error.faults.map(({ variable, problem }) => `${variable}: ${problem}`);
    throw error;
  }
  throw new Error('accepted');
}

describe('SSO_PROVIDERS', () => {
  test('is nobody unless given, and then with safe defaults', () => {
    expect(parseConfig(sound, () => '').sso).toEqual({ providers: [], allowLoopbackIssuers: false });
    expect(parse([acme]).providers).toMatchObject([
      {
        id: 'acme',
        tenants: { only: 'acme' },
        scopes: ['openid', 'email', 'profile'],
        jit: false,
        trustEmail: false,
        endProviderSession: true,
        privateNetwork: false,
        nameClaim: 'name',
        groups: null,
      },
    ]);
  });

  test('shows no secret, neither in what was read nor in a report', () => {
    const config = parse([{ ...acme, clientSecret: 'hidden-secret' }]);
    expect(inspect(config, { depth: 9 }) + JSON.stringify(config)).not.toContain('hidden');
    expect(faultsOf([{ ...acme, issuer: 'hidden' }]).join()).not.toContain('hidden');
    expect(faultsOf('{"hidden"').join()).not.toContain('hidden');
  });

  test('may come from a file', () => {
    const config = parseConfig({ ...sound, SSO_PROVIDERS_FILE: '/run/secrets/sso' }, () =>
      JSON.stringify([acme]),
    );
    expect(config.sso.providers).toHaveLength(1);
  });

  test('names every fault with its place, all in the one report', () => {
    expect(
      faultsOf([
        { ...acme, issuer: 'login.acme.example', tenant: 'Acme' },
        { ...acme, id: 'Globex!', emailDomains: ['not a domain'], jit: 'yes' },
      ]),
    ).toEqual([
      'SSO_PROVIDERS: provider 1, issuer: must be the https:// address that the provider calls its issuer',
      'SSO_PROVIDERS: provider 1, tenant: must be lower case letters, digits and hyphens, 63 at most',
      'SSO_PROVIDERS: provider 2, id: must be lower case letters, digits and hyphens',
      'SSO_PROVIDERS: provider 2, emailDomains.0: must be the domain of e-mail addresses, such as acme.example',
      'SSO_PROVIDERS: provider 2, jit: must be true or false',
    ]);
  });

  const { tenant: _tenant, ...noTenant } = acme;
  const { clientSecret: _secret, ...noSecret } = acme;
  test.each([
    ['no JSON', 'acme', 'must be a JSON array'],
    ['no array', acme, 'must be a JSON array'],
    ['an unknown field', [{ ...acme, clientsecret: 'x' }], 'nrecognized key'],
    ['no tenant', [noTenant], 'needs tenant'],
    ['a tenant and a claim', [{ ...acme, tenantClaim: 'org', tenants: ['acme'] }], 'needs tenant'],
    [
      'a claim without the list of tenants it may name',
      [{ ...noTenant, tenantClaim: 'org' }],
      'needs tenant',
    ],
    ['a claim of groups without those that count', [{ ...acme, groupsClaim: 'groups' }], 'given together'],
    ['groups of no claim', [{ ...acme, groups: { staff: 'Staff' } }], 'given together'],
    ['a group without a name', [{ ...acme, groupsClaim: 'g', groups: { staff: ' ' } }], 'name of a group'],
    [
      'a tenant that is none',
      [{ ...noTenant, tenantClaim: 'hd', tenants: { 'acme.example': 'Acme' } }],
      'tenant',
    ],
    ['a required claim without its value', [{ ...acme, require: { hd: '' } }], 'require.hd: is empty'],
    [
      'an issuer of two tenants where nothing tells their people apart',
      [
        acme,
        { ...acme, id: 'globex', tenant: 'globex', emailDomains: [], require: { hd: 'globex.example' } },
      ],
      'the issuer of acme is another',
    ],
    ['no secret', [noSecret], 'needs clientSecret'],
    ['a secret and a key', [{ ...acme, privateKey: 'x' }], 'needs clientSecret'],
    ['half a key', [{ ...noSecret, privateKey: 'x', privateKeyId: '1' }], 'needs clientSecret'],
    ['trust in all e-mails there are', [{ ...acme, emailDomains: [], trustEmail: true }], 'trustEmail'],
    ['scopes without openid', [{ ...acme, scopes: ['email'] }], 'openid'],
    ['an issuer with a query', [{ ...acme, issuer: 'https://login.acme.example/?a=b' }], 'issuer'],
    ['an issuer with a password', [{ ...acme, issuer: 'https://a:b@login.acme.example' }], 'issuer'],
    ['an issuer without TLS', [{ ...acme, issuer: 'http://login.acme.example' }], 'not https'],
    ['an issuer on this machine', [{ ...acme, issuer: 'http://localhost:4010' }], 'not https'],
    ['an id twice', [acme, { ...acme, emailDomains: [] }], 'given twice'],
    [
      'a domain of two providers',
      [acme, { ...acme, id: 'other', emailDomains: ['ACME.example'] }],
      'given twice',
    ],
  ])('refuses %s', (_name, providers, problem) => {
    expect(faultsOf(providers).join()).toContain(problem);
  });

  test('takes an issuer on this machine behind the insecure switch', () => {
    const { providers, allowLoopbackIssuers } = parse([{ ...acme, issuer: 'http://localhost:4010' }], {
      INSECURE_ALLOW_LOOPBACK_ISSUERS: 'true',
    });
    expect(allowLoopbackIssuers).toBe(true);
    expect(providers).toHaveLength(1);
  });

  test('takes the tenant for each value of a claim, and claims that are required', () => {
    const tenants = { 'acme.example': 'acme', 'bücher.example': 'acme' };
    const require = { email_domain: 'acme.example' };
    expect(parse([{ ...noTenant, tenantClaim: 'hd', tenants, require }]).providers).toMatchObject([
      {
        tenants: { claim: 'hd', known: new Map(Object.entries(tenants)) },
        require: new Map(Object.entries(require)),
      },
    ]);
  });

  test('takes a key, several tenants by claim, and domains in any spelling', () => {
    const { providers } = parse([
      {
        ...noSecret,
        privateKey: 'PEM',
        privateKeyId: 'key-1',
        privateKeyAlgorithm: 'RS256',
        tenant: undefined,
        tenantClaim: 'org',
        tenants: ['acme', 'globex'],
        emailDomains: ['ACME.example', 'bücher.example'],
      },
    ]);
    expect(providers).toMatchObject([
      {
        authentication: { method: 'private_key_jwt', keyId: 'key-1', algorithm: 'RS256' },
        tenants: {
          claim: 'org',
          known: new Map([
            ['acme', 'acme'],
            ['globex', 'globex'],
          ]),
        },
        emailDomains: ['acme.example', 'xn--bcher-kva.example'],
      },
    ]);
  });
});
