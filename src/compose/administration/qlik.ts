import { exchangeLimit } from '../../domain/rules/exchange-limit.ts';
import type { TenantPace } from '../../domain/ports/tenant-pace.ts';
import { createTenantPace } from '../../portal/tokens/tenant-pace.ts';
import type { QlikHttp } from '../../qlik/http.ts';
import { createQlikOAuth } from '../../qlik/oauth.ts';
import { createQlikClients } from '../../qlik/oauth-clients.ts';
import { queuedLane, retryingLane } from '../../qlik/lanes.ts';
import { createQlikUsers } from '../../qlik/users.ts';
import { createMemoryExchangeBudget } from '../../storage/memory/exchange-budget.ts';
import type { Portal } from '../portal.ts';

/** Requests that a tenant accepts from a client, for those that read. */
const TIER_1_PER_MINUTE = 1_000;

export interface AdministrationOptions {
  /** Retries where that is safe; called before every pause, with its reason and length in ms. Without it, no retries. */
  readonly onWait?: (waiting: { readonly reason: string; readonly ms: number }) => void;
  /**
   * Called as soon as a verb about an account could not do its part in the tenant: a verb that throws afterwards does
   * not lose it.
   */
  readonly onWarning?: (warning: string) => void;
}

/** Qlik Cloud for management: with retries, and requests about users within half of the tenant's rate limit. */
export function composeQlik(portal: Portal, { onWait }: AdministrationOptions) {
  const { clock, http } = portal;
  const patient = (wire: QlikHttp) => (onWait === undefined ? wire : retryingLane(wire, { onWait }));
  return {
    oauth: createQlikOAuth({ http: patient(http), clock }),
    clients: createQlikClients(patient(http)),
    users: createQlikUsers(patient(queuedLane(http, managementPace(portal)))),
  };
}

/** Half of the tenant's limit is left to people; writes also count in the budget that the portal shares. */
function managementPace({ config, clock, timer, exchangeBudget }: Portal): {
  reads: TenantPace;
  writes: TenantPace;
} {
  const half = (perMinute: number) => {
    const budget = createMemoryExchangeBudget(clock, exchangeLimit(Math.ceil(perMinute / 2)));
    return createTenantPace({ budget, timer });
  };
  const own = half(config.qlik.exchangesPerMinute);
  const shared = createTenantPace({ budget: exchangeBudget, timer });
  return {
    reads: half(TIER_1_PER_MINUTE),
    writes: {
      async acquire(host) {
        await own.acquire(host);
        await shared.acquire(host);
      },
      pause: (host, ms) => shared.pause(host, ms),
    },
  };
}
