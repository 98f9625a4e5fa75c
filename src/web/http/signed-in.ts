import type { Request, Response } from 'express';
import { PortalError } from '../../domain/errors.ts';
import type { TenantMember } from '../../domain/model/tenant-member.ts';
import type { TenantMemberReader } from '../../domain/ports/tenant-member-reader.ts';
import type { Sessions } from './session.ts';

/** The account and tenant of the session, as they are now: the session keeps only what was true at sign-in. */
export interface SignedIn {
  /** Undefined without a valid session. Ends a session whose account was deleted, disabled or moved to another tenant. */
  find(req: Request, res: Response): Promise<TenantMember | undefined>;
  /** @throws PortalError session_required, tenant_disabled */
  require(req: Request, res: Response): Promise<TenantMember>;
}

export function createSignedIn({
  sessions,
  tenantMembers,
}: {
  sessions: Pick<Sessions, 'currentPrincipal' | 'end'>;
  tenantMembers: TenantMemberReader;
}): SignedIn {
  async function find(req: Request, res: Response): Promise<TenantMember | undefined> {
    const principal = sessions.currentPrincipal(req);
    if (principal === undefined) return undefined;
    const member = await tenantMembers.find(principal.userId);
    if (member?.account.status === 'active' && member.tenant.id === principal.tenantId) return member;
    await sessions.end(req, res);
    return undefined;
  }

  return {
    find,
    async require(req, res) {
      const member = await find(req, res);
      if (member === undefined) throw new PortalError('session_required');
      if (member.tenant.status !== 'active') throw new PortalError('tenant_disabled');
      return member;
    },
  };
}
