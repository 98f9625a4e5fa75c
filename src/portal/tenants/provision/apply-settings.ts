import { hasCode } from '../../../domain/errors.ts';
import { record } from '../../audit.ts';
import { changesFor, clientDrift, type Drift } from '../client-drift.ts';
import { ORIGINS_REFUSED, type ClientContext, type EnsuredClient } from './ensure-client.ts';

/**
 * Updates the client to the wanted settings, and its consent to trusted: a client that has to ask for consent cannot
 * impersonate. Returns what was changed.
 */
export async function applySettings(
  context: ClientContext,
  { how, credentials, before }: EnsuredClient,
): Promise<readonly Drift[]> {
  const { clients, access, settings } = context;
  const { clientId } = credentials;
  const consent = how === 'created' ? 'required' : await clients.consent(access, clientId);
  const drift = before === undefined ? [] : clientDrift(before, settings);
  if (drift.length > 0) {
    await updateWithFallback(context, clientId, drift);
    const fields = drift.map(({ field }) => field).join(' ');
    await record(context, 'oauth-client.update', { clientId, fields });
  }
  if (consent === 'trusted') return drift;
  await clients.setConsent(access, clientId, 'trusted');
  await record(context, 'oauth-client.trust', { clientId });
  return [...drift, { field: 'consentMethod', found: [consent], wanted: ['trusted'] }];
}

async function updateWithFallback(
  { clients, access, warn }: ClientContext,
  clientId: string,
  drift: readonly Drift[],
): Promise<void> {
  const changes = changesFor(drift);
  try {
    await clients.update(access, clientId, changes);
  } catch (error) {
    const { allowedOrigins, ...rest } = changes;
    if (!hasCode(error, 'qlik_bad_request') || allowedOrigins === undefined) throw error;
    if (Object.keys(rest).length > 0) await clients.update(access, clientId, rest);
    warn(ORIGINS_REFUSED);
  }
}
