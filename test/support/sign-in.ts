import type { PortalUserId } from '../../src/domain/ids.ts';
import type { SignInLimits } from '../../src/domain/ports.ts';
import type { PasswordVerifier } from '../../src/portal/sign-in.ts';

export interface FakePasswords extends PasswordVerifier {
  set(id: PortalUserId, password: string): Promise<void>;
  /** Whose password was looked at, in order; undefined for an unknown account. */
  readonly verified: (PortalUserId | undefined)[];
}

export function createFakePasswords(): FakePasswords {
  const known = new Map<PortalUserId, string>();
  const verified: (PortalUserId | undefined)[] = [];
  return {
    verified,
    async set(id, password) {
      known.set(id, password);
    },
    async verify(id, password) {
      verified.push(id);
      return id !== undefined && known.get(id) === password.reveal();
    },
  };
}

export const allowAll: SignInLimits = { take: async () => {}, forgive: async () => {} };
