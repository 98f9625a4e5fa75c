import { newObjectId } from './ids.ts';
import type { RoleRef } from './roles.ts';

type UserStatus = 'active' | 'invited' | 'disabled' | 'deleted' | 'provisioned';

export interface GroupRef {
  id: string;
  name: string;
  providerType: 'idp' | 'custom';
}

/** A user as the tenant keeps it; `id` is 24 hex digits, times are ISO 8601. */
export interface SandboxUser {
  readonly id: string;
  readonly tenantId: string;
  readonly subject: string;
  readonly createdAt: string;
  /** Set on the bot user a machine-to-machine client speaks as. */
  readonly clientId?: string;
  name: string;
  email: string;
  status: UserStatus;
  assignedRoles: RoleRef[];
  assignedGroups: GroupRef[];
  lastUpdatedAt: string;
  picture?: string;
  preferredLocale?: string;
  preferredZoneinfo?: string;
}

export interface NewUser {
  subject: string;
  name?: string;
  email?: string;
  status?: UserStatus;
  picture?: string;
  assignedRoles?: RoleRef[];
  assignedGroups?: GroupRef[];
  clientId?: string;
}

/** The users of one tenant, by id and by subject. */
export class Users {
  readonly #byId = new Map<string, SandboxUser>();
  readonly #idBySubject = new Map<string, string>();
  readonly #tenantId: string;
  readonly #now: () => number;

  constructor({ tenantId, now }: { tenantId: string; now: () => number }) {
    this.#tenantId = tenantId;
    this.#now = now;
  }

  /** Adds a user; `undefined` when the subject is taken. */
  add({ subject, name = subject, email = '', status = 'active', ...rest }: NewUser): SandboxUser | undefined {
    if (this.#idBySubject.has(subject)) return undefined;
    const at = new Date(this.#now()).toISOString();
    const user: SandboxUser = {
      id: newObjectId(),
      tenantId: this.#tenantId,
      subject,
      name,
      email,
      status,
      assignedRoles: [],
      assignedGroups: [],
      createdAt: at,
      lastUpdatedAt: at,
      ...rest,
    };
    this.#byId.set(user.id, user);
    this.#idBySubject.set(subject, user.id);
    return user;
  }

  byId(id: string): SandboxUser | undefined {
    return this.#byId.get(id);
  }

  bySubject(subject: string): SandboxUser | undefined {
    const id = this.#idBySubject.get(subject);
    return id === undefined ? undefined : this.#byId.get(id);
  }

  /** Marks a change, so that `lastUpdatedAt` is true. */
  touch(user: SandboxUser): void {
    user.lastUpdatedAt = new Date(this.#now()).toISOString();
  }

  remove(id: string): boolean {
    const user = this.#byId.get(id);
    if (!user) return false;
    this.#idBySubject.delete(user.subject);
    return this.#byId.delete(id);
  }

  /** People only; the bots of OAuth clients are in {@link everyone}. */
  people(): SandboxUser[] {
    return this.everyone().filter((user) => user.clientId === undefined);
  }

  everyone(): SandboxUser[] {
    return [...this.#byId.values()];
  }
}

/** Whether a user in this status may hold tokens at all. */
export function mayHoldTokens(user: SandboxUser): boolean {
  return user.status !== 'disabled' && user.status !== 'deleted';
}
