import express, { type RequestHandler, type Router } from 'express';
import { z } from 'zod';
import { parse, SandboxError } from './errors.ts';
import type { Engine } from './engine/attach.ts';
import type { NewFault } from './state/faults.ts';
import type { TenantState } from './tenant-state.ts';

const MAX_MS = 24 * 60 * 60 * 1000;

const effect = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('delay'), ms: z.int().min(0).max(MAX_MS) }),
  z.strictObject({
    kind: z.literal('status'),
    status: z.int().min(400).max(599),
    retryAfterSeconds: z.int().min(0).exactOptional(),
  }),
  z.strictObject({ kind: z.literal('hang') }),
  z.strictObject({ kind: z.literal('reset'), afterBytes: z.int().min(0).exactOptional() }),
  z.strictObject({ kind: z.literal('malformed') }),
  z.strictObject({ kind: z.literal('expired-token') }),
  z.strictObject({ kind: z.literal('revoked-token') }),
  z.strictObject({ kind: z.literal('disabled-user') }),
  z.strictObject({ kind: z.literal('token-cap') }),
  z.strictObject({ kind: z.literal('clock-skew'), ms: z.int().min(-MAX_MS).max(MAX_MS) }),
]);

const placement = z.strictObject({
  match: z
    .strictObject({
      method: z.string().exactOptional(),
      path: z.string().startsWith('/').exactOptional(),
      grant: z.string().exactOptional(),
      clientId: z.string().exactOptional(),
      userId: z.string().exactOptional(),
    })
    .exactOptional(),
  times: z.int().min(1).exactOptional(),
});

/**
 * The control API, `/__sandbox`: add, list and clear faults, read and clear the journal, close engine sessions, reset
 * the rate limits. It has no password: it listens on loopback, and {@link sameMachineOnly} refuses web pages.
 */
export function controlApi(state: TenantState, engine: Engine): Router {
  const router = express.Router();
  router.use(sameMachineOnly(state), express.json());
  router
    .route('/faults')
    .get((_req, res) => void res.json({ data: state.faults.list() }))
    .post((req, res) => void res.status(201).json(state.faults.add(parseFault(req.body))))
    .delete((_req, res) => void res.json({ cleared: state.faults.clear() }));
  router.delete('/faults/:id', (req, res) => {
    if (state.faults.clear(req.params.id) === 0) throw new SandboxError(404);
    res.json({ cleared: 1 });
  });
  router
    .route('/journal')
    .get((_req, res) => void res.json({ data: state.journal.list() }))
    .delete((_req, res) => {
      state.journal.clear();
      res.status(204).end();
    });
  router
    .route('/engine-sessions')
    .get((_req, res) => void res.json({ connections: engine.connections }))
    .delete((req, res) => {
      engine.cut({ abrupt: req.query['abrupt'] === 'true' });
      res.status(204).end();
    });
  router.delete('/rate-limits', (_req, res) => {
    state.rateLimits.clear();
    res.status(204).end();
  });
  return router;
}

function parseFault(body: unknown): NewFault {
  const { match, times, ...rest } = parse(
    z.looseObject({ match: z.unknown(), times: z.unknown() }).partial(),
    body,
  );
  const placed = parse(placement, {
    ...(match === undefined ? {} : { match }),
    ...(times === undefined ? {} : { times }),
  });
  return { ...parse(effect, rest), ...placed };
}

/** Refuses pages in the developer's browser, by their origin and by a rebound host name (DNS rebinding). */
function sameMachineOnly(state: TenantState): RequestHandler {
  const { port } = new URL(state.host);
  const hosts = new Set([`127.0.0.1:${port}`, `localhost:${port}`]);
  return (req, _res, next) => {
    const { origin, host } = req.headers;
    if (!hosts.has(host ?? '')) throw new SandboxError(403, 'Use the loopback address of the sandbox.');
    if (origin !== undefined && origin !== state.host)
      throw new SandboxError(403, 'Web pages may not use the control API.');
    next();
  };
}
