import type { Tenant } from '@qlik/api/tenants';
import express, { type Router } from 'express';
import { SandboxError } from '../errors.ts';
import { requireCaller } from '../identify.ts';
import type { TenantState } from '../tenant-state.ts';

/** `/api/v1/tenants/{id}` and `/me`: the tenant itself, and no other. */
export function tenantsRouter(state: TenantState): Router {
  const router = express.Router();
  router.use(requireCaller);
  router.get('/:id', (req, res) => {
    if (req.params.id !== 'me' && req.params.id !== state.id) throw new SandboxError(404);
    res.json(tenantShown(state));
  });
  return router;
}

export function tenantShown(state: TenantState): Tenant {
  return {
    id: state.id,
    name: state.name,
    hostnames: [new URL(state.host).host],
    status: 'active',
    datacenter: 'sandbox',
    region: 'sandbox',
    created: state.createdAt,
    lastUpdated: state.createdAt,
    links: { self: { href: `${state.host}/api/v1/tenants/${state.id}` } },
  };
}
