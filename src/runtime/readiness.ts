import { PortalError } from '../domain/errors.ts';
import { withTimeout } from './with-timeout.ts';
import type { Timer } from './timer.ts';

/**
 * Whether requests should be sent here, as load balancers and Prometheus ask.
 * @throws PortalError storage_unavailable
 */
export type Readiness = () => Promise<'ready' | 'stopping'>;

/** A database that hangs counts as unavailable: probes and scrapes have time-outs of their own. */
const READY_WITHIN_MS = 2_000;

export function createReadiness({
  ping,
  timer,
  stopping,
}: {
  readonly ping: () => Promise<void>;
  readonly timer: Timer;
  /** Aborted when the server begins to stop. */
  readonly stopping: AbortSignal;
}): Readiness {
  return async () => {
    if (stopping.aborted) return 'stopping';
    try {
      await withTimeout(ping(), { timer, ms: READY_WITHIN_MS });
      return 'ready';
    } catch (cause) {
      throw cause instanceof PortalError ? cause : new PortalError('storage_unavailable', { cause });
    }
  };
}
