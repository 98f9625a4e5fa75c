import type { User, Users } from '@qlik/api/users';
import express, { type Request, type Router } from 'express';
import { z } from 'zod';
import { parse, SandboxError } from '../errors.ts';
import { compileFilter, type FilterableAttributes } from '../filter-match.ts';
import { callerIn, isAdmin, requireAdminToWrite, requireCaller } from '../identify.ts';
import { pageOf, type Sorting } from '../paging.ts';
import type { SandboxUser, TenantState } from '../tenant-state.ts';
import { rolesNamed } from './references.ts';
import { patchUser } from './user-patch.ts';

export const userCreation = z.object({
  subject: z.string().min(1).max(255),
  name: z.string().min(1).max(256).exactOptional(),
  email: z.email().max(254).exactOptional(),
  picture: z.url().exactOptional(),
  status: z.literal('invited').optional(),
  assignedRoles: z.unknown().optional(),
  tenantId: z.string().optional(),
});

const filterable: FilterableAttributes<SandboxUser> = {
  id: { operators: ['eq'], read: ({ id }) => id },
  subject: { operators: ['eq', 'co'], read: ({ subject }) => subject },
  name: { operators: ['eq', 'co'], read: ({ name }) => name },
  email: { operators: ['eq', 'co'], read: ({ email }) => email },
  status: { operators: ['eq'], read: ({ status }) => status },
  clientId: { operators: ['eq'], read: ({ clientId }) => clientId },
  'assignedRoles.id': { operators: ['eq'], read: ({ assignedRoles }) => assignedRoles.map(({ id }) => id) },
  'assignedRoles.name': {
    operators: ['eq'],
    read: ({ assignedRoles }) => assignedRoles.map(({ name }) => name),
  },
  'assignedGroups.id': {
    operators: ['eq'],
    read: ({ assignedGroups }) => assignedGroups.map(({ id }) => id),
  },
  'assignedGroups.name': {
    operators: ['eq'],
    read: ({ assignedGroups }) => assignedGroups.map(({ name }) => name),
  },
};

const sorting: Sorting<SandboxUser> = {
  initial: '+name',
  id: ({ id }) => id,
  by: {
    name: ({ name }) => name,
    id: ({ id }) => id,
    _id: ({ id }) => id,
    tenantId: ({ tenantId }) => tenantId,
    clientId: ({ clientId = '' }) => clientId,
    status: ({ status }) => status,
    subject: ({ subject }) => subject,
    email: ({ email }) => email,
    createdAt: ({ createdAt }) => createdAt,
  },
};

/** `/api/v1/users`: anyone signed in may read, administrators may write. */
export function usersRouter(state: TenantState): Router {
  const router = express.Router();
  const find = (req: Request<{ id: string }>) => userNamed(state, req.params.id);
  router.use(requireCaller);
  router.post('/actions/filter', (req, res) => {
    const { filter } = parse(z.object({ filter: z.string().optional() }), req.body ?? {});
    res.json(list(state, req, filter));
  });
  router.use(requireAdminToWrite);

  router.get('/', (req, res) => void res.json(list(state, req, req.query['filter'])));
  router.post('/', (req, res) => void res.status(201).json(shown(state, req, create(state, req.body))));
  router.get('/actions/count', (_req, res) => void res.json({ total: state.users.people().length }));
  router.get('/me', (req, res) => void res.json(callerShown(state, req)));

  router.get('/:id', (req, res) => void res.json(shown(state, req, find(req))));
  router.patch('/:id', (req, res) => {
    patchUser(state, find(req), req.body);
    res.status(204).end();
  });
  router.delete('/:id', (req, res) => {
    const { id } = find(req);
    state.tokens.revokeAllOf({ userId: id });
    state.users.remove(id);
    res.status(204).end();
  });
  return router;
}

function userNamed(state: TenantState, id: string): SandboxUser {
  const user = state.users.byId(id);
  if (!user) throw new SandboxError(404);
  return user;
}

/** The bots of clients show up only for a filter that asks for a `clientId`. */
function list(state: TenantState, req: Request, filterText: unknown): Users {
  const filter = parse(z.string().optional(), filterText);
  const all = /\bclientId\b/i.test(filter ?? '') ? state.users.everyone() : state.users.people();
  const found = filter === undefined ? all : all.filter(compileFilter(filter, filterable));
  const page = pageOf(req, state.host, found, sorting);
  return { ...page, data: page.data.map((user) => shown(state, req, user)) };
}

function create(state: TenantState, body: unknown): SandboxUser {
  const { assignedRoles, status = 'active', tenantId, ...rest } = parse(userCreation, body);
  if (tenantId !== undefined && tenantId !== state.id)
    throw new SandboxError(400, 'tenantId: another tenant');
  if (status === 'invited' && rest.email === undefined)
    throw new SandboxError(400, 'email: needed to invite');
  const roles = assignedRoles === undefined ? [] : rolesNamed(state, assignedRoles);
  const user = state.users.add({ ...rest, status, assignedRoles: roles });
  if (!user) throw new SandboxError(409, 'The subject is taken.');
  return user;
}

/** `GET /users/me`: who the token speaks for. */
export function callerShown(state: TenantState, req: Request): User {
  return shown(state, req, callerIn(req).user);
}

/** A user as the API tells it. Others' roles are for administrators. */
function shown(state: TenantState, req: Request, { assignedRoles, ...user }: SandboxUser): User {
  const mayReadRoles = isAdmin(req) || callerIn(req).user.id === user.id;
  const told: User = {
    ...user,
    ...(mayReadRoles ? { assignedRoles } : {}),
    links: { self: { href: `${state.host}/api/v1/users/${user.id}` } },
  };
  return onlyFields(told, parse(z.string().optional(), req.query['fields']));
}

/** What `fields=id,name` leaves of a resource. */
function onlyFields<T extends object>(resource: T, fields: string | undefined): T {
  if (fields === undefined) return resource;
  const wanted = new Set(fields.split(','));
  const picked = { ...resource };
  for (const name of Object.keys(picked)) if (!wanted.has(name)) Reflect.deleteProperty(picked, name);
  return picked;
}
