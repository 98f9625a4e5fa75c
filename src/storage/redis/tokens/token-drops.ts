import { z } from 'zod';
import { Secret } from '../../../domain/model/secret.ts';
import type { TokenStore } from '../../../domain/ports/token-store.ts';
import type { SealedPlace, Sealer } from '../../sealing.ts';

type Drop = Parameters<TokenStore['drop']>;

const dropSchema = z.tuple([z.string(), z.string(), z.enum(['refused', 'forgotten'])]);
const PLACE: SealedPlace = ['redis', 'token-dropped'];

/** Tells the other replicas which token was dropped: sealed, because a key names tenant and user. */
export function sealDrop(sealer: Sealer, drop: Drop): string {
  return sealer.seal(new Secret(JSON.stringify(drop)), PLACE);
}

/** @throws where it was not sealed with a key of the portal. */
export function openDrop(sealer: Sealer, message: string): Drop {
  return dropSchema.parse(JSON.parse(sealer.open(message, PLACE).reveal()));
}
