import type { TenantMember } from '../../domain/model/tenant-member.ts';
import type { QlikTokens } from '../../domain/ports/qlik/qlik-tokens.ts';
import type { QlikUsers } from '../../domain/ports/qlik/qlik-users.ts';
import { pages } from '../../runtime/pages.ts';
import { ignoreNotFound } from '../tenants/client-secrets.ts';
import { findStored } from './find-qlik-user.ts';
import type { ManagementAccess } from './management-access.ts';

export interface RevokeDeps {
  readonly management: Pick<ManagementAccess, 'run'>;
  readonly qlikUsers: Pick<QlikUsers, 'find'>;
  readonly qlikTokens: QlikTokens;
}

/** Far more tokens than tenants let one user hold. */
const BOUNDS = { maxPages: 100, maxItems: 10_000 };
/** Each pass leaves less than half of the tokens that a counted list skips. */
const MAX_PASSES = 16;

/**
 * Revokes every token of the account's Qlik user, page by page, whichever client obtained them: the tenant does not say.
 * Calls `onRevoked` for each, so that a failure does not lose the count.
 * @throws PortalError those of ManagementAccess, QlikUsers and QlikTokens
 */
export async function revokeAllTokens(
  { management, qlikUsers, qlikTokens }: RevokeDeps,
  { account: { qlikUser }, tenant }: TenantMember,
  onRevoked: () => void,
): Promise<void> {
  if (qlikUser === null) return;
  await management.run(tenant, async (access) => {
    const found = await findStored({ qlikUsers }, qlikUser, access);
    if (!found) return;
    const { id: userId } = found;
    const revoked = new Set<string>();
    for (let pass = 0, more = true; more && pass < MAX_PASSES; pass += 1) {
      let pagesSeen = 0;
      const before = revoked.size;
      for await (const ids of pages((cursor) => qlikTokens.page(access, { userId, ...cursor }), BOUNDS)) {
        pagesSeen += 1;
        for (const id of ids) {
          if (revoked.has(id)) continue;
          await ignoreNotFound(qlikTokens.revoke(access, id));
          revoked.add(id);
          onRevoked();
        }
      }
      // Revoking shortens the list: where its pages are counted, each page after the first skips as many tokens.
      more = pagesSeen > 1 && revoked.size > before;
    }
  });
}
