import type { ErrorCodeName } from '../../domain/error-codes.ts';
import { PortalError } from '../../domain/errors.ts';
import type { Observe } from '../../runtime/observe.ts';
import type { SessionRegistry } from '../../domain/ports/session-registry.ts';

/** The same work, telling how it ended. */
export function observed<Args extends readonly unknown[], Result>(
  work: (...args: Args) => Promise<Result>,
  tell: (result: 'ok' | ErrorCodeName) => void,
): (...args: Args) => Promise<Result> {
  return async (...args) => {
    try {
      const result = await work(...args);
      tell('ok');
      return result;
    } catch (error) {
      tell(error instanceof PortalError ? error.code : 'internal_error');
      throw error;
    }
  };
}

/** The same registry, telling how many sessions it ended. */
export function observedRegistry(
  registry: SessionRegistry,
  { sessionsEnded }: Pick<Observe, 'sessionsEnded'>,
): SessionRegistry {
  return {
    async endAllOf(who) {
      const count = await registry.endAllOf(who);
      sessionsEnded({ by: 'portal', count });
      return count;
    },
    async endAllOfProvider(which) {
      const ended = await registry.endAllOfProvider(which);
      sessionsEnded({ by: 'portal', count: ended.length });
      return ended;
    },
  };
}
