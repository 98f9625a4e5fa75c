import { z } from 'zod';
import { Secret } from '../../../domain/model/secret.ts';
import type { MadeToken } from '../../../domain/ports/token-store.ts';
import type { SealedPlace, Sealer } from '../../sealing.ts';

const recordSchema = z.object({
  tokenId: z.string(),
  value: z.string(),
  scope: z.string(),
  issuedAt: z.number(),
  expiresAt: z.number(),
  refreshAt: z.number(),
});

/** The token as it lies in Redis: sealed, all of it, to the key it belongs to. */
export function sealToken(sealer: Sealer, key: string, { token, refreshAt }: MadeToken): string {
  const { value, ...named } = token;
  const record: z.output<typeof recordSchema> = { ...named, refreshAt, value: value.reveal() };
  return sealer.seal(new Secret(JSON.stringify(record)), place(key));
}

/** @throws where the record was changed, moved from another key, or sealed with a key that is gone. */
export function openToken(sealer: Sealer, key: string, sealed: string): MadeToken {
  const record = recordSchema.parse(JSON.parse(sealer.open(sealed, place(key)).reveal()));
  const { refreshAt, value, ...named } = record;
  return { token: { ...named, value: new Secret(value) }, refreshAt };
}

function place(key: string): SealedPlace {
  return ['redis', 'token', key];
}
