import { createServer, type RequestListener, type Server } from 'node:http';
import type { Log } from '../domain/log.ts';

const HEADERS_WITHIN_MS = 10_000;
const REQUEST_WITHIN_MS = 30_000;
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
  /** ms that running requests have to finish once the server stops; 10 s unless told. */
  readonly stopWithinMs?: number;
}

export interface RunningServer {
  /** Where it listens, e.g. `http://127.0.0.1:3000`. */
  readonly url: string;
  /**
   * Stops gracefully: takes no new connections, finishes what runs, cuts what is left after the limit, then runs
   * `onClose`. Calling it again waits for the same end.
   */
  close(): Promise<void>;
}

/**
 * Listens.
 * @throws the error of the operating system, e.g. with code EADDRINUSE.
 */
export async function serve(app: RequestListener, options: ServeOptions): Promise<RunningServer> {
  const { stopping } = options;
  const server = createServer(
    {
      headersTimeout: HEADERS_WITHIN_MS,
      requestTimeout: REQUEST_WITHIN_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
    },
    (req, res) => {
      if (stopping.signal.aborted) res.setHeader('Connection', 'close');
      // A connection whose answer began before the stop still believes that it is kept.
      res.once('close', () => {
        if (stopping.signal.aborted) setImmediate(() => server.closeIdleConnections());
      });
      app(req, res);
    },
  );
  await listen(server, options);
  let closed: Promise<void> | undefined;
  return {
    url: urlOf(server),
    close: () => (closed ??= stop(server, options)),
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

async function stop(server: Server, options: ServeOptions): Promise<void> {
  const { log, stopping, onClose, stopWithinMs = STOP_WITHIN_MS } = options;
  stopping.abort();
  const cut = setTimeout(() => {
    log.warn({ stopWithinMs }, 'cutting the requests that are still running');
    server.closeAllConnections();
  }, stopWithinMs);
  // Node closes idle connections with it.
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  clearTimeout(cut);
  await onClose();
}
