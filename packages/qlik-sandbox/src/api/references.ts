import { z } from 'zod';
import { parse, SandboxError } from '../errors.ts';
import type { RoleRef } from '../state/roles.ts';
import type { GroupRef } from '../state/users.ts';
import type { TenantState } from '../tenant-state.ts';

const roleReferences = z
  .array(z.union([z.object({ id: z.string() }), z.object({ name: z.string() })]))
  .max(100);
const groupReferences = z
  .array(z.object({ name: z.string().min(1).max(256), providerType: z.enum(['idp', 'custom']) }))
  .max(1_000);

/** Roles named by `[{id}]` or `[{name}]`; 400 for one the tenant does not have. */
export function rolesNamed(state: TenantState, value: unknown): RoleRef[] {
  return parse(roleReferences, value).map((reference) => {
    const role = 'id' in reference ? state.roles.byId(reference.id) : state.roles.byName(reference.name);
    if (!role) throw new SandboxError(400, 'assignedRoles: no such role');
    return role;
  });
}

/**
 * Groups named by `[{name, providerType}]`. An unknown `idp` group is made when the tenant creates groups on its
 * own (`/groups/settings`); otherwise, and for every `custom` group, it must exist: 400.
 */
export function groupsNamed(state: TenantState, value: unknown): GroupRef[] {
  const references = parse(groupReferences, value);
  const unknown = references.filter(({ name }) => !state.groups.byName(name));
  if (unknown.some(({ providerType }) => providerType === 'custom' || !state.groups.autoCreateGroups)) {
    throw new SandboxError(400, 'assignedGroups: no such group');
  }
  return references.map(({ name, providerType }) => {
    const group = state.groups.byName(name) ?? state.groups.add({ name, providerType });
    if (group?.providerType !== providerType)
      throw new SandboxError(400, 'assignedGroups: another provider type');
    return { id: group.id, name, providerType };
  });
}
