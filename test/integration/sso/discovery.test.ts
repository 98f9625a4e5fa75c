import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createConnection } from '../../../src/sso/oidc/connection.ts';
import { silent } from '../../contracts/storage-under-test.ts';
import { startHostileProvider, type HostileProvider } from '../../support/hostile-provider.ts';
import { CLIENT, identityProvider, openProviders } from './support.ts';

const DISCOVERY = '/.well-known/openid-configuration';
const HOUR_MS = 3_600_000;

let server: HostileProvider;
let now: number;
const clock = { now: () => now };
const opened: ReturnType<typeof openProviders>[] = [];

beforeEach(async () => {
  now = Date.now();
  server = await startHostileProvider(CLIENT);
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()));
  await server.close();
});

function open(...[providers, options]: Parameters<typeof openProviders>) {
  const providersOfTest = openProviders(providers, { clock, ...options });
  opened.push(providersOfTest);
  return providersOfTest;
}

const down = () => {
  server.tampering.answer = (path, res) => {
    if (path === DISCOVERY) res.writeHead(503).end();
    return path === DISCOVERY;
  };
};
const up = () => {
  delete server.tampering.answer;
};

describe('discovery', () => {
  test('happens with the first sign-in, once for concurrent ones', async () => {
    const providers = open([identityProvider({ issuer: server.issuer })]);
    expect(server.requests).toHaveLength(0);
    await Promise.all(Array.from({ length: 5 }, () => providers.begin('acme')));
    await providers.begin('acme');
    expect(server.requestsFor(DISCOVERY)).toBe(1);
  });

  test('of an unavailable provider stops neither start-up nor another provider', async () => {
    const providers = open([
      identityProvider({ id: 'down', issuer: 'http://127.0.0.1:9', emailDomains: [] }),
      identityProvider({ issuer: server.issuer }),
    ]);
    await expect(providers.begin('down')).rejects.toMatchObject({ code: 'sso_unavailable' });
    expect((await providers.begin('acme')).url).toContain(server.issuer);
  });

  test('is not repeated within the cool-down after a failure, and works afterwards', async () => {
    const providers = open([identityProvider({ issuer: server.issuer })]);
    down();
    await expect(providers.begin('acme')).rejects.toMatchObject({ code: 'sso_unavailable' });
    up();
    await expect(providers.begin('acme')).rejects.toMatchObject({ code: 'sso_unavailable' });
    expect(server.requestsFor(DISCOVERY)).toBe(1);
    now += 5_000;
    await expect(providers.begin('acme')).resolves.toBeDefined();
  });

  test('is repeated after an hour in the background, and the last document serves while that fails', async () => {
    const providers = open([identityProvider({ issuer: server.issuer })]);
    await providers.begin('acme');
    now += HOUR_MS;
    down();
    await expect(providers.begin('acme')).resolves.toBeDefined();
    await expect.poll(() => providers.logged.length).toBe(1);
    await expect(providers.begin('acme')).resolves.toBeDefined();
    expect(server.requestsFor(DISCOVERY)).toBe(2);
    now += 5_000;
    up();
    server.tampering.metadata = { authorization_endpoint: `${server.issuer}/moved` };
    await expect
      .poll(async () => new URL((await providers.begin('acme')).url).pathname, { timeout: 5_000 })
      .toBe('/moved');
  });

  test.each([
    ['another issuer', { issuer: 'https://login.globex.example' }],
    ['a template for any organisation', { issuer: 'https://login.example/{tenantid}/v2.0' }],
    ['no authorization endpoint', { authorization_endpoint: undefined }],
    ['a script in place of an address', { authorization_endpoint: 'javascript:alert(1)' }],
    ['a token endpoint without TLS', { token_endpoint: 'http://login.acme.example/token' }],
    ['keys inside the network', { jwks_uri: 'https://169.254.169.254/latest' }],
    ['only signatures that prove nothing', { id_token_signing_alg_values_supported: ['none', 'HS256'] }],
  ])('a document with %s is refused [ASVS 10.5.3]', async (_name, metadata) => {
    server.tampering.metadata = metadata;
    const providers = open([identityProvider({ issuer: server.issuer })]);
    await expect(providers.begin('acme')).rejects.toMatchObject({ code: 'sso_unavailable' });
    expect(providers.logged.join()).toContain('is unavailable');
  });

  test('refuses a document with the issuer in another spelling', async () => {
    server.tampering.metadata = { issuer: `${server.issuer}/` };
    const providers = open([identityProvider({ issuer: server.issuer })]);
    await expect(providers.begin('acme')).rejects.toMatchObject({ code: 'sso_unavailable' });
    expect(providers.logged.join()).toContain('issuer of the discovery document is not the configured one');
  });

  test('refuses a multi-tenant document also where openid-client would accept it', async () => {
    const host = 'https://login.microsoftonline.com';
    const document = {
      issuer: `${host}/{tenantid}/v2.0`,
      authorization_endpoint: `${host}/authorize`,
      token_endpoint: `${host}/token`,
      jwks_uri: `${host}/keys`,
    };
    const connection = createConnection({
      provider: identityProvider({ issuer: `${host}/common/v2.0` }),
      http: {
        fetchFor: () => async () => Response.json(document),
        checkAddress: () => undefined,
        close: async () => undefined,
      },
      timeoutMs: 1_000,
      clock,
      log: silent,
    });
    await expect(connection.get()).rejects.toMatchObject({
      code: 'sso_unavailable',
      cause: { message: 'the issuer of the discovery document is not the configured one' },
    });
  });

  test('does not follow redirects', async () => {
    server.tampering.answer = (path, res) => {
      if (path === DISCOVERY) res.writeHead(302, { location: `${server.issuer}/elsewhere` }).end();
      return path === DISCOVERY;
    };
    await expect(open([identityProvider({ issuer: server.issuer })]).begin('acme')).rejects.toMatchObject({
      code: 'sso_unavailable',
    });
    expect(server.requestsFor('/elsewhere')).toBe(0);
  });

  test('refuses an endless document and an endless response', async () => {
    server.tampering.answer = (_path, res) => {
      res.writeHead(200, { 'content-type': 'application/json' });
      return res.write(`{"issuer":"${'x'.repeat(1_000_000)}`) || true;
    };
    const patient = open([identityProvider({ issuer: server.issuer })], { timeoutMs: 30_000 });
    await expect(patient.begin('acme')).rejects.toMatchObject({ code: 'sso_unavailable' });
    server.tampering.answer = () => true;
    const impatient = open([identityProvider({ issuer: server.issuer })], { timeoutMs: 200 });
    await expect(impatient.begin('acme')).rejects.toMatchObject({ code: 'sso_unavailable' });
  });
});

describe('the address of a provider', () => {
  test.each(['http://127.0.0.1:4010', 'http://localhost:4010', 'https://localhost', 'https://[::1]'])(
    'may not be %s, unless the insecure switch is on',
    async (issuer) => {
      const providers = open([identityProvider({ issuer })], { allowLoopbackIssuers: false });
      await expect(providers.begin('acme')).rejects.toMatchObject({ code: 'sso_unavailable' });
      expect(providers.logged.join()).toContain('on a loopback address');
    },
  );

  test.each(['http://login.acme.example', 'https://10.0.0.5', 'https://[fd00::5]'])(
    'may not be %s',
    async (issuer) => {
      const providers = open([identityProvider({ issuer })]);
      await expect(providers.begin('acme')).rejects.toMatchObject({ code: 'sso_unavailable' });
      expect(server.requests).toHaveLength(0);
    },
  );
});

describe('client authentication with a provider', () => {
  test('uses client_secret_basic, or client_secret_post where the provider accepts only that', async () => {
    const signIn = async () => {
      const providers = open([identityProvider({ issuer: server.issuer })]);
      const { url, transaction } = await providers.begin('acme');
      await providers.finish(transaction, server.approve(url));
      return server.requests.findLast(({ path }) => path === '/token')!;
    };
    expect((await signIn()).authorization).toMatch(/^Basic /);
    server.tampering.metadata = { token_endpoint_auth_methods_supported: ['client_secret_post'] };
    const { authorization, body } = await signIn();
    expect(authorization).toBeUndefined();
    expect(body.get('client_secret')).toBe(CLIENT.secret);
  });
});

describe('sign-out with a provider', () => {
  test('redirects to its end session endpoint and back to the portal', async () => {
    const url = new URL((await open([identityProvider({ issuer: server.issuer })]).endSessionUrl('acme'))!);
    expect(url.origin + url.pathname).toBe(`${server.issuer}/logout`);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: 'portal',
      post_logout_redirect_uri: 'http://localhost:3000/login/signed-out',
    });
  });

  test('is left out where the provider has no such endpoint, a wrong one, or is unavailable', async () => {
    const url = () => open([identityProvider({ issuer: server.issuer })]).endSessionUrl('acme');
    server.tampering.metadata = { end_session_endpoint: undefined };
    await expect(url()).resolves.toBeUndefined();
    server.tampering.metadata = { end_session_endpoint: 'javascript:alert(1)' };
    await expect(url()).resolves.toBeUndefined();
    down();
    await expect(url()).resolves.toBeUndefined();
  });
});
