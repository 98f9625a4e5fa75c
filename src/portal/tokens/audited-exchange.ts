import type { Log } from '../../runtime/log.ts';
import type { AuditLog } from '../../domain/ports/audit-log.ts';
import type { QlikOAuth } from '../../domain/ports/qlik/qlik-oauth.ts';

type Impersonate = Pick<QlikOAuth, 'impersonate'>;

/**
 * Records every token that is issued, by its id, in the audit log; not every time it is served. A token is served also
 * where it cannot be recorded: the log then has it.
 */
export function auditedExchange(
  oauth: Impersonate,
  { audit, log }: { readonly audit: AuditLog; readonly log: Log },
): Impersonate {
  return {
    async impersonate(request) {
      const token = await oauth.impersonate(request);
      const { tenantId, accountId: userId, source: forRequest, user } = request;
      const detail = { tokenId: token.tokenId, qlikUser: `${user.field} ${user.value}` };
      try {
        await audit.append({
          action: 'qlik-token.issue',
          result: 'ok',
          actor: 'portal',
          tenantId,
          ...(userId !== undefined && { userId }),
          ...forRequest,
          detail,
        });
      } catch (error) {
        log.error({ tenantId, userId, ...detail, err: error }, 'issued token is missing from the audit log');
      }
      return token;
    },
  };
}
