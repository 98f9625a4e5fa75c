import type { AuditLog } from '../../domain/ports/audit-log.ts';
import type { QlikOAuth } from '../../domain/ports/qlik/qlik-oauth.ts';
import type { Log } from '../../runtime/log.ts';
import { record } from '../audit.ts';

type Impersonate = Pick<QlikOAuth, 'impersonate'>;

/**
 * Records every token that is issued, by its id, in the audit log; not every time it is served. A token that cannot be
 * recorded is served as well, and logged.
 */
export function auditedExchange(
  oauth: Impersonate,
  { audit, log }: { readonly audit: AuditLog; readonly log: Log },
): Impersonate {
  return {
    async impersonate(request) {
      const token = await oauth.impersonate(request);
      const { tenantId, accountId: userId, source, user } = request;
      const detail = { tokenId: token.tokenId, qlikUser: `${user.field} ${user.value}` };
      try {
        await record({ audit, actor: 'portal', tenantId, userId, source }, 'qlik-token.issue', detail);
      } catch (error) {
        log.error({ tenantId, userId, ...detail, err: error }, 'issued token is missing from the audit log');
      }
      return token;
    },
  };
}
