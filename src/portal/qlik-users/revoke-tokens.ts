import type { QlikOAuth } from '../../domain/ports/qlik/qlik-oauth.ts';
import type { TenantMember } from '../../domain/model/tenant-member.ts';
import type { TenantAccess } from '../../domain/model/tenant-access.ts';
import type { QlikTokens } from '../../domain/ports/qlik/qlik-tokens.ts';
import type { QlikUsers } from '../../domain/ports/qlik/qlik-users.ts';
import type { Tenant } from '../../domain/model/tenant.ts';
import type { AccessToken } from '../../domain/model/token.ts';
import type { Account } from '../../domain/model/account.ts';
import { unlessGone } from '../tenants/client-secrets.ts';
import { findStored } from './find-qlik-user.ts';
import type { ManagementAccess } from './management-access.ts';

export interface RevokeDeps {
  readonly oauth: Pick<QlikOAuth, 'revoke'>;
  readonly management: Pick<ManagementAccess, 'run'>;
  readonly qlikUsers: Pick<QlikUsers, 'find'>;
  readonly qlikTokens: QlikTokens;
}

/** Ends one token that the portal knows. Codes: those of QlikOAuth. */
export async function revokeToken(
  { oauth }: Pick<RevokeDeps, 'oauth'>,
  { host, impersonation: client }: Tenant,
  token: AccessToken,
): Promise<void> {
  // Without a client there was no token.
  if (client !== null) await oauth.revoke({ host, client, token });
}

/**
 * Ends every token of the account's Qlik user, also those that pages still hold and the portal has replaced or never
 * knew: whoever made them, since the tenant does not say. Answers how many.
 * Codes: those of ManagementAccess and QlikUsers.
 */
export async function revokeAllTokens(deps: RevokeDeps, { account, tenant }: TenantMember): Promise<number> {
  return deps.management.run(tenant, async (access) => {
    const ids = await tokensOf(deps, account, access);
    for (const id of ids) await unlessGone(deps.qlikTokens.revoke(access, id));
    return ids.length;
  });
}

async function tokensOf(
  { qlikUsers, qlikTokens }: RevokeDeps,
  { qlikUser }: Account,
  access: TenantAccess,
): Promise<readonly string[]> {
  const found = qlikUser && (await findStored({ qlikUsers }, qlikUser, access));
  if (!found) return [];
  const all: string[] = [];
  let next: string | undefined;
  do {
    const page = await qlikTokens.page(access, { userId: found.id, ...(next !== undefined && { next }) });
    all.push(...page.ids);
    next = page.next;
  } while (next !== undefined);
  return all;
}
