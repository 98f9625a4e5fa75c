import type { Clock } from '../../runtime/clock.ts';
import { PortalError } from '../../domain/errors.ts';
import type { RequestSource } from '../../domain/model/request-source.ts';
import type { TenantMember } from '../../domain/model/tenant-member.ts';
import type { Secret } from '../../domain/model/secret.ts';
import type { AccessToken, TokenRequest } from '../../domain/model/token.ts';
import type { QlikUserRef } from '../../domain/model/account.ts';
import type { TokenBroker } from './token-broker.ts';

/** What the embed page needs to call Qlik as this user. */
export interface IssuedToken {
  readonly accessToken: Secret;
  /** Names the token in logs and `rejected` reports. */
  readonly tokenId: string;
  readonly scope: string;
  /** ms since the epoch, portal clock. */
  readonly expiresAt: number;
  /** Whole seconds from now, never negative: what a browser with a wrong clock can rely on. */
  readonly expiresInS: number;
  /** Origin of the tenant. */
  readonly host: string;
  /** Of the impersonation client; public. */
  readonly clientId: string;
}

export interface TokenIssuer {
  /**
   * The user's token, from the cache or by an exchange.
   * @throws PortalError session_required, tenant_disabled, tenant_not_provisioned, qlik_user_not_linked,
   * qlik_user_linking; and those of {@link TokenBroker.get}.
   */
  issue(member: TenantMember, source?: RequestSource): Promise<IssuedToken>;
  /**
   * Qlik refused the token with this id: a new one, unless the broker has a newer already.
   * @throws PortalError as {@link issue}, and qlik_token_refused where the replacement was refused as well.
   */
  reject(member: TenantMember, tokenId: string, source?: RequestSource): Promise<IssuedToken>;
  /** Drops the user's token, e.g. at sign-out; returns it so that it can be revoked. */
  forget(member: TenantMember): Promise<AccessToken | undefined>;
}

/** Decides who may have which token; the broker provides it. */
export function createTokenIssuer({
  broker,
  clock,
  mapQlikUser = notMapped,
}: {
  broker: TokenBroker;
  clock: Clock;
  /** Finds the Qlik user of an account that has none yet. */
  mapQlikUser?: (member: TenantMember, source?: RequestSource) => Promise<QlikUserRef>;
}): TokenIssuer {
  async function tokenRequest(member: TenantMember, source?: RequestSource): Promise<TokenRequest> {
    requireMayHaveToken(member);
    const { account, tenant } = member;
    const qlikUser = account.qlikUser ?? (await mapQlikUser(member, source));
    if (qlikUser.value.trim() === '') throw new PortalError('qlik_user_not_linked');
    const request = requestOf({ account: { ...account, qlikUser }, tenant });
    if (request === undefined) throw new PortalError('tenant_not_provisioned');
    return source === undefined ? request : { ...request, source };
  }

  function issued(request: TokenRequest, token: AccessToken): IssuedToken {
    return {
      accessToken: token.value,
      tokenId: token.tokenId,
      scope: token.scope,
      expiresAt: token.expiresAt,
      expiresInS: Math.max(0, Math.floor((token.expiresAt - clock.now()) / 1000)),
      host: request.host,
      clientId: request.client.clientId,
    };
  }

  return {
    async issue(member, source) {
      const request = await tokenRequest(member, source);
      return issued(request, await broker.get(request));
    },
    async reject(member, tokenId, source) {
      const request = await tokenRequest(member, source);
      return issued(request, await broker.reject(request, tokenId));
    },
    async forget(member) {
      // Also for a user who may no longer have a token: signing out must always work.
      const request = requestOf(member);
      return request === undefined ? undefined : broker.forget(request);
    },
  };
}

/** Deny by default: every reason to refuse a token, before anything is looked up or sent. */
function requireMayHaveToken({ account, tenant }: TenantMember): void {
  if (account.tenantId !== tenant.id) {
    throw new PortalError('internal_error', { detail: 'the account belongs to another tenant' });
  }
  if (account.status !== 'active') throw new PortalError('session_required');
  if (tenant.status !== 'active') throw new PortalError('tenant_disabled');
  if (tenant.impersonation === null) throw new PortalError('tenant_not_provisioned');
}

function notMapped(): Promise<never> {
  return Promise.reject(new PortalError('qlik_user_not_linked'));
}

function requestOf({ account, tenant }: TenantMember): TokenRequest | undefined {
  if (account.qlikUser === null || tenant.impersonation === null) return undefined;
  return {
    tenantId: tenant.id,
    host: tenant.host,
    client: tenant.impersonation,
    user: account.qlikUser,
    scopes: tenant.scopes,
    accountId: account.id,
  };
}
