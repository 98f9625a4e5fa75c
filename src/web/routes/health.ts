import { Router } from 'express';
import { z } from 'zod';
import type { RouteDeps } from '../http/deps.ts';
import { route } from '../http/route.ts';
import { type Operations, json } from '../http/operation.ts';

const alive = z.strictObject({ status: z.literal('ok') }).meta({ id: 'Alive' });
const readyAnswer = z.strictObject({ status: z.literal('ready') }).meta({ id: 'Ready' });
const stopping = z.strictObject({ status: z.literal('stopping') }).meta({ id: 'Stopping' });

export const healthOperations = {
  getHealth: {
    method: 'get',
    path: '/healthz',
    tag: 'Operation',
    summary: 'The process lives',
    description: 'Restart it when this fails. It asks nothing of the database.',
    session: 'none',
    answers: { 200: json('It does', alive) },
    problems: [],
  },
  getReadiness: {
    method: 'get',
    path: '/readyz',
    tag: 'Operation',
    summary: 'The process can serve',
    description: 'Send it no requests while this fails. A tenant that is down does not make it fail.',
    session: 'none',
    answers: {
      200: json('It can', readyAnswer),
      503: json('It is stopping', stopping),
    },
    problems: ['storage_unavailable'],
  },
} satisfies Operations;

/**
 * `/healthz`: the process lives; restart it when this fails. `/readyz`: it can serve, because what it cannot do
 * without answers; send it no requests while this fails or the portal is stopping.
 */
export function healthRoutes({ ready }: RouteDeps): Router {
  const router = Router();
  route(router, healthOperations.getHealth, [
    (_req, res) => {
      res.json({ status: 'ok' });
    },
  ]);
  route(router, healthOperations.getReadiness, [
    async (_req, res) => {
      const status = await ready();
      res.status(status === 'ready' ? 200 : 503).json({ status });
    },
  ]);
  return router;
}
