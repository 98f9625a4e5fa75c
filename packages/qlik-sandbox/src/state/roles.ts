import { newObjectId } from './ids.ts';

export interface RoleRef {
  readonly id: string;
  readonly name: string;
  readonly type: 'default' | 'custom';
  readonly level: 'admin' | 'user';
}

const DEFAULT_ROLES = [
  ['TenantAdmin', 'admin'],
  ['AnalyticsAdmin', 'admin'],
  ['DataAdmin', 'admin'],
  ['AuditAdmin', 'admin'],
  ['Developer', 'user'],
  ['SharedSpaceCreator', 'user'],
  ['ManagedSpaceCreator', 'user'],
  ['PrivateAnalyticsContentCreator', 'user'],
  ['DataServicesContributor', 'user'],
] as const;

/** The roles of one tenant: Qlik's default ones. */
export class Roles {
  readonly #roles: RoleRef[] = DEFAULT_ROLES.map(([name, level]) => ({
    id: newObjectId(),
    name,
    type: 'default',
    level,
  }));

  byName(name: string): RoleRef | undefined {
    return this.#roles.find((role) => role.name === name);
  }

  byId(id: string): RoleRef | undefined {
    return this.#roles.find((role) => role.id === id);
  }
}
