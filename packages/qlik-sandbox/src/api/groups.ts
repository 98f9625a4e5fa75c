import type { Group, GroupSettings, Groups } from '@qlik/api/groups';
import express, { type Request, type Router } from 'express';
import { z } from 'zod';
import { parse, SandboxError } from '../errors.ts';
import { compileFilter, type FilterableAttributes } from '../filter-match.ts';
import { requireAdminToWrite, requireCaller } from '../identify.ts';
import { parsePatch } from '../json-patch.ts';
import { pageOf, type Sorting } from '../paging.ts';
import type { SandboxGroup } from '../state/groups.ts';
import type { TenantState } from '../tenant-state.ts';
import { rolesNamed } from './references.ts';

const groupName = z.string().min(1).max(256);
export const groupCreation = z.object({
  name: groupName,
  providerType: z.enum(['idp', 'custom']).default('idp'),
  description: z.string().max(2_000).exactOptional(),
  status: z.literal('active').optional(),
  assignedRoles: z.unknown().optional(),
});

const filterable: FilterableAttributes<SandboxGroup> = {
  id: { operators: ['eq'], read: ({ id }) => id },
  name: { operators: ['eq', 'co'], read: ({ name }) => name },
  status: { operators: ['eq'], read: ({ status }) => status },
  providerType: { operators: ['eq'], read: ({ providerType }) => providerType },
  'assignedRoles.id': { operators: ['eq'], read: ({ assignedRoles }) => assignedRoles.map(({ id }) => id) },
  'assignedRoles.name': {
    operators: ['eq'],
    read: ({ assignedRoles }) => assignedRoles.map(({ name }) => name),
  },
};

const sorting: Sorting<SandboxGroup> = {
  initial: '+name',
  id: ({ id }) => id,
  by: { name: ({ name }) => name, id: ({ id }) => id, createdAt: ({ createdAt }) => createdAt },
};

/** `/api/v1/groups`: anyone signed in may read, administrators may write. */
export function groupsRouter(state: TenantState): Router {
  const router = express.Router();
  const find = (req: Request<{ id: string }>) => groupNamed(state, req.params.id);
  router.use(requireCaller);
  router.post('/actions/filter', (req, res) => {
    const { filter } = parse(z.object({ filter: z.string().optional() }), req.body ?? {});
    res.json(list(state, req, filter));
  });
  router.use(requireAdminToWrite);

  router.get('/', (req, res) => void res.json(list(state, req, req.query['filter'])));
  router.post('/', (req, res) => void res.status(201).json(shown(state, create(state, req.body))));
  router.get('/settings', (_req, res) => void res.json(settingsOf(state)));
  router.patch('/settings', (req, res) => {
    const [last] = parsePatch(req.body, { operations: ['replace'], paths: ['/autoCreateGroups'] }).slice(-1);
    state.groups.autoCreateGroups = parse(z.boolean(), last?.value);
    res.status(204).end();
  });

  router.get('/:id', (req, res) => void res.json(shown(state, find(req))));
  router.patch('/:id', (req, res) => {
    patch(state, find(req), req.body);
    res.status(204).end();
  });
  router.delete('/:id', (req, res) => {
    const { id } = find(req);
    state.groups.remove(id);
    for (const user of state.users.everyone()) {
      user.assignedGroups = user.assignedGroups.filter((group) => group.id !== id);
    }
    res.status(204).end();
  });
  return router;
}

function groupNamed(state: TenantState, id: string): SandboxGroup {
  const group = state.groups.byId(id);
  if (!group) throw new SandboxError(404);
  return group;
}

function shown(state: TenantState, group: SandboxGroup): Group {
  return { ...group, links: { self: { href: `${state.host}/api/v1/groups/${group.id}` } } };
}

function list(state: TenantState, req: Request, filterText: unknown): Groups {
  const filter = parse(z.string().optional(), filterText);
  const all = state.groups.all();
  const found = filter === undefined ? all : all.filter(compileFilter(filter, filterable));
  const page = pageOf(req, state.host, found, sorting);
  return { ...page, data: page.data.map((group) => shown(state, group)) };
}

function create(state: TenantState, body: unknown): SandboxGroup {
  const { assignedRoles, status: _active, ...rest } = parse(groupCreation, body);
  const group = state.groups.add({
    ...rest,
    assignedRoles: assignedRoles === undefined ? [] : rolesNamed(state, assignedRoles),
  });
  if (!group) throw new SandboxError(409, 'The name is taken.');
  return group;
}

/** Qlik's types spell the paths without a leading slash; both are taken. */
function patch(state: TenantState, group: SandboxGroup, body: unknown): void {
  const names = ['name', 'description', 'assignedRoles'];
  const operations = parsePatch(body, {
    operations: ['replace'],
    paths: names.flatMap((name) => [name, `/${name}`]),
  });
  const change: Partial<SandboxGroup> = {};
  for (const { path, value } of operations) {
    const field = path.replace('/', '');
    if (field === 'assignedRoles') change.assignedRoles = rolesNamed(state, value);
    else if (group.providerType !== 'custom')
      throw new SandboxError(400, 'Only custom groups can be renamed.');
    else if (field === 'name') change.name = parse(groupName, value);
    else change.description = parse(z.string().max(2_000), value);
  }
  const other = change.name === undefined ? undefined : state.groups.byName(change.name);
  if (other && other !== group) throw new SandboxError(409, 'The name is taken.');
  Object.assign(group, change);
  state.groups.touch(group);
  renameOnUsers(state, group);
}

function renameOnUsers(state: TenantState, { id, name }: SandboxGroup): void {
  for (const { assignedGroups } of state.users.everyone()) {
    for (const reference of assignedGroups) if (reference.id === id) reference.name = name;
  }
}

function settingsOf(state: TenantState): GroupSettings {
  return {
    tenantId: state.id,
    autoCreateGroups: state.groups.autoCreateGroups,
    links: { self: { href: `${state.host}/api/v1/groups/settings` } },
  };
}
