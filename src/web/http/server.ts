import { once } from 'node:events';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../runtime/log.ts';

const HEADERS_WITHIN_MS = 10_000;
const REQUEST_WITHIN_MS = 30_000;
// How often Node enforces these limits; its default of 30 s would defeat the first.
const CHECK_EVERY_MS = 2_000;
// Longer than proxies keep idle connections (usually 60 s): the portal must not close one just as a request arrives.
const KEEP_ALIVE_MS = 65_000;
const STOP_WITHIN_MS = 10_000;

export interface ServeOptions {
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  readonly log: Log;
  /** Aborted as the first step of stopping, e.g. for `/readyz`. */
  readonly stopping: AbortController;
  /** After the last request: close stores. */
  readonly onClose: () => Promise<void>;
  /**
   * ms to keep serving after the stop has begun, while `/readyz` answers 503: as long as load balancers take to
   * notice, so that no connection is refused. Default 0.
   */
  readonly drainMs?: number;
  /** ms that running requests have to finish after the server stops accepting new ones. Default 10 s. */
  readonly stopWithinMs?: number;
}

export interface RunningServer {
  /** Where it listens, e.g. `http://127.0.0.1:3000`. */
  readonly url: string;
  /**
   * Stops gracefully: drains, accepts no new connections, lets running requests finish until the limit, then runs
   * `onClose`. Calling it again returns the same promise.
   */
  close(): Promise<void>;
}

/** @throws the operating system's error, e.g. with code EADDRINUSE. */
export async function serve(app: RequestListener, options: ServeOptions): Promise<RunningServer> {
  const server = createServer({
    headersTimeout: HEADERS_WITHIN_MS,
    connectionsCheckingInterval: CHECK_EVERY_MS,
    requestTimeout: REQUEST_WITHIN_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
  });
  const endWhenIdle = followConnections(server, options.stopping.signal);
  server.on('request', app);
  server.listen({ host: options.host, port: options.port });
  await once(server, 'listening');
  let closed: Promise<void> | undefined;
  return {
    url: urlOf(server),
    close: () => (closed ??= stop(server, endWhenIdle, options)),
  };
}

/** Returns a function that closes each connection after the request that runs on it, idle ones immediately. */
function followConnections(server: Server, stopping: AbortSignal): () => void {
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
      // Its response may have begun before the stop, with `Connection: keep-alive`.
      if (ending) setImmediate(() => server.closeIdleConnections());
    });
  });
  return () => {
    ending = true;
    for (const res of running) if (!res.headersSent) res.setHeader('Connection', 'close');
    // Node counts connections as busy that browsers preconnected and have not used yet.
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
  };
}

function urlOf(server: Server): string {
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('not listening on TCP');
  const { address, family, port } = bound;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

async function stop(server: Server, endWhenIdle: () => void, options: ServeOptions): Promise<void> {
  const { log, stopping, onClose, drainMs = 0, stopWithinMs = STOP_WITHIN_MS } = options;
  stopping.abort();
  if (drainMs > 0) await sleep(drainMs);
  const cut = setTimeout(() => {
    log.warn({ stopWithinMs }, 'cutting the requests that are still running');
    server.closeAllConnections();
  }, stopWithinMs);
  const ended = once(server, 'close');
  // Node closes the idle connections with it.
  server.close();
  endWhenIdle();
  await ended;
  clearTimeout(cut);
  await onClose();
}
