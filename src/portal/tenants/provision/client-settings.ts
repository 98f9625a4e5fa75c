import type { TenantId } from '../../../domain/model/ids.ts';
import type { OAuthClient, OAuthClientSettings } from '../../../domain/model/oauth-client.ts';
import type { ClientRole } from '../../../domain/model/tenant.ts';

/** What ops can choose about a client; its role decides the rest. */
export interface ClientChoices {
  readonly clientName?: string;
  readonly description?: string;
  readonly redirectUris?: readonly string[];
  /** Beside the portal's own origin. */
  readonly allowedOrigins?: readonly string[];
}

interface WantedClient {
  readonly role: ClientRole;
  readonly tenantId: TenantId;
  /** Origin of the portal. */
  readonly portalOrigin: string;
  /** Scopes that tokens may have. */
  readonly scopes: readonly string[];
  readonly choices?: ClientChoices;
}

/** Issues tokens for users (a grant type of Qlik). */
export const IMPERSONATION_GRANT = 'urn:qlik:oauth:user-impersonation';

const GRANTS: Readonly<Record<ClientRole, readonly string[]>> = {
  impersonation: ['client_credentials', IMPERSONATION_GRANT],
  management: ['client_credentials'],
};

/**
 * The wanted settings: the body of Qlik's "Manage OAuth clients via API", and `allowedOrigins`, without which the
 * tenant refuses the browser although the token is valid.
 */
export function wantedSettings({
  role,
  tenantId,
  portalOrigin,
  scopes,
  choices = {},
}: WantedClient): OAuthClientSettings {
  const impersonates = role === 'impersonation';
  const description = choices.description ?? 'This is an OAuth client created using API calls.';
  return {
    clientName: choices.clientName ?? (impersonates ? 'my-embedded-portal' : 'my-embedded-portal-management'),
    description: `${description} ${clientMarker({ role, tenantId, portalOrigin }).made}`,
    allowedScopes: scopes,
    allowedGrantTypes: GRANTS[role],
    redirectUris: choices.redirectUris ?? (impersonates ? [`${portalOrigin}/callback`] : []),
    allowedOrigins: impersonates ? [...new Set([portalOrigin, ...(choices.allowedOrigins ?? [])])] : [],
  };
}

/** Ends the description of a client: which tenant it belongs to, and where it came from. */
export interface ClientMarker {
  /** Of a client that this portal created: the portal owns all of it. */
  readonly made: string;
  /** Of an existing client that ops let it adopt: its older secrets may be in use elsewhere. */
  readonly adopted: string;
}

/**
 * By the marker a run recognises a client that an earlier run created and did not store, and distinguishes it from
 * those of another portal on the same tenant.
 */
export function clientMarker({
  role,
  tenantId,
  portalOrigin,
}: Pick<WantedClient, 'role' | 'tenantId' | 'portalOrigin'>): ClientMarker {
  const client = `${role} client of ${tenantId}`;
  return { made: `[${client}, made by ${portalOrigin}]`, adopted: `[${client}, adopted by ${portalOrigin}]` };
}

export function isMade({ description }: OAuthClient, { made }: ClientMarker): boolean {
  return description.endsWith(made);
}

export function isMarked(client: OAuthClient, marker: ClientMarker): boolean {
  return isMade(client, marker) || client.description.endsWith(marker.adopted);
}
