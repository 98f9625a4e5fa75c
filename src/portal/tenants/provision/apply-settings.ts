import { hasCode } from '../../../domain/errors.ts';
import { record } from '../../audit.ts';
import { changesFor, clientDrift, type Drift } from '../client-drift.ts';
import { ORIGINS_REFUSED, type SettledClient, type Settling } from './ensure-client.ts';

/**
 * Brings the client to what it ought to be, and its consent to trusted: a client that has to ask for consent cannot
 * impersonate. Returns what was changed.
 */
export async function alignClient(settling: Settling, settled: SettledClient): Promise<readonly Drift[]> {
  const { clients, access, settings } = settling;
  const { clientId } = settled.credentials;
  const consent = settled.how === 'created' ? 'required' : await clients.consent(access, clientId);
  const drift = settled.before === undefined ? [] : clientDrift(settled.before, settings);
  if (drift.length > 0) {
    await updateWithFallback(settling, clientId, drift);
    await record(settling, 'oauth-client.update', {
      clientId,
      fields: drift.map(({ field }) => field).join(' '),
    });
  }
  if (consent === 'trusted') return drift;
  await clients.setConsent(access, clientId, 'trusted');
  await record(settling, 'oauth-client.trust', { clientId });
  return [...drift, { field: 'consentMethod', found: [consent], wanted: ['trusted'] }];
}

async function updateWithFallback(
  { clients, access, warn }: Settling,
  clientId: string,
  drift: readonly Drift[],
) {
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
