import type { Request, Response } from 'express';
import { PortalError } from '../../domain/errors.ts';
import type { TenantMember } from '../../domain/model/tenant-member.ts';
import type { TenantMemberReader } from '../../domain/ports/tenant-member-reader.ts';
import type { Sessions } from './session.ts';

/** Who makes this request, as they are now: a session only remembers who they were when they signed in. */
export interface SignedIn {
  /** Undefined without a valid session. A session whose owner left, was disabled or moved to another tenant is ended. */
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
