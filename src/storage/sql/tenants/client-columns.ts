import { z } from 'zod';
import type { OAuthClientCredentials } from '../../../domain/model/tenant.ts';
import type { SealedPlace, Sealer } from '../../sealing.ts';
import { parseJsonColumn } from '../json-column.ts';

const storedClient = z.object({
  clientId: z.string(),
  authentication: z.discriminatedUnion('method', [
    z.object({ method: z.literal('client_secret'), secret: z.string() }),
    z.object({
      method: z.literal('private_key_jwt'),
      keyId: z.string(),
      algorithm: z.enum(['ES384', 'RS256', 'RS512']),
      privateKey: z.string(),
    }),
  ]),
});

type StoredClient = z.infer<typeof storedClient>;

export function clientToColumn(client: OAuthClientCredentials, sealer: Sealer, place: SealedPlace): string {
  const { authentication } = client;
  const stored: StoredClient = {
    clientId: client.clientId,
    authentication:
      authentication.method === 'client_secret'
        ? { ...authentication, secret: sealer.seal(authentication.secret, place) }
        : { ...authentication, privateKey: sealer.seal(authentication.privateKey, place) },
  };
  return JSON.stringify(stored);
}

export function clientFromColumn(text: string, sealer: Sealer, place: SealedPlace): OAuthClientCredentials {
  const { clientId, authentication } = parseJsonColumn(storedClient, text, place.slice(0, 3).join(' / '));
  return {
    clientId,
    authentication:
      authentication.method === 'client_secret'
        ? { ...authentication, secret: sealer.open(authentication.secret, place) }
        : { ...authentication, privateKey: sealer.open(authentication.privateKey, place) },
  };
}

/** The column sealed with the key that seals now; undefined where it is already. Codes as for {@link Sealer.open}. */
export function resealedColumn(text: string, sealer: Sealer, place: SealedPlace): string | undefined {
  const { authentication } = parseJsonColumn(storedClient, text, place.slice(0, 3).join(' / '));
  const sealed =
    authentication.method === 'client_secret' ? authentication.secret : authentication.privateKey;
  if (sealer.isCurrent(sealed)) return undefined;
  return clientToColumn(clientFromColumn(text, sealer, place), sealer, place);
}
