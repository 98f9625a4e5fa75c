import { setTimeout as sleep } from 'node:timers/promises';
import type { DemoUser } from '../demo/add-customer.ts';
import { askForToken, cookieOf, sendPassword, signOut } from './visitor.ts';

/** How the requests of a while ended. People whose request fails ask again, as the embed page does for them. */
export interface LoadResult {
  readonly seconds: number;
  /** With success. */
  readonly answered: number;
  /** Asked again because the connection broke before there was an answer. */
  readonly cutOff: number;
  /** Asked again because the answer said to come back later. */
  readonly toldToWait: number;
  /** Answered with 401, though signed in. */
  readonly signedOut: number;
  /** Not answered in {@link PATIENCE_MS}, or with something that no page can use. */
  readonly lost: number;
  /** ms, of those that were answered; the longest includes asking again. */
  readonly p50: number;
  readonly p99: number;
  readonly longest: number;
}

export interface Load {
  stop(): Promise<LoadResult>;
}

const PATIENCE_MS = 20_000;
const ASK_AGAIN_MS = 250;
const BETWEEN_TWO_MS = 600;

type Outcome = 'answered' | 'cutOff' | 'toldToWait' | 'signedOut' | 'lost';

/** Sends until there is an answer, and counts how it went. Without an answer the visit is over. */
type Send = (request: () => Promise<Response>) => Promise<Response | undefined>;

/** What one person does, again and again. */
export type Visit = (send: Send) => Promise<void>;

/** Somebody who is signed in and has a token. */
export function atWork(origin: string, cookie: string): Visit {
  return async (send) => {
    await send(() => askForToken(origin, cookie));
  };
}

/** People who come one after the other, sign in, need a token of their own, and leave. */
export function comingAndGoing(origin: string, people: readonly DemoUser[]): Visit {
  let turn = 0;
  return async (send) => {
    const person = people[turn % people.length];
    turn += 1;
    if (person === undefined) return;
    const welcome = await send(() => sendPassword(origin, person));
    if (welcome === undefined) return;
    const cookie = cookieOf(welcome);
    await send(() => askForToken(origin, cookie));
    await send(() => signOut(origin, cookie));
    await sleep(BETWEEN_TWO_MS);
  };
}

/** Visits without end, each with a short pause after it. */
export function startLoad({ visits, pauseMs }: { visits: readonly Visit[]; pauseMs: number }): Load {
  const startedAt = performance.now();
  const times: number[] = [];
  const counts = { cutOff: 0, toldToWait: 0, signedOut: 0, lost: 0 };
  const stopping = new AbortController();

  const send: Send = async (request) => {
    const askedAt = performance.now();
    for (;;) {
      const { outcome, answer } = await sendOnce(request);
      if (outcome === 'answered') {
        times.push(performance.now() - askedAt);
        return answer;
      }
      counts[outcome] += 1;
      if (outcome === 'signedOut' || outcome === 'lost') return undefined;
      if (performance.now() - askedAt > PATIENCE_MS) {
        counts.lost += 1;
        return undefined;
      }
      await sleep(ASK_AGAIN_MS);
    }
  };

  const people = visits.map(async (visit) => {
    while (!stopping.signal.aborted) {
      await visit(send);
      await sleep(pauseMs);
    }
  });

  return {
    async stop() {
      stopping.abort();
      await Promise.all(people);
      const sorted = times.toSorted((one, other) => one - other);
      const at = (index: number) => Math.round(sorted[index] ?? 0);
      return {
        seconds: (performance.now() - startedAt) / 1000,
        answered: times.length,
        ...counts,
        p50: at(Math.floor(sorted.length * 0.5)),
        p99: at(Math.floor(sorted.length * 0.99)),
        longest: at(sorted.length - 1),
      };
    },
  };
}

async function sendOnce(
  request: () => Promise<Response>,
): Promise<{ readonly outcome: Outcome; readonly answer?: Response }> {
  try {
    const answer = await request();
    await answer.arrayBuffer();
    return { outcome: outcomeOf(answer), answer };
  } catch {
    return { outcome: 'cutOff' };
  }
}

function outcomeOf({ ok, status, headers }: Response): Outcome {
  if (ok) return 'answered';
  if (status === 401) return 'signedOut';
  if (status === 502) return 'cutOff';
  return headers.has('Retry-After') ? 'toldToWait' : 'lost';
}
