import { createRemoteJWKSet, customFetch as joseFetch, importPKCS8, type JWTVerifyGetKey } from 'jose';
import * as openid from 'openid-client';
import type { Clock } from '../../runtime/clock.ts';
import { createCoolDown } from '../../runtime/cool-down.ts';
import type { IdentityProvider } from '../../domain/model/identity-provider.ts';
import type { Log } from '../../runtime/log.ts';
import type { ClientAuthentication } from '../../domain/model/tenant.ts';
import type { ProviderHttp } from './http.ts';
import { unavailable } from './refusal.ts';

/** Signatures made with a private key. `none` is no signature, and HS256 would be made with what the portal knows. */
const SIGNATURES = /^(?:[RPE]S(?:256|384|512)|EdDSA|Ed25519)$/;
/** For clocks that are not quite right. */
export const CLOCK_TOLERANCE_S = 15;

const FRESH_MS = 60 * 60_000;
const PAUSE_AFTER_FAILURE_MS = 5_000;

/** What is known of a provider once its discovery document has been read. */
export interface Connected {
  readonly configuration: openid.Configuration;
  /** Exactly as the provider writes it in its tokens. */
  readonly issuer: string;
  readonly keys: JWTVerifyGetKey;
  /** The algorithms both sides accept. */
  readonly signatures: readonly string[];
}

export interface Connection {
  /** Codes: sso_unavailable. */
  get(): Promise<Connected>;
  /** Something did not work: read the discovery document again, soon. */
  doubt(): void;
}

export interface ConnectionParts {
  readonly provider: IdentityProvider;
  readonly http: ProviderHttp;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Reads the provider's discovery document when it is first needed, once for all who wait, and again after an hour or
 * a failure. What was read before goes on being used while the provider is away.
 */
export function createConnection(parts: ConnectionParts): Connection {
  const { provider, clock, log } = parts;
  let known: Connected | undefined;
  let dueAt = 0;
  let reading: Promise<Connected> | undefined;
  let failure: Error | undefined;
  const coolDown = createCoolDown({ clock, firstMs: PAUSE_AFTER_FAILURE_MS });

  async function read(): Promise<Connected> {
    try {
      known = await connect(parts);
      dueAt = clock.now() + FRESH_MS;
      failure = undefined;
      coolDown.end();
      return known;
    } catch (thrown) {
      failure = unavailable(thrown);
      coolDown.start();
      log.warn(
        { provider: provider.id, reason: messageOf(failure.cause) },
        'an identity provider cannot be used',
      );
      throw failure;
    } finally {
      reading = undefined;
    }
  }

  return {
    async get() {
      if (known && clock.now() < dueAt) return known;
      if (failure && coolDown.remainingMs() > 0) {
        if (known) return known;
        throw failure;
      }
      reading ??= read();
      if (!known) return await reading;
      // Behind the person's back; a failure has been logged.
      reading.catch(() => undefined);
      return known;
    },
    doubt() {
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
  // Without it the ID token is believed because it came over TLS; with it because of its signature.
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

/** Returns the signature algorithms to accept. */
function checkMetadata(
  metadata: openid.ServerMetadata,
  { provider, http }: Pick<ConnectionParts, 'provider' | 'http'>,
): string[] {
  // openid-client makes exceptions here for providers that let every organisation in the world sign in.
  // To the letter, as in OpenID Connect Discovery 1.0 section 4.3: accounts are kept under it.
  if (metadata.issuer !== provider.issuer) {
    throw new Error('the discovery document is of another issuer than the configured one');
  }
  for (const name of ['authorization_endpoint', 'token_endpoint', 'jwks_uri'] as const) {
    const url = URL.parse(metadata[name] ?? '');
    if (url === null) throw new Error(`the discovery document has no ${name}`);
    http.checkAddress(url, provider);
  }
  const { id_token_signing_alg_values_supported: offered = ['RS256'] } = metadata;
  const signatures = offered.filter((algorithm) => SIGNATURES.test(algorithm));
  if (signatures.length === 0) throw new Error('the provider signs ID tokens in no way that can be accepted');
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
  // The default where the provider does not say (OpenID Connect Discovery 1.0 section 3).
  const { token_endpoint_auth_methods_supported: methods = ['client_secret_basic'] } = metadata;
  const secret = authentication.secret.reveal();
  return methods.includes('client_secret_basic')
    ? openid.ClientSecretBasic(secret)
    : openid.ClientSecretPost(secret);
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : 'unknown';
}
