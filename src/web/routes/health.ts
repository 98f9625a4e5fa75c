import { Router } from 'express';
import { PortalError } from '../../domain/errors.ts';
import { route } from '../methods.ts';
import { noStore } from '../security-headers.ts';

const READY_WITHIN_MS = 2_000;

/**
 * `/healthz`: the process lives; restart it when this fails. `/readyz`: it can serve, because what it cannot do
 * without answers; send it no requests while this fails or the portal is stopping.
 */
export function healthRoutes({
  ready,
  stopping,
}: {
  ready: () => Promise<void>;
  stopping: AbortSignal;
}): Router {
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
        if (stopping.aborted) {
          res.status(503).json({ status: 'stopping' });
          return;
        }
        await within(READY_WITHIN_MS, ready());
        res.json({ status: 'ready' });
      },
    ],
  });
  return router;
}

/** A database that hangs is as good as none: probes give up early. */
async function within(ms: number, check: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
  });
  try {
    await Promise.race([check, tooLate]);
  } catch (cause) {
    throw cause instanceof PortalError ? cause : new PortalError('storage_unavailable', { cause });
  } finally {
    clearTimeout(timer);
  }
}
