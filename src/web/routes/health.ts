import { Router } from 'express';
import type { Readiness } from '../../runtime/readiness.ts';
import { route } from '../http/methods.ts';
import { noStore } from '../http/security-headers.ts';

/**
 * `/healthz`: the process lives; restart it when this fails. `/readyz`: it can serve, because what it cannot do
 * without answers; send it no requests while this fails or the portal is stopping.
 */
export function healthRoutes({ ready }: { ready: Readiness }): Router {
  const router = Router();
  route(router, '/healthz', {
    get: [
      noStore,
      (_req, res) => {
        res.json({ status: 'ok' });
      },
    ],
  });
  route(router, '/readyz', {
    get: [
      noStore,
      async (_req, res) => {
        const status = await ready();
        res.status(status === 'ready' ? 200 : 503).json({ status });
      },
    ],
  });
  return router;
}
