import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { expect, test } from 'vitest';
import type { RegionTenant } from '../src/region.ts';
import {
  analyst,
  call,
  type Client,
  HandClock,
  impersonate,
  impersonationBody,
  impersonationClient,
  testTenant,
} from './support.ts';

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

interface Claims {
  aud?: string;
  iss?: string;
  sub?: string;
  jti?: string;
  iat?: number;
  exp?: number;
}

async function clientWithKey(tenant: RegionTenant, alg: 'RS256' | 'RS512' | 'ES384') {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const client = await impersonationClient(tenant, {
    allowedAuthMethods: ['private_key_jwt'],
    publicKeys: [
      {
        ...(await exportJWK(publicKey)),
        kty: alg === 'ES384' ? 'EC' : 'RSA',
        kid: 'portal-1',
        alg,
        use: 'sig',
      },
    ],
  });
  const nowSeconds = () => Math.floor(tenant.state.now() / 1000);
  const sign = (claims: Claims = {}, kid = 'portal-1') =>
    new SignJWT({
      iss: client.clientId,
      sub: client.clientId,
      aud: `${tenant.host}/oauth/token`,
      jti: crypto.randomUUID(),
      iat: nowSeconds(),
      exp: nowSeconds() + 120,
      ...claims,
    })
      .setProtectedHeader({ alg, kid })
      .sign(privateKey);
  return { client, sign, nowSeconds };
}

function present(tenant: RegionTenant, { clientId }: Client, userId: string, assertion: string) {
  const { client_secret: _none, ...body } = impersonationBody({ clientId, clientSecret: '' }, userId);
  return call(tenant, 'POST', '/oauth/token', {
    body: { ...body, client_assertion_type: ASSERTION_TYPE, client_assertion: assertion },
  });
}

test.each(['RS256', 'RS512', 'ES384'] as const)('a client signs with %s instead of a secret', async (alg) => {
  const tenant = await testTenant();
  const { client, sign } = await clientWithKey(tenant, alg);
  expect(client.clientSecret).toBeUndefined();
  expect((await present(tenant, client, analyst(tenant).id, await sign())).status).toBe(200);
});

test('an assertion is good once', async () => {
  const tenant = await testTenant();
  const { client, sign } = await clientWithKey(tenant, 'ES384');
  const { id } = analyst(tenant);
  const assertion = await sign();
  expect((await present(tenant, client, id, assertion)).status).toBe(200);
  expect((await present(tenant, client, id, assertion)).status).toBe(401);
});

test('a wrong audience, issuer, subject, key, life or missing claim is 401', async () => {
  const clock = new HandClock();
  const tenant = await testTenant({}, clock);
  const { client, sign, nowSeconds } = await clientWithKey(tenant, 'ES384');
  const stranger = await clientWithKey(tenant, 'ES384');
  const { id } = analyst(tenant);
  const bad = [
    await sign({ aud: `${tenant.host}/oauth/revoke` }),
    await sign({ iss: stranger.client.clientId }),
    await sign({ sub: stranger.client.clientId }),
    await sign({}, 'portal-2'),
    await sign({ exp: nowSeconds() + 301 }),
    await sign({ exp: nowSeconds() - 1 }),
    await sign({ iat: nowSeconds() - 301, exp: nowSeconds() + 10 }),
    await sign({ jti: '' }),
    await stranger.sign({ iss: client.clientId, sub: client.clientId }),
    'no.jwt.atall',
  ];
  for (const assertion of bad) expect((await present(tenant, client, id, assertion)).status).toBe(401);
});

test('a secret does not open a client that only signs', async () => {
  const tenant = await testTenant();
  const { client } = await clientWithKey(tenant, 'ES384');
  expect((await impersonate(tenant, { ...client, clientSecret: 'x' }, analyst(tenant).id)).status).toBe(401);
});
