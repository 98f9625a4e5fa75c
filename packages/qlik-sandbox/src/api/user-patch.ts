import { z } from 'zod';
import { parse, SandboxError } from '../errors.ts';
import { parsePatch, type PatchOperation } from '../json-patch.ts';
import type { SandboxUser, TenantState } from '../tenant-state.ts';
import { groupsNamed, rolesNamed } from './references.ts';

const PATCHABLE = [
  '/name',
  '/status',
  '/assignedRoles',
  '/assignedGroups',
  '/preferredLocale',
  '/preferredZoneinfo',
] as const;

/** Applies the whole JSON Patch or nothing; a user disabled by it loses all tokens. */
export function patchUser(state: TenantState, user: SandboxUser, body: unknown): void {
  const operations = parsePatch(body, { operations: ['replace', 'add', 'remove-value'], paths: PATCHABLE });
  const patched = { ...user };
  for (const operation of operations) Object.assign(patched, changeOf(state, patched, operation));
  Object.assign(user, patched);
  state.users.touch(user);
  if (user.status === 'disabled') state.tokens.revokeAllOf({ userId: user.id });
}

function changeOf(state: TenantState, user: SandboxUser, operation: PatchOperation): Partial<SandboxUser> {
  const { op, path, value } = operation;
  if (path === '/assignedRoles') {
    return { assignedRoles: members(op, user.assignedRoles, rolesNamed(state, value)) };
  }
  if (path === '/assignedGroups') {
    return { assignedGroups: members(op, user.assignedGroups, groupsNamed(state, value)) };
  }
  if (op !== 'replace') throw new SandboxError(400, `op: '${op}' is for lists`);
  if (path === '/status') return { status: parse(z.enum(['active', 'disabled', 'invited']), value) };
  const text = parse(z.string().trim().min(1).max(256), value);
  if (path === '/name') return { name: text };
  return path === '/preferredLocale' ? { preferredLocale: text } : { preferredZoneinfo: text };
}

function members<T extends { id: string }>(op: string, current: T[], named: T[]): T[] {
  const ids = new Set(named.map(({ id }) => id));
  const others = current.filter(({ id }) => !ids.has(id));
  if (op === 'remove-value') return others;
  const distinct = [...new Map(named.map((member) => [member.id, member])).values()];
  return op === 'add' ? [...others, ...distinct] : distinct;
}
