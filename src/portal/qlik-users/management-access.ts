import type { Clock } from '../../runtime/clock.ts';
import { createCoolDowns } from '../../runtime/cool-down.ts';
import type { ErrorCodeName } from '../../domain/error-codes.ts';
import { hasCode, PortalError } from '../../domain/errors.ts';
import type { QlikOAuth } from '../../domain/ports/qlik/qlik-oauth.ts';
import type { TenantAccess } from '../../domain/model/tenant-access.ts';
import type { OAuthClientCredentials, Tenant } from '../../domain/model/tenant.ts';
import type { AccessToken } from '../../domain/model/token.ts';
import { MANAGEMENT_SCOPES } from '../tenants/management-token.ts';

/** Work in tenants with their management credentials; tokens are cached until shortly before they expire. */
export interface ManagementAccess {
  /**
   * Runs the work with a management token of the tenant. A tenant that could not be reached, or refused, cools down:
   * further work fails with the same code until then.
   * @throws PortalError qlik_user_not_linked where the tenant has no management credentials, those of QlikOAuth and of
   *   `work`
   */
  run<Result>(tenant: Tenant, work: (access: TenantAccess) => Promise<Result>): Promise<Result>;
  /** Revokes the tokens. */
  close(): Promise<void>;
}

interface CachedToken {
  readonly host: string;
  readonly client: OAuthClientCredentials;
  readonly token: Promise<AccessToken>;
  /** ms since the epoch; Infinity while it is being issued. */
  usableUntil: number;
}

/** A token that expires within this time is not used for new work. */
const MARGIN_MS = 60_000;
/** Cool-down after a failure that the next request would repeat. */
const COOL_DOWN_MS: Partial<Readonly<Record<ErrorCodeName, number>>> = {
  qlik_unavailable: 3_000,
  qlik_timeout: 3_000,
  qlik_rate_limited: 10_000,
  qlik_client_rejected: 30_000,
  qlik_forbidden: 30_000,
};

export function createManagementAccess({
  oauth,
  clock,
}: {
  oauth: Pick<QlikOAuth, 'clientCredentials' | 'revoke'>;
  clock: Clock;
}): ManagementAccess {
  const cache = new Map<string, CachedToken>();
  const coolDowns = createCoolDowns({ clock });

  /** Concurrent callers share one exchange. */
  function tokenFor(host: string, client: OAuthClientCredentials): Promise<AccessToken> {
    const key = keyOf(host, client);
    const cached = cache.get(key);
    if (cached !== undefined && cached.usableUntil > clock.now()) return cached.token;
    const token = oauth.clientCredentials({ host, client, scopes: MANAGEMENT_SCOPES });
    const issued: CachedToken = { host, client, token, usableUntil: Infinity };
    cache.set(key, issued);
    void setExpiry(key, issued);
    return token;
  }

  async function setExpiry(key: string, issued: CachedToken): Promise<void> {
    try {
      const { issuedAt, expiresAt } = await issued.token;
      issued.usableUntil = expiresAt - Math.min(MARGIN_MS, (expiresAt - issuedAt) / 2);
    } catch {
      // The callers get the error; the next one requests a token again.
      if (cache.get(key) === issued) cache.delete(key);
    }
  }

  async function runWithToken<Result>(
    { host }: Tenant,
    client: OAuthClientCredentials,
    work: (access: TenantAccess) => Promise<Result>,
  ): Promise<Result> {
    const { value: token } = await tokenFor(host, client);
    try {
      return await work({ host, token });
    } catch (error) {
      // The token was revoked in the tenant: retried once with a new one.
      if (!hasCode(error, 'qlik_client_rejected')) throw error;
      const key = keyOf(host, client);
      if ((await cache.get(key)?.token)?.value === token) cache.delete(key);
      const { value: another } = await tokenFor(host, client);
      return work({ host, token: another });
    }
  }

  function coolDownAfter(error: unknown, host: string): void {
    if (!(error instanceof PortalError)) return;
    const { code, retryAfterS } = error;
    const ms = COOL_DOWN_MS[code];
    if (ms !== undefined) coolDowns.failed(host, error, retryAfterS === undefined ? ms : retryAfterS * 1000);
  }

  return {
    async run(tenant, work) {
      const { host, management: client } = tenant;
      if (client === null) {
        throw new PortalError('qlik_user_not_linked', { cause: new Error('no management credentials') });
      }
      coolDowns.check(host);
      try {
        return await runWithToken(tenant, client, work);
      } catch (error) {
        coolDownAfter(error, host);
        throw error;
      }
    },

    async close() {
      const all = [...cache.values()];
      cache.clear();
      await Promise.allSettled(
        all.map(async ({ host, client, token }) => oauth.revoke({ host, client, token: await token })),
      );
    },
  };
}

function keyOf(host: string, { clientId }: OAuthClientCredentials): string {
  return JSON.stringify([host, clientId]);
}
