import { systemClock, type Clock } from '../../../src/runtime/clock.ts';
import type { IdentityProvider } from '../../../src/domain/model/identity-provider.ts';
import { isTenantId, type TenantId } from '../../../src/domain/model/ids.ts';
import { Secret } from '../../../src/domain/model/secret.ts';
import { createProviderHttp } from '../../../src/sso/oidc/http.ts';
import { createIdentityProviders } from '../../../src/sso/oidc/identity-providers.ts';
import { publicLookup } from '../../../src/qlik/address.ts';

export const CLIENT = { clientId: 'portal', secret: 'a client secret of tests' };

function tenantId(text: string): TenantId {
  if (!isTenantId(text)) throw new TypeError(`no tenant id: ${text}`);
  return text;
}

export function identityProvider(given: Partial<IdentityProvider> = {}): IdentityProvider {
  return {
    id: 'acme',
    issuer: 'https://login.acme.example',
    clientId: CLIENT.clientId,
    authentication: { method: 'client_secret', secret: new Secret(CLIENT.secret) },
    scopes: ['openid', 'email', 'profile'],
    tenants: { only: tenantId('acme') },
    require: new Map(),
    emailDomains: ['acme.example'],
    trustEmail: false,
    nameClaim: 'name',
    groups: null,
    jit: true,
    endProviderSession: true,
    privateNetwork: false,
    ...given,
  };
}

export function openProviders(
  providers: readonly IdentityProvider[],
  options: { allowLoopbackIssuers?: boolean; timeoutMs?: number; clock?: Clock } = {},
) {
  // The provider of the tests is never too late, however busy the machine is, unless a test is about that.
  const { allowLoopbackIssuers = true, timeoutMs = 60_000, clock = systemClock } = options;
  const logged: string[] = [];
  const write = (fields: object, message: string) => void logged.push(JSON.stringify({ ...fields, message }));
  const http = createProviderHttp({
    publicLookup: publicLookup({ allowLoopback: allowLoopbackIssuers }),
    allowLoopbackIssuers,
    timeoutMs,
  });
  const identityProviders = createIdentityProviders({
    providers,
    publicUrl: 'http://localhost:3000',
    http,
    timeoutMs,
    clock,
    log: { debug: write, info: write, warn: write, error: write },
  });
  return { ...identityProviders, logged, close: () => http.close() };
}
