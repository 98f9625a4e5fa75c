import { createRemoteJWKSet, customFetch as joseFetch, importPKCS8, type JWTVerifyGetKey } from 'jose';
import * as openid from 'openid-client';
import type { Clock } from '../../runtime/clock.ts';
import { createCoolDown } from '../../runtime/cool-down.ts';
import type { IdentityProvider } from '../../domain/model/identity-provider.ts';
import type { Log } from '../../runtime/log.ts';
import type { ClientAuthentication } from '../../domain/model/tenant.ts';
import type { ProviderHttp } from './http.ts';
import { unavailable } from './refusal.ts';

/** Asymmetric algorithms only: `none` is no signature, and HS256 is keyed with the client secret. */
const SIGNATURES = /^(?:[RPE]S(?:256|384|512)|EdDSA|Ed25519)$/;
export const CLOCK_TOLERANCE_S = 15;

const FRESH_MS = 60 * 60_000;
const COOL_DOWN_MS = 5_000;

/** A provider whose discovery document has been read. */
export interface Connected {
  readonly configuration: openid.Configuration;
  /** Exactly as in the provider's tokens. */
  readonly issuer: string;
  readonly keys: JWTVerifyGetKey;
  /** Signature algorithms that both sides accept. */
  readonly signatures: readonly string[];
}

export interface Connection {
  /** @throws PortalError sso_unavailable */
  get(): Promise<Connected>;
  /** An exchange failed: reads the discovery document again with the next sign-in. */
  refresh(): void;
}

export interface ConnectionParts {
  readonly provider: IdentityProvider;
  readonly http: ProviderHttp;
  /** For each request to the provider. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Reads the provider's discovery document (OpenID Connect Discovery 1.0 section 4) with the first sign-in, once for
 * concurrent ones, and again after an hour or a failure. While the provider is unavailable, the last document is used.
 */
export function createConnection(parts: ConnectionParts): Connection {
  const { provider, clock, log } = parts;
  let connected: Connected | undefined;
  let dueAt = 0;
  let reading: Promise<Connected> | undefined;
  let failure: Error | undefined;
  const coolDown = createCoolDown({ clock, firstMs: COOL_DOWN_MS });

  async function read(): Promise<Connected> {
    try {
      connected = await connect(parts);
      dueAt = clock.now() + FRESH_MS;
      failure = undefined;
      coolDown.end();
      return connected;
    } catch (thrown) {
      failure = unavailable(thrown);
      coolDown.start();
      log.warn(
        { provider: provider.id, reason: messageOf(failure.cause) },
        'an identity provider is unavailable',
      );
      throw failure;
    } finally {
      reading = undefined;
    }
  }

  return {
    async get() {
      if (connected && clock.now() < dueAt) return connected;
      if (failure && coolDown.remainingMs() > 0) {
        if (connected) return connected;
        throw failure;
      }
      reading ??= read();
      if (!connected) return await reading;
      // In the background; read() logs a failure.
      reading.catch(() => undefined);
      return connected;
    },
    refresh() {
      dueAt = 0;
    },
  };
}

async function connect({ provider, http, timeoutMs }: ConnectionParts): Promise<Connected> {
  const issuer = new URL(provider.issuer);
  http.checkAddress(issuer, provider);
  const fetch = http.fetchFor(provider);
  const overHttp = issuer.protocol === 'http:' ? [openid.allowInsecureRequests] : [];
  const timeout = timeoutMs / 1000;
  const discovered = await openid.discovery(issuer, provider.clientId, undefined, openid.None(), {
    [openid.customFetch]: fetch,
    execute: overHttp,
    timeout,
  });
  const document = discovered.serverMetadata();
  const fields = Object.fromEntries(Object.entries(document));
  const metadata: openid.ServerMetadata = { ...fields, issuer: document.issuer };
  const signatures = checkMetadata(metadata, { provider, http });

  const configuration = new openid.Configuration(
    { ...metadata, id_token_signing_alg_values_supported: signatures },
    provider.clientId,
    { [openid.clockTolerance]: CLOCK_TOLERANCE_S },
    await clientAuth(provider.authentication, metadata),
  );
  configuration[openid.customFetch] = fetch;
  configuration.timeout = timeout;
  // Without it the ID token would be trusted because it came over TLS, and its signature not be checked.
  openid.enableNonRepudiationChecks(configuration);
  overHttp.forEach((extension) => extension(configuration));
  return {
    configuration,
    issuer: metadata.issuer,
    signatures,
    keys: createRemoteJWKSet(new URL(document.jwks_uri ?? ''), {
      [joseFetch]: fetch,
      timeoutDuration: timeoutMs,
    }),
  };
}

/**
 * Returns the signature algorithms to accept.
 * @throws Error where the metadata cannot be used
 */
function checkMetadata(
  metadata: openid.ServerMetadata,
  { provider, http }: Pick<ConnectionParts, 'provider' | 'http'>,
): string[] {
  // Exactly, as OpenID Connect Discovery 1.0 section 4.3 requires: openid-client has exceptions for multi-tenant
  // providers, and identities are stored by issuer.
  if (metadata.issuer !== provider.issuer) {
    throw new Error('the issuer of the discovery document is not the configured one');
  }
  for (const name of ['authorization_endpoint', 'token_endpoint', 'jwks_uri'] as const) {
    const url = URL.parse(metadata[name] ?? '');
    if (url === null) throw new Error(`the discovery document has no ${name}`);
    http.checkAddress(url, provider);
  }
  const { id_token_signing_alg_values_supported: offered = ['RS256'] } = metadata;
  const signatures = offered.filter((algorithm) => SIGNATURES.test(algorithm));
  if (signatures.length === 0)
    throw new Error('the provider offers no accepted signature algorithm for ID tokens');
  return signatures;
}

async function clientAuth(
  authentication: ClientAuthentication,
  metadata: openid.ServerMetadata,
): Promise<openid.ClientAuth> {
  if (authentication.method === 'private_key_jwt') {
    const { algorithm, privateKey, keyId } = authentication;
    return openid.PrivateKeyJwt({ key: await importPKCS8(privateKey.reveal(), algorithm), kid: keyId });
  }
  // The default where the metadata omits it (OpenID Connect Discovery 1.0 section 3).
  const { token_endpoint_auth_methods_supported: methods = ['client_secret_basic'] } = metadata;
  const secret = authentication.secret.reveal();
  return methods.includes('client_secret_basic')
    ? openid.ClientSecretBasic(secret)
    : openid.ClientSecretPost(secret);
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : 'unknown';
}
