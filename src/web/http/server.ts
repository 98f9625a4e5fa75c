import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../runtime/log.ts';

const HEADERS_WITHIN_MS = 10_000;
const REQUEST_WITHIN_MS = 30_000;
// How often Node looks for requests past those limits; its own 30 s would make the first of them meaningless.
const CHECK_EVERY_MS = 2_000;
// Longer than proxies keep their idle connections (60 s is usual), so that it is never the portal that closes one
// just as a request comes in.
const KEEP_ALIVE_MS = 65_000;
const STOP_WITHIN_MS = 10_000;

export interface ServeOptions {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly log: Log;
  /** Aborted as the first step of stopping, e.g. for `/readyz`. */
  readonly stopping: AbortController;
  /** After the last request: close stores. */
  readonly onClose: () => Promise<void>;
  /**
   * ms to go on serving once the stop has begun, while `/readyz` says so: as long as load balancers take to notice.
   * Then no request meets a closed door. 0 unless told.
   */
  readonly drainMs?: number;
  /** ms that running requests have to finish once the server takes no new ones; 10 s unless told. */
  readonly stopWithinMs?: number;
}

export interface RunningServer {
  /** Where it listens, e.g. `http://127.0.0.1:3000`. */
  readonly url: string;
  /**
   * Stops gracefully: drains, takes no new connections, finishes what runs, cuts what is left after the limit, then
   * runs `onClose`. Calling it again waits for the same end.
   */
  close(): Promise<void>;
}

/**
 * Listens.
 * @throws the error of the operating system, e.g. with code EADDRINUSE.
 */
export async function serve(app: RequestListener, options: ServeOptions): Promise<RunningServer> {
  const server = createServer({
    headersTimeout: HEADERS_WITHIN_MS,
    connectionsCheckingInterval: CHECK_EVERY_MS,
    requestTimeout: REQUEST_WITHIN_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
  });
  const connections = followConnections(server, options.stopping.signal);
  server.on('request', app);
  await listen(server, options);
  let closed: Promise<void> | undefined;
  return {
    url: urlOf(server),
    close: () => (closed ??= stop(server, connections, options)),
  };
}

interface Connections {
  /** Closes each connection after the request that runs on it, idle ones immediately. */
  endWhenIdle(): void;
}

function followConnections(server: Server, stopping: AbortSignal): Connections {
  const sockets = new Set<Socket>();
  const running = new Set<ServerResponse>();
  let ending = false;
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('request', (_req, res: ServerResponse) => {
    if (stopping.aborted) res.setHeader('Connection', 'close');
    running.add(res);
    res.once('close', () => {
      running.delete(res);
      // Its answer may have begun before the stop, with the promise to keep the connection.
      if (ending) setImmediate(() => server.closeIdleConnections());
    });
  });
  return {
    endWhenIdle() {
      ending = true;
      for (const res of running) if (!res.headersSent) res.setHeader('Connection', 'close');
      // Node counts as busy what browsers open in advance and have not used yet.
      for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
    },
  };
}

function listen(server: Server, { host, port }: ServeOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function urlOf(server: Server): string {
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('not listening on TCP');
  const { address, family, port } = bound;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

async function stop(server: Server, connections: Connections, options: ServeOptions): Promise<void> {
  const { log, stopping, onClose, drainMs = 0, stopWithinMs = STOP_WITHIN_MS } = options;
  stopping.abort();
  if (drainMs > 0) await sleep(drainMs);
  const cut = setTimeout(() => {
    log.warn({ stopWithinMs }, 'cutting the requests that are still running');
    server.closeAllConnections();
  }, stopWithinMs);
  const ended = new Promise<void>((resolve) => {
    // Node closes the idle connections with it.
    server.close(() => resolve());
  });
  connections.endWhenIdle();
  await ended;
  clearTimeout(cut);
  await onClose();
}
