import { systemTimer } from '../runtime/timer.ts';
import { runJobs } from '../portal/jobs.ts';
import type { Portal } from './portal.ts';

const HOUR_MS = 3_600_000;

/** The server's background jobs, until `stopping` is aborted. */
export function composeJobs({ config, clock, log, storage }: Portal, stopping: AbortSignal): Promise<void> {
  const { auditRetentionMs } = config;
  const removeOldEvents = () => storage.audit.removeBefore(clock.now() - auditRetentionMs);
  return runJobs({
    jobs: [
      { name: 'sessions', everyMs: HOUR_MS, run: () => storage.removeExpiredSessions() },
      { name: 'password invites', everyMs: HOUR_MS, run: () => storage.passwordInvites.removeExpired() },
      ...(auditRetentionMs === 0 ? [] : [{ name: 'audit log', everyMs: 24 * HOUR_MS, run: removeOldEvents }]),
    ],
    timer: systemTimer,
    random: Math.random,
    log,
    stopping,
  });
}
