import type { Secret } from './secret.ts';

/** Where an administrative call goes and whose token carries it. */
export interface TenantAccess {
  /** Origin of the tenant. */
  readonly host: string;
  readonly token: Secret;
}
