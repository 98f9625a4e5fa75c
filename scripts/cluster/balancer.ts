import { once } from 'node:events';
import { Agent, createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

const CHECK_EVERY_MS = 200;
const CHECK_WITHIN_MS = 2_000;

/**
 * A load balancer as they all are: round robin over the replicas whose `/readyz` answers 200, connections to them kept
 * alive. It tries another replica only where none of the request can have been handled: the connection was refused.
 */
export interface Balancer {
  readonly url: string;
  /** Requests that it had to answer itself, because no replica did. */
  readonly failures: () => number;
  setReplicas(urls: readonly string[]): void;
  /** Resolves when that many replicas are in rotation. */
  untilInRotation(count: number): Promise<void>;
  close(): Promise<void>;
}

interface Backend {
  readonly url: string;
  ready: boolean;
}

export async function startBalancer({ port }: { port: number }): Promise<Balancer> {
  const agent = new Agent({ keepAlive: true });
  const closing = new AbortController();
  let backends: Backend[] = [];
  let turn = 0;
  let failures = 0;

  function next(tried: ReadonlySet<Backend>): Backend | undefined {
    const usable = backends.filter((backend) => backend.ready && !tried.has(backend));
    turn += 1;
    return usable[turn % usable.length];
  }

  async function check(backend: Backend): Promise<void> {
    const answer = fetch(`${backend.url}/readyz`, { signal: AbortSignal.timeout(CHECK_WITHIN_MS) });
    backend.ready = await answer.then(
      ({ ok }) => ok,
      () => false,
    );
  }

  async function watch(backend: Backend): Promise<void> {
    while (!closing.signal.aborted && backends.includes(backend)) {
      await check(backend);
      await sleep(CHECK_EVERY_MS);
    }
  }

  async function forward(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const body = await buffer(req);
    const tried = new Set<Backend>();
    for (;;) {
      const backend = next(tried);
      if (backend === undefined) return fail(res, 503);
      tried.add(backend);
      try {
        const answer = await send(backend, req, body);
        res.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(res);
        return;
      } catch (error) {
        if (!isRefused(error)) return fail(res, 502);
        backend.ready = false;
      }
    }
  }

  async function send(backend: Backend, req: IncomingMessage, body: Buffer): Promise<IncomingMessage> {
    const { connection: _hop, ...headers } = req.headers;
    const client = req.socket.remoteAddress ?? '';
    const before = headers['x-forwarded-for'];
    const outgoing = request(new URL(req.url ?? '/', backend.url), {
      agent,
      method: req.method,
      headers: {
        ...headers,
        'x-forwarded-for': before === undefined ? client : `${String(before)}, ${client}`,
        'x-forwarded-proto': 'http',
      },
    });
    outgoing.end(body);
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
    return answer;
  }

  function fail(res: ServerResponse, status: 502 | 503): void {
    failures += 1;
    res.writeHead(status, { 'Content-Type': 'text/plain', 'Retry-After': '1' }).end('no replica answered\n');
  }

  const server = createServer((req, res) => {
    forward(req, res).catch(() => res.destroy());
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the balancer does not listen');

  return {
    url: `http://localhost:${address.port}`,
    failures: () => failures,
    setReplicas(urls) {
      backends = urls.map((url) => ({ url, ready: false }));
      for (const backend of backends) void watch(backend);
    },
    async untilInRotation(count) {
      while (backends.filter(({ ready }) => ready).length !== count) await sleep(20);
    },
    async close() {
      closing.abort();
      agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function isRefused(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED';
}
