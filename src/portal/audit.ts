import { asPortalError } from '../domain/errors.ts';
import type { AuditEvent, AuditLog } from '../domain/ports/audit-log.ts';
import type { RequestSource } from '../domain/model/request-source.ts';
import type { TenantMember } from '../domain/model/tenant-member.ts';

export type AuditDetail = NonNullable<AuditEvent['detail']>;

/** Who acts on which tenant, and the log that records it. */
export interface AuditContext {
  readonly audit: AuditLog;
  /** `ops:NAME` for the command line. */
  readonly actor: string;
  /** Absent for what concerns the portal as a whole. */
  readonly tenantId?: string | undefined;
  /** Whose account it is about. */
  readonly userId?: string | undefined;
  /** The request that caused it. */
  readonly source?: RequestSource | undefined;
}

/** Context of what people do with their own account. */
export function byOwner({ account: { id, tenantId } }: TenantMember) {
  return { actor: id, userId: id, tenantId };
}

/** Records something that was done, or that failed without an error for the caller. */
export async function record(
  { audit, actor, tenantId, userId, source }: AuditContext,
  action: string,
  detail?: AuditDetail,
  result: AuditEvent['result'] = 'ok',
): Promise<void> {
  // By name, because contexts are often part of something larger.
  const who = {
    actor,
    ...(tenantId !== undefined && { tenantId }),
    ...(userId !== undefined && { userId }),
    ...source,
  };
  await audit.append({ action, result, ...who, ...(detail && { detail }) });
}

/**
 * Does the work, and records under one action that it was done, or with which code it failed. Detail that depends on
 * the work's result is a function of it.
 */
export async function audited<Result>(
  context: AuditContext,
  action: string,
  work: () => Promise<Result>,
  detail: AuditDetail | ((result: Result) => AuditDetail) = {},
): Promise<Result> {
  const result = await work().catch(async (error: unknown) => {
    const before = typeof detail === 'function' ? {} : detail;
    await record(context, action, { ...before, code: asPortalError(error).code }, 'failed');
    throw error;
  });
  await record(context, action, typeof detail === 'function' ? detail(result) : detail);
  return result;
}
