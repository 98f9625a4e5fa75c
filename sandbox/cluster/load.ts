import { setTimeout as sleep } from 'node:timers/promises';
import { askForToken } from './visitor.ts';

/** How the requests of a while ended. People whose request fails ask again, as the embed page does for them. */
export interface LoadResult {
  readonly seconds: number;
  /** With 200. */
  readonly answered: number;
  /** Asked again because the connection broke before there was an answer. */
  readonly cutOff: number;
  /** Asked again because the answer said to come back later. */
  readonly toldToWait: number;
  /** Answered with 401. */
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

type Outcome = 'answered' | 'cutOff' | 'toldToWait' | 'signedOut' | 'lost';

/** People who ask for their token again and again, each with a short pause. */
export function startLoad({
  origin,
  cookies,
  pauseMs,
}: {
  origin: string;
  cookies: readonly string[];
  pauseMs: number;
}): Load {
  const startedAt = performance.now();
  const times: number[] = [];
  const counts = { cutOff: 0, toldToWait: 0, signedOut: 0, lost: 0 };
  const stopping = new AbortController();

  async function ask(cookie: string): Promise<void> {
    const askedAt = performance.now();
    for (;;) {
      const outcome = await askOnce(origin, cookie);
      if (outcome === 'answered') return void times.push(performance.now() - askedAt);
      counts[outcome] += 1;
      if (outcome === 'signedOut' || outcome === 'lost') return;
      if (performance.now() - askedAt > PATIENCE_MS) return void (counts.lost += 1);
      await sleep(ASK_AGAIN_MS);
    }
  }

  const people = cookies.map(async (cookie) => {
    while (!stopping.signal.aborted) {
      await ask(cookie);
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

async function askOnce(origin: string, cookie: string): Promise<Outcome> {
  try {
    const answer = await askForToken(origin, cookie);
    await answer.arrayBuffer();
    if (answer.status === 200) return 'answered';
    if (answer.status === 401) return 'signedOut';
    if (answer.status === 502) return 'cutOff';
    return answer.headers.has('Retry-After') ? 'toldToWait' : 'lost';
  } catch {
    return 'cutOff';
  }
}
