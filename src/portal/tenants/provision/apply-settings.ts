import { hasCode } from '../../../domain/errors.ts';
import type { OAuthClientChanges } from '../../../domain/model/oauth-client.ts';
import { record } from '../../audit.ts';
import { changesFor } from '../client-drift.ts';
import { ORIGINS_REFUSED, type ClientContext, type EnsuredClient } from './ensure-client.ts';

/**
 * Updates the client to the wanted settings, and its consent to trusted: a client that has to ask for consent cannot
 * impersonate.
 */
export async function applySettings(
  context: ClientContext,
  { credentials: { clientId }, drift }: EnsuredClient,
): Promise<void> {
  const { clients, access } = context;
  const changes = changesFor(drift);
  const fields = Object.keys(changes);
  if (fields.length > 0) {
    await updateWithFallback(context, clientId, changes);
    await record(context, 'oauth-client.update', { clientId, fields: fields.join(' ') });
  }
  if (fields.length === drift.length) return;
  await clients.setConsent(access, clientId, 'trusted');
  await record(context, 'oauth-client.trust', { clientId });
}

async function updateWithFallback(
  { clients, access, warn }: ClientContext,
  clientId: string,
  changes: OAuthClientChanges,
): Promise<void> {
  try {
    await clients.update(access, clientId, changes);
  } catch (error) {
    const { allowedOrigins, ...rest } = changes;
    if (!hasCode(error, 'qlik_bad_request') || allowedOrigins === undefined) throw error;
    if (Object.keys(rest).length > 0) await clients.update(access, clientId, rest);
    warn(ORIGINS_REFUSED);
  }
}
