import { z } from 'zod';
import { type Operation } from './operation.ts';

const alive = z.strictObject({ status: z.literal('ok') }).meta({ id: 'Alive' });
const ready = z.strictObject({ status: z.literal('ready') }).meta({ id: 'Ready' });
const stopping = z.strictObject({ status: z.literal('stopping') }).meta({ id: 'Stopping' });

export const healthOperations: readonly Operation[] = [
  {
    method: 'get',
    path: '/healthz',
    id: 'getHealth',
    tag: 'Operation',
    summary: 'The process lives',
    description: 'Restart it when this fails. It asks nothing of the database.',
    session: 'none',
    answers: { 200: { description: 'It does', content: { 'application/json': alive } } },
    problems: [],
  },
  {
    method: 'get',
    path: '/readyz',
    id: 'getReadiness',
    tag: 'Operation',
    summary: 'The process can serve',
    description: 'Send it no requests while this fails. A tenant that is down does not make it fail.',
    session: 'none',
    answers: {
      200: { description: 'It can', content: { 'application/json': ready } },
      503: { description: 'It is stopping', content: { 'application/json': stopping } },
    },
    problems: ['storage_unavailable'],
  },
];
