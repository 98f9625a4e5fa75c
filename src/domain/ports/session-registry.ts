import type { AccountId, TenantId } from '../model/ids.ts';

/** Ends sessions from outside a request: someone was disabled, changed the password, or left their company. */
export interface SessionRegistry {
  /** Returns how many it were. */
  endAllOf(
    who: { readonly userId: AccountId; readonly exceptSessionId?: string } | { readonly tenantId: TenantId },
  ): Promise<number>;
  /** Ends what the identity provider vouched for and what began before `begunBefore`, in ms. Returns whose each was. */
  endAllOfProvider(
    which: { readonly providerId: string; readonly begunBefore: number } & (
      { readonly sid: string } | { readonly userId: AccountId }
    ),
  ): Promise<readonly AccountId[]>;
}
