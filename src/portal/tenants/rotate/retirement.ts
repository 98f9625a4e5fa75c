import { PortalError } from '../../../domain/errors.ts';
import type { ClientSecretRecord, OAuthClient, RegisteredKey } from '../../../domain/model/oauth-client.ts';
import type { OAuthClientCredentials } from '../../../domain/model/tenant.ts';
import type { OldCredentials } from './rotation.ts';

/** The client's secrets that the portal itself uses; it cannot know who uses the others. */
export function ownSecrets(
  { authentication }: OAuthClientCredentials,
  secrets: readonly ClientSecretRecord[],
): readonly ClientSecretRecord[] {
  if (authentication.method !== 'client_secret') return [];
  // Which characters a hint consists of is not documented: the field shows the last ones.
  const plain = authentication.secret.reveal();
  return secrets.filter(({ hint }) => plain.endsWith(hint) || plain.startsWith(hint));
}

/** All keys but the portal's old one, because others may use them; none with `prune`. */
export function keysToKeep(
  { old: { authentication }, prune }: OldCredentials,
  keys: readonly RegisteredKey[],
): readonly RegisteredKey[] {
  if (prune) return [];
  return keys.filter(
    ({ kid }) => authentication.method !== 'private_key_jwt' || kid !== authentication.keyId,
  );
}

export function secretsToRetire(
  { old, prune }: OldCredentials,
  others: readonly ClientSecretRecord[],
): readonly ClientSecretRecord[] {
  return prune ? others : ownSecrets(old, others);
}

export function tooManySecrets({ clientId }: OAuthClient, cause?: unknown): PortalError {
  const detail = `client ${clientId} has the maximum number of secrets; --prune removes those the portal does not use`;
  return new PortalError('qlik_conflict', { detail, cause });
}
