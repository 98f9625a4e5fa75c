import { Counter, type Registry } from 'prom-client';
import type { Observe } from '../runtime/observe.ts';

export function sessionMetrics(registers: Registry[]): Pick<Observe, 'signIn' | 'sessionsEnded'> {
  const signIns = new Counter({
    name: 'portal_sign_ins_total',
    help: 'Sign-in attempts, by method and result: ok, or the error code.',
    labelNames: ['method', 'result'],
    registers,
  });
  const ended = new Counter({
    name: 'portal_sessions_ended_total',
    help: 'Sessions ended before they expired: by their owner, or by the portal.',
    labelNames: ['by'],
    registers,
  });
  return {
    signIn: ({ method, result }) => signIns.inc({ method, result }),
    sessionsEnded: ({ by, count }) => ended.inc({ by }, count),
  };
}
