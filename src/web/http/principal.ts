import { z } from 'zod';
import { isAccountId, isTenantId, type AccountId, type TenantId } from '../../domain/model/ids.ts';
import type { Principal } from '../../domain/model/session.ts';

const principalSchema = z.object({
  userId: z.custom<AccountId>((value) => typeof value === 'string' && isAccountId(value)),
  tenantId: z.custom<TenantId>((value) => typeof value === 'string' && isTenantId(value)),
  signedInAt: z.number().int().positive(),
  sso: z.object({ providerId: z.string(), sid: z.string().optional() }).optional(),
}) satisfies z.ZodType<Principal>;

/** A principal from a session store; undefined where it is none. */
export function parsePrincipal(value: unknown): Principal | undefined {
  return principalSchema.safeParse(value).data;
}
