import type { AccountId, TenantId } from '../model/ids.ts';

/** Ends sessions from outside a request: an account was disabled, its password changed, or its person left the company. */
export interface SessionRegistry {
  /** Returns the number of sessions ended. */
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
