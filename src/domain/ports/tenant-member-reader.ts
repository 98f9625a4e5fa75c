import type { PortalUserId } from '../model/ids.ts';
import type { Subject } from '../model/tenant-member.ts';

/** The one read that every token request makes, so it is one query. Undefined where the account is gone. */
export interface SubjectReader {
  find(userId: PortalUserId): Promise<Subject | undefined>;
}
