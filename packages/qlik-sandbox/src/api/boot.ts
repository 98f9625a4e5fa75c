import express, { type Router } from 'express';
import { requireCaller } from '../identify.ts';
import type { TenantState } from '../tenant-state.ts';
import { tenantShown } from './tenants.ts';
import { callerShown } from './users.ts';

/** `/api/v1/boot/core-init`: the answers a browser's `@qlik/api` would ask for one by one when it starts. */
export function bootRouter(state: TenantState): Router {
  const router = express.Router();
  router.get('/core-init', requireCaller, (req, res) => {
    res.json([
      answer('/api/v1/users/me', callerShown(state, req)),
      answer('/api/v1/tenants/me', tenantShown(state)),
    ]);
  });
  return router;
}

function answer(path: string, data: unknown): object {
  return { method: 'GET', path, status: 200, data };
}
