import type { Clock } from '../../domain/clock.ts';
import { hasCode, PortalError } from '../../domain/errors.ts';
import type { QlikOAuth } from '../../domain/ports.ts';
import type { TenantAccess } from '../../domain/qlik-clients.ts';
import type { OAuthClientCredentials, Tenant } from '../../domain/tenant.ts';
import type { AccessToken } from '../../domain/token.ts';
import { ADMIN_SCOPES } from '../admin-access.ts';

/** Administrative work in tenants, with tokens that are kept as long as they live. */
export interface ManagementAccess {
  /**
   * Does the work with the tenant's management credentials. A tenant that could not be reached, or took no more, is
   * left alone for a while.
   * @throws PortalError qlik_user_not_linked where the tenant has none, those of QlikOAuth, and of the work
   */
  run<Result>(tenant: Tenant, work: (access: TenantAccess) => Promise<Result>): Promise<Result>;
  /** Gives the tokens back. */
  close(): Promise<void>;
}

interface Held {
  readonly host: string;
  readonly client: OAuthClientCredentials;
  readonly token: Promise<AccessToken>;
}

/** A token with less than this to live is not begun with. */
const MARGIN_MS = 60_000;
const REST_AFTER_FAILURE_MS = 3_000;
const REST_WITHOUT_RETRY_AFTER_MS = 10_000;

export function createManagementAccess({
  oauth,
  clock,
}: {
  oauth: Pick<QlikOAuth, 'clientCredentials' | 'revoke'>;
  clock: Clock;
}): ManagementAccess {
  const held = new Map<string, Held>();
  const resting = new Map<string, { readonly until: number; readonly error: PortalError }>();

  async function tokenFor({ host }: Tenant, client: OAuthClientCredentials): Promise<AccessToken> {
    const key = JSON.stringify([host, client.clientId]);
    const known = await held.get(key)?.token.catch(() => undefined);
    if (known !== undefined && known.expiresAt - MARGIN_MS > clock.now()) return known;
    const current = held.get(key);
    // Others may have begun another meanwhile: one exchange for all.
    if (current !== undefined && (await current.token.catch(() => undefined)) !== known) return current.token;
    const token = oauth.clientCredentials({ host, client, scopes: ADMIN_SCOPES });
    held.set(key, { host, client, token });
    token.catch(() => held.get(key)?.token === token && held.delete(key));
    return token;
  }

  function refuseToDisturb(host: string): void {
    const rest = resting.get(host);
    if (rest === undefined) return;
    const leftMs = rest.until - clock.now();
    if (leftMs > 0) {
      const retryAfterS = Math.ceil(leftMs / 1000);
      throw new PortalError(rest.error.code, { retryAfterS, cause: rest.error });
    }
    resting.delete(host);
  }

  function noteFailure(host: string, error: unknown): void {
    if (!hasCode(error, 'qlik_rate_limited', 'qlik_unavailable', 'qlik_timeout')) return;
    const usual = error.code === 'qlik_rate_limited' ? REST_WITHOUT_RETRY_AFTER_MS : REST_AFTER_FAILURE_MS;
    const ms = error.retryAfterS === undefined ? usual : error.retryAfterS * 1000;
    resting.set(host, { until: clock.now() + ms, error });
  }

  return {
    async run(tenant, work) {
      const { host, management: client } = tenant;
      if (client === null) {
        throw new PortalError('qlik_user_not_linked', { cause: new Error('no management credentials') });
      }
      refuseToDisturb(host);
      try {
        const { value: token } = await tokenFor(tenant, client);
        return await work({ host, token });
      } catch (error) {
        // Revoked or rotated in the tenant: the next one asks for a new token.
        if (hasCode(error, 'qlik_client_rejected')) held.delete(JSON.stringify([host, client.clientId]));
        noteFailure(host, error);
        throw error;
      }
    },

    async close() {
      const all = [...held.values()];
      held.clear();
      await Promise.allSettled(
        all.map(async ({ host, client, token }) => oauth.revoke({ host, client, token: await token })),
      );
    },
  };
}
