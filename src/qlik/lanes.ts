import { setTimeout as sleep } from 'node:timers/promises';
import { hasCode } from '../domain/errors.ts';
import type { ExchangeBudget } from '../domain/ports/exchange-budget.ts';
import type { TenantPace } from '../domain/ports/tenant-pace.ts';
import type { QlikHttp, QlikRequest, QlikResponse } from './http.ts';
import { refusalError } from './refusal.ts';

/**
 * The lanes to a tenant: what waits for the tenant's budget, and what may skip it. Qlik's Tier 2 is what writes, tokens
 * included; Tier 1 is what reads. In no lane, by plain {@link QlikHttp}: the broker's exchanges, which have taken from
 * the budget already, and the doctor's probes, which show what a tenant answers now.
 */
interface Lanes {
  /** Waits for the budget. For what happens in the background. */
  readonly queued: QlikHttp;
  /** Counts in the budget and never waits for it: tokens of a user who is locked out must not stay valid meanwhile. */
  readonly urgent: QlikHttp;
  /** Queued, and urgent once the portal stops: what is not sent then is never sent. */
  readonly closing: QlikHttp;
}

export function createLanes(
  http: QlikHttp,
  {
    pace,
    budget,
    stopping,
  }: {
    readonly pace: TenantPace;
    readonly budget: Pick<ExchangeBudget, 'take'>;
    readonly stopping: AbortSignal;
  },
): Lanes {
  const queued = queuedLane(http, { writes: pace });
  const urgent: QlikHttp = {
    ...http,
    async send(request) {
      await budget.take(request.host);
      return http.send(request);
    },
  };
  const closing: QlikHttp = {
    ...http,
    send: (request) => (stopping.aborted ? urgent : queued).send(request),
  };
  return { queued, urgent, closing };
}

/** Each request waits for its tier's budget; a 429, which closes the whole tier, pauses all who share the pace. */
export function queuedLane(
  http: QlikHttp,
  { reads, writes }: { readonly reads?: TenantPace; readonly writes: TenantPace },
): QlikHttp {
  return {
    ...http,
    async send(request) {
      const pace = request.method === 'GET' ? reads : writes;
      await pace?.acquire(request.host);
      const response = await http.send(request);
      if (response.status === 429) await pace?.pause(request.host, retryAfterMs(response));
      return response;
    },
  };
}

const RETRIES = 3;
const FIRST_RETRY_MS = 500;
/** Where a tenant asks for more than this, a person decides. */
const MAX_WAIT_MS = 120_000;

interface RetryOptions {
  readonly onWait: (waiting: { readonly reason: string; readonly ms: number }) => void;
  readonly wait?: (ms: number) => Promise<unknown>;
}

/**
 * For people at the command line: retries where that is safe. After a 429 always, because the tenant has done nothing,
 * and not before `Retry-After`. After a failure only what reads: a create whose answer was lost may have happened, so it
 * is never sent twice.
 */
export function retryingLane(http: QlikHttp, { onWait, wait = sleep }: RetryOptions): QlikHttp {
  return {
    ...http,
    async send(request) {
      for (let failures = 0; ; failures += 1) {
        const sent = http.send(request);
        const [outcome] = await Promise.allSettled([sent]);
        const ms = failures < RETRIES ? retryDelayMs(request, outcome, failures) : undefined;
        if (ms === undefined || ms > MAX_WAIT_MS) return sent;
        onWait({ reason: reasonOf(outcome), ms });
        await wait(ms);
      }
    },
  };
}

type Outcome = PromiseSettledResult<QlikResponse>;

/** Undefined where the outcome stands. */
function retryDelayMs({ method }: QlikRequest, outcome: Outcome, failures: number): number | undefined {
  if (outcome.status === 'fulfilled' && outcome.value.status === 429) return retryAfterMs(outcome.value);
  const mayPass =
    outcome.status === 'fulfilled'
      ? outcome.value.status >= 500
      : hasCode(outcome.reason, 'qlik_unavailable', 'qlik_timeout');
  return method === 'GET' && mayPass ? FIRST_RETRY_MS * 2 ** failures : undefined;
}

function reasonOf(outcome: Outcome): string {
  if (outcome.status === 'fulfilled') return `${outcome.value.endpoint} answered ${outcome.value.status}`;
  return outcome.reason instanceof Error ? outcome.reason.message : String(outcome.reason);
}

function retryAfterMs(response: QlikResponse): number {
  return (refusalError(response).retryAfterS ?? 0) * 1000;
}
