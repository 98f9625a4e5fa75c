import autocannon from 'autocannon';

/** What `load.ts` gives, in JSON. */
export interface LoadOptions {
  readonly url: string;
  readonly cookies: readonly string[];
  readonly connections: number;
  readonly seconds: number;
}

export interface LoadResult {
  /** Answers per second, mean. */
  readonly perSecond: number;
  readonly answers: number;
  /** Anything but 200. */
  readonly failed: number;
  /** ms. */
  readonly p99: number;
  /** Of one core that the load itself took, 0 to 1: near 1 it measured itself. */
  readonly busy: number;
}

/** A process of its own, so that it can be kept off the core of what it measures. */
async function main(): Promise<void> {
  const { url, cookies, connections, seconds } = JSON.parse(process.argv[2] ?? '{}') as LoadOptions;
  const before = process.cpuUsage();
  const start = performance.now();
  const result = await autocannon({
    url: `${url}/api/qlik-token`,
    connections,
    duration: seconds,
    ...(cookies.length > 0 && {
      requests: cookies.map((cookie) => ({ method: 'GET', headers: { cookie } })),
    }),
  });
  const { user, system } = process.cpuUsage(before);
  const answer: LoadResult = {
    perSecond: result['2xx'] / result.duration,
    answers: result['2xx'],
    failed: result.non2xx + result.errors,
    p99: result.latency.p99,
    busy: (user + system) / 1000 / (performance.now() - start),
  };
  process.send?.(answer);
  process.disconnect?.();
}

await main();
