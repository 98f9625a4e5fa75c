import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  startHostileProvider,
  type HostileProvider,
  type Tampering,
} from '../../support/hostile-provider.ts';
import { CLIENT, identityProvider, openProviders } from './support.ts';

let hostile: HostileProvider;
let providers: ReturnType<typeof openProviders>;

beforeEach(async () => {
  hostile = await startHostileProvider(CLIENT);
  providers = openProviders([identityProvider({ issuer: hostile.issuer })]);
});
afterEach(async () => {
  await providers.close();
  await hostile.close();
});

async function attempt(changes: Readonly<Record<string, string | undefined>> = {}) {
  const { url, transaction } = await providers.begin('acme');
  return await providers.finish(transaction, hostile.approve(url, changes));
}

const seconds = (offset: number) => Math.floor(Date.now() / 1000) + offset;

describe('a sign-in with a conforming provider', () => {
  test('returns the identity of the ID token', async () => {
    await expect(attempt()).resolves.toMatchObject({
      providerId: 'acme',
      issuer: hostile.issuer,
      subject: 'person-1',
      sid: 'session-1',
      idToken: { email: 'analyst@acme.example' },
    });
  });

  test('requests a code with PKCE, state and nonce, new each time [ASVS 10.1.2]', async () => {
    const [first, second] = [await providers.begin('acme'), await providers.begin('acme')];
    const asked = new URL(first.url).searchParams;
    expect(Object.fromEntries(asked)).toMatchObject({
      response_type: 'code',
      client_id: 'portal',
      scope: 'openid email profile',
      code_challenge_method: 'S256',
      redirect_uri: 'http://localhost:3000/login/sso/acme/callback',
    });
    for (const name of ['state', 'nonce', 'code_challenge']) {
      expect(asked.get(name)).toMatch(/^[\w-]{43}$/);
      expect(asked.get(name)).not.toBe(new URL(second.url).searchParams.get(name));
    }
    expect(first.url).not.toContain(first.transaction.codeVerifier);
  });

  test('reads UserInfo only for claims that the ID token lacks', async () => {
    hostile.tampering.metadata = { userinfo_endpoint: `${hostile.issuer}/userinfo` };
    hostile.tampering.userInfo = { name: 'Analyst of UserInfo' };
    await attempt();
    expect(hostile.requestsFor('/userinfo')).toBe(0);
    hostile.tampering.claims = { name: undefined };
    await expect(attempt()).resolves.toMatchObject({ userInfo: { name: 'Analyst of UserInfo' } });
  });
});

const lies: readonly (readonly [string, () => Tampering])[] = [
  ['the nonce of another sign-in', () => ({ claims: { nonce: 'x'.repeat(43) } })],
  ['no nonce', () => ({ claims: { nonce: undefined } })],
  ['another issuer', () => ({ claims: { iss: 'https://login.globex.example' } })],
  ['another audience', () => ({ claims: { aud: 'another-client' } })],
  [
    'a second audience and another authorized party [ASVS 10.5.4]',
    () => ({ claims: { aud: [CLIENT.clientId, 'other'], azp: 'other' } }),
  ],
  ['an end in the past', () => ({ claims: { iat: seconds(-600), exp: seconds(-60) } })],
  ['no end', () => ({ claims: { exp: undefined } })],
  ['a beginning in the future', () => ({ claims: { nbf: seconds(300) } })],
  ['no subject', () => ({ claims: { sub: undefined } })],
  ['an empty subject', () => ({ claims: { sub: '' } })],
  ['a subject of control characters', () => ({ claims: { sub: 'person\u0000-1' } })],
  ['no signature', () => ({ signing: { by: 'nobody' } })],
  ['an HS256 signature with the client secret', () => ({ signing: { by: 'HS256', secret: CLIENT.secret } })],
  ['an HS256 signature with the client id', () => ({ signing: { by: 'HS256', secret: CLIENT.clientId } })],
  [
    'an HS256 signature with the public key',
    () => ({ signing: { by: 'HS256', secret: String(hostile.publicKey) } }),
  ],
  ["a stranger's signature", () => ({ signing: { by: 'stranger' } })],
  [
    'another person at UserInfo than in the ID token',
    () => ({
      claims: { name: undefined },
      metadata: { userinfo_endpoint: `${hostile.issuer}/userinfo` },
      userInfo: { sub: 'person-2', name: 'Somebody' },
    }),
  ],
];

describe('an ID token is refused with [ASVS 6.8.2, 10.5.1]', () => {
  test.each(lies)('%s', async (_name, tampering) => {
    Object.assign(hostile.tampering, tampering());
    await expect(attempt()).rejects.toMatchObject({ code: 'sso_failed' });
  });
});

describe('an authorization response is refused', () => {
  test.each([
    ['with the state of another sign-in', { state: 'y'.repeat(43) }],
    ['without state', { state: undefined }],
    ['without iss, from a provider that promises it (RFC 9207)', { iss: undefined }],
    ['with the iss of another provider', { iss: 'https://login.globex.example' }],
    ['with a code the provider never gave', { code: 'made-up' }],
    ['without a code', { code: undefined }],
  ])('%s', async (_name, changes) => {
    await expect(attempt(changes)).rejects.toMatchObject({ code: 'sso_failed' });
  });

  test('when it is replayed [ASVS 10.5.1]', async () => {
    const { url, transaction } = await providers.begin('acme');
    const query = hostile.approve(url);
    await providers.finish(transaction, query);
    await expect(providers.finish(transaction, query)).rejects.toMatchObject({ code: 'sso_failed' });
  });

  test('when its code belongs to a sign-in of another browser (PKCE) [ASVS 10.2.1]', async () => {
    const [mine, theirs] = [await providers.begin('acme'), await providers.begin('acme')];
    const query = hostile.approve(theirs.url, { state: mine.transaction.state });
    await expect(providers.finish(mine.transaction, query)).rejects.toMatchObject({ code: 'sso_failed' });
  });

  test('when a parameter is given twice', async () => {
    const { url, transaction } = await providers.begin('acme');
    const query = `${hostile.approve(url)}&state=${transaction.state}`;
    await expect(providers.finish(transaction, query)).rejects.toMatchObject({ code: 'sso_failed' });
  });
});

describe('mix-up', () => {
  test('the response of one provider does not complete a sign-in with another, and its code is sent to neither [ASVS 10.2.2] [RFC 10017 9.3]', async () => {
    const honest = await startHostileProvider(CLIENT);
    const both = openProviders([
      identityProvider({ issuer: hostile.issuer }),
      identityProvider({ id: 'globex', issuer: honest.issuer, emailDomains: ['globex.example'] }),
    ]);
    try {
      const { transaction } = await both.begin('acme');
      const globex = await both.begin('globex');
      // What a hostile acme would do: send the browser on to globex, with its own state.
      const query = honest.approve(globex.url, { state: transaction.state });
      await expect(both.finish(transaction, query)).rejects.toMatchObject({ code: 'sso_failed' });
      expect(hostile.requestsFor('/token')).toBe(0);
    } finally {
      await both.close();
      await honest.close();
    }
  });
});

describe('an error response of a provider', () => {
  test.each([
    ['access_denied', 'sso_cancelled'],
    ['consent_required', 'sso_cancelled'],
    ['temporarily_unavailable', 'sso_unavailable'],
    ['server_error', 'sso_unavailable'],
    ['invalid_scope', 'sso_failed'],
    ['<script>', 'sso_failed'],
  ])('%s is %s', async (error, code) => {
    await expect(attempt({ code: undefined, error })).rejects.toMatchObject({ code });
  });

  test('counts only with the state of this sign-in', async () => {
    await expect(attempt({ error: 'access_denied', state: 'z' })).rejects.toMatchObject({
      code: 'sso_failed',
    });
  });

  test('never puts codes, tokens, secrets or bodies into the error', async () => {
    hostile.tampering.answer = (path, res) => {
      if (path === '/token')
        res.writeHead(200, { 'content-type': 'application/json' }).end('{"id_token":"s3cr3t-token');
      return path === '/token';
    };
    const error = await attempt({ code: 's3cr3t-code' }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'sso_unavailable' });
    const shown = inspect(error, { depth: 9, showHidden: true });
    expect(shown).not.toMatch(/s3cr3t/);
    expect(shown).not.toContain(CLIENT.secret);
  });
});
