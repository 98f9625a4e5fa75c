import type { Clock } from '../../runtime/clock.ts';
import { createCoolDowns } from '../../runtime/cool-down.ts';
import type { ErrorCodeName } from '../../domain/error-codes.ts';
import { hasCode, PortalError } from '../../domain/errors.ts';
import type { QlikOAuth } from '../../domain/ports/qlik/qlik-oauth.ts';
import type { TenantAccess } from '../../domain/model/tenant-access.ts';
import type { OAuthClientCredentials, Tenant } from '../../domain/model/tenant.ts';
import type { AccessToken } from '../../domain/model/token.ts';
import { MANAGEMENT_SCOPES } from '../tenants/management-token.ts';

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
  /** ms since the epoch: nothing is begun with it afterwards. Without end while it is being made. */
  usableUntil: number;
}

/** A token with less than this to live is not begun with. */
const MARGIN_MS = 60_000;
/** How long a tenant is left alone after a failure that the next request would meet as well. */
const REST_MS: Partial<Readonly<Record<ErrorCodeName, number>>> = {
  qlik_unavailable: 3_000,
  qlik_timeout: 3_000,
  qlik_rate_limited: 10_000,
  qlik_client_rejected: 30_000,
  qlik_forbidden: 30_000,
};

interface Work<Result> {
  readonly tenant: Tenant;
  readonly client: OAuthClientCredentials;
  readonly work: (access: TenantAccess) => Promise<Result>;
}

export function createManagementAccess({
  oauth,
  clock,
}: {
  oauth: Pick<QlikOAuth, 'clientCredentials' | 'revoke'>;
  clock: Clock;
}): ManagementAccess {
  const held = new Map<string, Held>();
  const coolDowns = createCoolDowns({ clock });

  /** One exchange for all who ask meanwhile. */
  function tokenFor({ host }: Tenant, client: OAuthClientCredentials): Promise<AccessToken> {
    const key = keyOf(host, client);
    const known = held.get(key);
    if (known !== undefined && known.usableUntil > clock.now()) return known.token;
    const token = oauth.clientCredentials({ host, client, scopes: MANAGEMENT_SCOPES });
    const made: Held = { host, client, token, usableUntil: Infinity };
    held.set(key, made);
    void rememberEnd(key, made);
    return token;
  }

  async function rememberEnd(key: string, made: Held): Promise<void> {
    try {
      const { issuedAt, expiresAt } = await made.token;
      made.usableUntil = expiresAt - Math.min(MARGIN_MS, (expiresAt - issuedAt) / 2);
    } catch {
      // Whoever asked for it is told; the next one asks again.
      if (held.get(key) === made) held.delete(key);
    }
  }

  async function workWith<Result>(
    { value: token }: AccessToken,
    { tenant, client, work }: Work<Result>,
  ): Promise<Result> {
    const { host } = tenant;
    try {
      return await work({ host, token });
    } catch (error) {
      // Revoked in the tenant meanwhile: once more, with another.
      if (!hasCode(error, 'qlik_client_rejected')) throw error;
      const key = keyOf(host, client);
      if ((await held.get(key)?.token)?.value === token) held.delete(key);
      const { value: another } = await tokenFor(tenant, client);
      return work({ host, token: another });
    }
  }

  function noteFailure(host: string, error: unknown): void {
    if (!(error instanceof PortalError)) return;
    const restMs = REST_MS[error.code];
    if (restMs === undefined) return;
    const ms = error.retryAfterS === undefined ? restMs : error.retryAfterS * 1000;
    coolDowns.failed(host, error, ms);
  }

  return {
    async run(tenant, work) {
      const { host, management: client } = tenant;
      if (client === null) {
        throw new PortalError('qlik_user_not_linked', { cause: new Error('no management credentials') });
      }
      coolDowns.check(host);
      try {
        return await workWith(await tokenFor(tenant, client), { tenant, client, work });
      } catch (error) {
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

function keyOf(host: string, { clientId }: OAuthClientCredentials): string {
  return JSON.stringify([host, clientId]);
}
