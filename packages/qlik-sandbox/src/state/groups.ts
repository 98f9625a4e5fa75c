import { newObjectId } from './ids.ts';
import type { RoleRef } from './roles.ts';

export interface SandboxGroup {
  readonly id: string;
  readonly tenantId: string;
  readonly providerType: 'idp' | 'custom';
  readonly createdAt: string;
  name: string;
  description: string;
  status: 'active' | 'disabled';
  assignedRoles: RoleRef[];
  lastUpdatedAt: string;
}

export interface NewGroup {
  name: string;
  providerType?: 'idp' | 'custom';
  description?: string;
  assignedRoles?: RoleRef[];
}

/** The groups of one tenant; names are case-sensitive and unique. */
export class Groups {
  readonly #byId = new Map<string, SandboxGroup>();
  readonly #tenantId: string;
  readonly #now: () => number;
  /** Whether naming an unknown `idp` group on a user creates it (`/groups/settings`). */
  autoCreateGroups = true;

  constructor({ tenantId, now }: { tenantId: string; now: () => number }) {
    this.#tenantId = tenantId;
    this.#now = now;
  }

  /** Adds a group; `undefined` when the name is taken. */
  add({
    name,
    providerType = 'idp',
    description = '',
    assignedRoles = [],
  }: NewGroup): SandboxGroup | undefined {
    if (this.byName(name)) return undefined;
    const at = new Date(this.#now()).toISOString();
    const group: SandboxGroup = {
      id: newObjectId(),
      tenantId: this.#tenantId,
      providerType,
      name,
      description,
      status: 'active',
      assignedRoles,
      createdAt: at,
      lastUpdatedAt: at,
    };
    this.#byId.set(group.id, group);
    return group;
  }

  byId(id: string): SandboxGroup | undefined {
    return this.#byId.get(id);
  }

  byName(name: string): SandboxGroup | undefined {
    return this.all().find((group) => group.name === name);
  }

  touch(group: SandboxGroup): void {
    group.lastUpdatedAt = new Date(this.#now()).toISOString();
  }

  remove(id: string): boolean {
    return this.#byId.delete(id);
  }

  all(): SandboxGroup[] {
    return [...this.#byId.values()];
  }
}
