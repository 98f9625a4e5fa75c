import { systemTimer } from '../runtime/timer.ts';
import { runJobs } from '../portal/jobs.ts';

import type { Portal } from './portal.ts';

const HOUR_MS = 3_600_000;

/** What the server does in the background, until `stopping` is aborted. */
export function composeJobs({ config, clock, log, storage }: Portal, stopping: AbortSignal): Promise<void> {
  const { auditRetentionMs } = config;
  const sweepAudit = () => storage.audit.removeBefore(clock.now() - auditRetentionMs);
  return runJobs({
    chores: [
      { name: 'sessions', everyMs: HOUR_MS, run: () => storage.sweepSessions() },
      { name: 'password links', everyMs: HOUR_MS, run: () => storage.passwordInvites.sweep() },
      ...(auditRetentionMs === 0 ? [] : [{ name: 'audit log', everyMs: 24 * HOUR_MS, run: sweepAudit }]),
    ],
    timer: systemTimer,
    random: Math.random,
    log,
    stopping,
  });
}
