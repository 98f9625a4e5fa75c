import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startHostileProvider, type HostileProvider } from '../../support/hostile-provider.ts';
import { CLIENT, identityProvider, openProviders } from './support.ts';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const sound = { jti: 'logout-1', sid: 'session-1', events: { [EVENT]: {} } };
const seconds = (offset: number) => Math.floor(Date.now() / 1000) + offset;

let server: HostileProvider;
let providers: ReturnType<typeof openProviders>;
beforeAll(async () => {
  server = await startHostileProvider(CLIENT);
  providers = openProviders([identityProvider({ issuer: server.issuer })]);
});
beforeEach(() => {
  for (const name of Object.keys(server.tampering)) Reflect.deleteProperty(server.tampering, name);
});
afterAll(async () => {
  await providers.close();
  await server.close();
});

const read = async (claims: object, header = { typ: 'logout+jwt' }) =>
  await providers.readLogoutToken('acme', await server.token({ ...sound, ...claims }, header));

describe('a logout token', () => {
  test('names the session and the person to sign out', async () => {
    await expect(read({})).resolves.toMatchObject({
      providerId: 'acme',
      issuer: server.issuer,
      subject: 'person-1',
      sid: 'session-1',
    });
    await expect(read({ sub: undefined })).resolves.toMatchObject({ subject: undefined, sid: 'session-1' });
    await expect(read({ sid: undefined })).resolves.toMatchObject({ subject: 'person-1', sid: undefined });
  });

  test('may be untyped, as older providers send it [ASVS 10.5.5]', async () => {
    await expect(read({}, { typ: 'JWT' })).resolves.toBeDefined();
  });

  test.each([
    ['neither sid nor sub', { sid: undefined, sub: undefined }],
    ['a nonce: it may be an ID token', { nonce: 'n' }],
    ['no events', { events: undefined }],
    ['another event', { events: { 'http://schemas.openid.net/event/other': {} } }],
    ['an event that is no object', { events: { [EVENT]: true } }],
    ['events as a list', { events: [EVENT] }],
    ['no jti', { jti: undefined }],
    ['another issuer', { iss: 'https://login.globex.example' }],
    ['another audience', { aud: 'another-client' }],
    ['an end in the past', { iat: seconds(-300), exp: seconds(-60) }],
    ['no end', { exp: undefined }],
    ['a beginning long ago', { iat: seconds(-3600), exp: seconds(3600) }],
    ['a beginning in the future', { iat: seconds(3600), exp: seconds(7200) }],
    ['a sid that is no text', { sid: ['session-1'] }],
  ])('is refused with %s', async (_name, claims) => {
    await expect(read(claims)).rejects.toMatchObject({ code: 'invalid_request' });
  });

  test.each([
    ['no signature', { by: 'nobody' }],
    ["a stranger's signature", { by: 'stranger' }],
    ['an HS256 signature with the client secret', { by: 'HS256', secret: CLIENT.secret }],
  ] as const)('is refused with %s', async (_name, signing) => {
    server.tampering.signing = signing;
    await expect(read({})).rejects.toMatchObject({ code: 'invalid_request' });
  });

  test('is refused when it is a token of another type, or not a token', async () => {
    await expect(read({}, { typ: 'at+jwt' })).rejects.toMatchObject({ code: 'invalid_request' });
    for (const text of ['', 'x', 'a.b.c', 'x'.repeat(20_000)]) {
      await expect(providers.readLogoutToken('acme', text)).rejects.toMatchObject({
        code: 'invalid_request',
      });
    }
  });

  test('of an unknown provider is answered with not_found', async () => {
    await expect(providers.readLogoutToken('globex', 'x')).rejects.toMatchObject({ code: 'not_found' });
  });

  test('is answered with sso_unavailable while the keys cannot be fetched', async () => {
    const fresh = openProviders([identityProvider({ issuer: server.issuer })]);
    await fresh.begin('acme');
    server.tampering.answer = (path, res) => {
      if (path === '/jwks') res.writeHead(503).end();
      return path === '/jwks';
    };
    const token = await server.token(sound);
    await expect(fresh.readLogoutToken('acme', token)).rejects.toMatchObject({ code: 'sso_unavailable' });
    await fresh.close();
  });
});
