import { createHash, createHmac, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { exportJWK, SignJWT, type JWTPayload } from 'jose';

/** How a token is to be signed; by default as it should be. */
export type Signing =
  | { readonly by: 'own key' }
  | { readonly by: 'nobody' }
  | { readonly by: 'HS256'; readonly secret: string | Uint8Array }
  | { readonly by: 'stranger' };

/** What the provider does otherwise than it should. An undefined claim is left out. */
export interface Tampering {
  claims?: Readonly<Record<string, unknown>>;
  signing?: Signing;
  /** Of the discovery document. */
  metadata?: Readonly<Record<string, unknown>>;
  userInfo?: Readonly<Record<string, unknown>>;
  /** Answers in place of an endpoint (`/token`); returns false to let the request through. */
  answer?: (path: string, res: ServerResponse) => boolean;
}

interface Grant {
  readonly nonce: string;
  readonly challenge: string;
  readonly redirectUri: string;
}

/**
 * An identity provider that can be told to lie, on loopback. It keeps to the protocol where it is not told otherwise,
 * PKCE and single use of codes included.
 */
export async function startHostileProvider(options: { readonly clientId: string; readonly secret: string }) {
  const key = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = { ...(await exportJWK(key.publicKey)), kid: 'k1', use: 'sig', alg: 'RS256' };
  const grants = new Map<string, Grant>();
  const requests: { path: string; authorization: string | undefined; body: URLSearchParams }[] = [];
  const tampering: Tampering = {};

  const server = createServer((req, res) => void serve(req, res));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening on TCP');
  const issuer = `http://127.0.0.1:${address.port}`;

  async function serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const path = (req.url ?? '').split('?', 1)[0]!;
    const body = new URLSearchParams(await text(req));
    requests.push({ path, authorization: req.headers.authorization, body });
    if (tampering.answer?.(path, res)) return;
    const json = (status: number, value: unknown) => {
      res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    };
    if (path === '/.well-known/openid-configuration') json(200, metadata());
    else if (path === '/jwks') json(200, { keys: [jwk] });
    else if (path === '/userinfo') json(200, { sub: 'person-1', ...tampering.userInfo });
    else if (path === '/token') await redeem(body, json);
    else json(404, {});
  }

  function metadata() {
    return {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      end_session_endpoint: `${issuer}/logout`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256', 'HS256', 'none'],
      authorization_response_iss_parameter_supported: true,
      ...tampering.metadata,
    };
  }

  async function redeem(body: URLSearchParams, json: (status: number, value: unknown) => void) {
    const code = body.get('code') ?? '';
    const grant = grants.get(code);
    const challenge = createHash('sha256')
      .update(body.get('code_verifier') ?? '')
      .digest('base64url');
    grants.delete(code);
    if (grant?.challenge !== challenge || grant.redirectUri !== body.get('redirect_uri')) {
      json(400, { error: 'invalid_grant' });
      return;
    }
    json(200, {
      access_token: randomBytes(16).toString('hex'),
      token_type: 'Bearer',
      id_token: await token({
        nonce: grant.nonce,
        email: 'analyst@acme.example',
        email_verified: true,
        name: 'Analyst',
        sid: 'session-1',
        ...tampering.claims,
      }),
    });
  }

  /** A token with the claims that every one has, and these. */
  async function token(
    claims: Readonly<Record<string, unknown>>,
    header: Readonly<Record<string, string>> = {},
  ) {
    const now = Math.floor(Date.now() / 1000);
    const whole = {
      iss: issuer,
      aud: options.clientId,
      sub: 'person-1',
      iat: now,
      exp: now + 120,
      ...claims,
    };
    const payload = Object.fromEntries(Object.entries(whole).filter(([, value]) => value !== undefined));
    return await sign(payload, header);
  }

  async function sign(payload: JWTPayload, header: Readonly<Record<string, string>>): Promise<string> {
    const signing = tampering.signing ?? { by: 'own key' };
    if (signing.by === 'own key') return await signed(payload, key.privateKey, header);
    if (signing.by === 'stranger') return await signed(payload, stranger.privateKey, header);
    if (signing.by === 'nobody') return `${encode({ alg: 'none', ...header })}.${encode(payload)}.`;
    const input = `${encode({ alg: 'HS256', ...header })}.${encode(payload)}`;
    return `${input}.${createHmac('sha256', signing.secret).update(input).digest('base64url')}`;
  }

  return {
    issuer,
    tampering,
    /** Every request it got, in order. */
    requests,
    requestsFor: (path: string) => requests.filter((request) => request.path === path).length,
    token,
    /** The public key as everybody can fetch it. */
    publicKey: key.publicKey.export({ type: 'spki', format: 'pem' }),
    /** Does what the browser and the person would: the query with which the provider sends the browser back. */
    approve(authorizationUrl: string, changes: Readonly<Record<string, string | undefined>> = {}): string {
      const asked = new URL(authorizationUrl).searchParams;
      const code = randomBytes(16).toString('hex');
      grants.set(code, {
        nonce: asked.get('nonce') ?? '',
        challenge: asked.get('code_challenge') ?? '',
        redirectUri: asked.get('redirect_uri') ?? '',
      });
      const answer = { code, state: asked.get('state') ?? '', iss: issuer, ...changes };
      const given = Object.entries(answer).filter(
        (entry): entry is [string, string] => entry[1] !== undefined,
      );
      return `?${new URLSearchParams(given).toString()}`;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export type HostileProvider = Awaited<ReturnType<typeof startHostileProvider>>;

async function signed(payload: JWTPayload, key: KeyObject, header: Readonly<Record<string, string>>) {
  return await new SignJWT(payload).setProtectedHeader({ alg: 'RS256', kid: 'k1', ...header }).sign(key);
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
