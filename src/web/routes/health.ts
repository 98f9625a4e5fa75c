import { Router } from 'express';
import { z } from 'zod';
import type { Readiness } from '../../runtime/readiness.ts';
import { route } from '../http/route.ts';
import { type Operation } from '../http/operation.ts';

const alive = z.strictObject({ status: z.literal('ok') }).meta({ id: 'Alive' });
const readyAnswer = z.strictObject({ status: z.literal('ready') }).meta({ id: 'Ready' });
const stopping = z.strictObject({ status: z.literal('stopping') }).meta({ id: 'Stopping' });

const getHealthOperation: Operation = {
  method: 'get',
  path: '/healthz',
  id: 'getHealth',
  tag: 'Operation',
  summary: 'The process lives',
  description: 'Restart it when this fails. It asks nothing of the database.',
  session: 'none',
  answers: { 200: { description: 'It does', content: { 'application/json': alive } } },
  problems: [],
};

const getReadinessOperation: Operation = {
  method: 'get',
  path: '/readyz',
  id: 'getReadiness',
  tag: 'Operation',
  summary: 'The process can serve',
  description: 'Send it no requests while this fails. A tenant that is down does not make it fail.',
  session: 'none',
  answers: {
    200: { description: 'It can', content: { 'application/json': readyAnswer } },
    503: { description: 'It is stopping', content: { 'application/json': stopping } },
  },
  problems: ['storage_unavailable'],
};

export const healthOperations: readonly Operation[] = [getHealthOperation, getReadinessOperation];

/**
 * `/healthz`: the process lives; restart it when this fails. `/readyz`: it can serve, because what it cannot do
 * without answers; send it no requests while this fails or the portal is stopping.
 */
export function healthRoutes({ ready }: { ready: Readiness }): Router {
  const router = Router();
  route(router, getHealthOperation, [
    (_req, res) => {
      res.json({ status: 'ok' });
    },
  ]);
  route(router, getReadinessOperation, [
    async (_req, res) => {
      const status = await ready();
      res.status(status === 'ready' ? 200 : 503).json({ status });
    },
  ]);
  return router;
}
