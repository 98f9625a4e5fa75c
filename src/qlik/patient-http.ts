import { setTimeout as sleep } from 'node:timers/promises';
import { hasCode } from '../domain/errors.ts';
import type { OpsOptions } from '../domain/model/ops.ts';
import type { QlikHttp, QlikRequest, QlikResponse } from './http.ts';
import { refusalError } from './refusal.ts';

const TRIES = 4;
const FIRST_PAUSE_MS = 500;
/** A tenant that asks for more patience than this gets a person to decide. */
const MAX_WAIT_MS = 120_000;

interface PatienceOptions {
  readonly onWait: NonNullable<OpsOptions['patience']>;
  readonly wait?: (ms: number) => Promise<unknown>;
}

/**
 * Tries again for people at the command line, where that is safe. After a 429 always, because a tenant that refuses
 * has done nothing, and not before `Retry-After` is over. After a failure only what reads: a create whose answer was
 * lost may have happened, so it is never sent twice blindly.
 */
export function createPatientHttp(http: QlikHttp, { onWait, wait = sleep }: PatienceOptions): QlikHttp {
  async function sendPatiently(request: QlikRequest, tries: number): Promise<QlikResponse> {
    const outcome = await attempt(() => http.send(request));
    const ms = tries > 1 ? pauseAfter(request, outcome, TRIES - tries) : undefined;
    if (ms === undefined || ms > MAX_WAIT_MS) return unwrap(outcome);
    onWait({ reason: reasonOf(outcome), ms });
    await wait(ms);
    return sendPatiently(request, tries - 1);
  }

  return { send: (request) => sendPatiently(request, TRIES), close: () => http.close() };
}

type Outcome = { readonly response: QlikResponse } | { readonly error: unknown };

async function attempt(send: () => Promise<QlikResponse>): Promise<Outcome> {
  try {
    return { response: await send() };
  } catch (error) {
    return { error };
  }
}

function reasonOf(outcome: Outcome): string {
  if ('response' in outcome) return `${outcome.response.endpoint} answered ${outcome.response.status}`;
  return outcome.error instanceof Error ? outcome.error.message : String(outcome.error);
}

function unwrap(outcome: Outcome): QlikResponse {
  if ('error' in outcome) throw outcome.error;
  return outcome.response;
}

/** ms to wait before the next try; undefined where this outcome stands. */
function pauseAfter({ method }: QlikRequest, outcome: Outcome, failures: number): number | undefined {
  const backOff = FIRST_PAUSE_MS * 2 ** failures;
  if ('error' in outcome) {
    return method === 'GET' && hasCode(outcome.error, 'qlik_unavailable', 'qlik_timeout')
      ? backOff
      : undefined;
  }
  const { status } = outcome.response;
  if (status === 429) return (refusalError(outcome.response).retryAfterS ?? 0) * 1000;
  return method === 'GET' && status >= 500 ? backOff : undefined;
}
