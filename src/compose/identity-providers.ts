import type { Config } from '../config/config.ts';
import { publicLookup } from '../qlik/address.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';

/** For one request to an identity provider, in ms. */
const PROVIDER_TIMEOUT_MS = 5_000;

/** Undefined where single sign-on is not configured: then nothing of it is loaded either. */
export async function composeIdentityProviders(
  { sso: { providers, allowLoopbackIssuers }, publicUrl }: Config,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
) {
  if (providers.length === 0) return undefined;
  const { createProviderHttp } = await import('../sso/oidc/http.ts');
  const { createIdentityProviders } = await import('../sso/oidc/identity-providers.ts');
  const timeoutMs = PROVIDER_TIMEOUT_MS;
  const http = createProviderHttp({
    publicLookup: publicLookup({ allowLoopback: allowLoopbackIssuers }),
    allowLoopbackIssuers,
    timeoutMs,
  });
  const identityProviders = createIdentityProviders({ providers, publicUrl, http, timeoutMs, clock, log });
  return { ...identityProviders, close: () => http.close() };
}
