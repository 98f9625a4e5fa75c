import type {
  ConsentMethod,
  OAuthClient,
  OAuthClientChanges,
  OAuthClientSettings,
} from '../../domain/model/oauth-client.ts';

/** A field of a client that differs from what is wanted. */
export interface Drift {
  readonly field: 'allowedScopes' | 'allowedGrantTypes' | 'allowedOrigins' | 'redirectUris' | 'consentMethod';
  readonly found: readonly string[];
  readonly wanted: readonly string[];
}

/**
 * How a client differs from what is wanted. Scopes and grants have to be equal: an extra one is an extra privilege.
 * Origins and redirect URIs only have to contain the wanted ones: other applications may use the client too.
 */
export function clientDrift(
  found: OAuthClient,
  wanted: OAuthClientSettings,
  consent?: ConsentMethod,
): Drift[] {
  const drift: Drift[] = [];
  for (const field of ['allowedScopes', 'allowedGrantTypes'] as const) {
    const same =
      found[field].length === wanted[field].length &&
      wanted[field].every((item) => found[field].includes(item));
    if (!same) drift.push({ field, found: found[field], wanted: wanted[field] });
  }
  for (const field of ['allowedOrigins', 'redirectUris'] as const) {
    const union = [...new Set([...found[field], ...wanted[field]])];
    if (union.length > found[field].length) drift.push({ field, found: found[field], wanted: union });
  }
  if (consent === 'required') drift.push({ field: 'consentMethod', found: [consent], wanted: ['trusted'] });
  return drift;
}

/** The changes that remove the drift, except consent, which has a request of its own. */
export function changesFor(drift: readonly Drift[]): OAuthClientChanges {
  return Object.fromEntries(
    drift.filter(({ field }) => field !== 'consentMethod').map(({ field, wanted }) => [field, wanted]),
  );
}
