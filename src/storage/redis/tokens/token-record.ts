import { z } from 'zod';
import { Secret } from '../../../domain/model/secret.ts';
import type { FreshToken } from '../../../domain/ports/token-store.ts';
import type { SealedPlace, Sealer } from '../../sealing.ts';

const recordSchema = z.object({
  tokenId: z.string(),
  value: z.string(),
  scope: z.string(),
  issuedAt: z.number(),
  expiresAt: z.number(),
  refreshAt: z.number(),
});

/** The token as stored in Redis: sealed as a whole, bound to its key. */
export function sealToken(sealer: Sealer, key: string, { token, refreshAt }: FreshToken): string {
  const { value, ...named } = token;
  const record: z.output<typeof recordSchema> = { ...named, refreshAt, value: value.reveal() };
  return sealer.seal(new Secret(JSON.stringify(record)), place(key));
}

/** @throws where the record was changed, moved from another key, or sealed with a key that was removed. */
export function openToken(sealer: Sealer, key: string, sealed: string): FreshToken {
  const record = recordSchema.parse(JSON.parse(sealer.open(sealed, place(key)).reveal()));
  const { refreshAt, value, ...named } = record;
  return { token: { ...named, value: new Secret(value) }, refreshAt };
}

function place(key: string): SealedPlace {
  return ['redis', 'token', key];
}
