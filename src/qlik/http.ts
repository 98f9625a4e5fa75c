import type { Agent, WebSocket } from 'undici';
import type { Clock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import type { Secret } from '../domain/model/secret.ts';
import type { TenantAccess } from '../domain/model/tenant-access.ts';
import { publicLookup } from './address.ts';
import { clockSkew } from './clock-skew.ts';
import { parseTenantHost, type TenantHostOptions } from '../domain/rules/tenant-host.ts';
import { transportError } from './transport-error.ts';

export interface QlikRequest {
  /** Origin of the tenant; checked for every request, so that no caller can omit the check. */
  readonly host: string;
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** `{id}` stands for the value of `ids`, here and in logs and errors. */
  readonly path: string;
  readonly ids?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly bearer?: Secret;
  /** Sent as JSON. */
  readonly body?: unknown;
}

export interface QlikResponse {
  /** Method and path, for logs and errors: `POST /oauth/token`. */
  readonly endpoint: string;
  readonly status: number;
  /** The body, where it is JSON; undefined otherwise. */
  readonly json: unknown;
  /** ms since the epoch, portal clock. */
  readonly sentAt: number;
  /** ms the tenant's clock is ahead; undefined when it did not say. */
  readonly clockSkewMs: number | undefined;
  readonly header: (name: string) => string | undefined;
}

export interface QlikHttp {
  /**
   * Sends one request, once, and returns the answer whatever its status; redirects are not followed.
   * @throws PortalError qlik_timeout, qlik_unavailable, qlik_bad_response (too large), invalid_request (host)
   */
  send(request: QlikRequest): Promise<QlikResponse>;
  /** Ends the connections. */
  close(): Promise<void>;
}

export interface QlikSockets {
  /** Starts to open a WebSocket, under the same rules; its events report the result. */
  openSocket(target: { readonly host: string; readonly path: string; readonly bearer: Secret }): Promise<{
    readonly socket: WebSocket;
    /** ms that all messages together may take. */
    readonly timeoutMs: number;
  }>;
}

export interface QlikHttpOptions extends TenantHostOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** ms for everything: connect, send, wait, read. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 15_000;
const CONNECT_TIMEOUT_MS = 5_000;
const MAX_BODY_BYTES = 4 * 1024 * 1024;
const CONNECTIONS_PER_TENANT = 32;

/** The HTTP client for Qlik Cloud: one connection pool for the process. */
export function createQlikHttp(options: QlikHttpOptions): QlikHttp & QlikSockets {
  const { clock, log, timeoutMs = TIMEOUT_MS } = options;
  let opened: Promise<Agent> | undefined;

  async function openAgent(): Promise<Agent> {
    // Loaded with the first call to a tenant: it is a fifth of the start-up time.
    const { Agent: UndiciAgent } = await import('undici');
    return new UndiciAgent({
      connections: CONNECTIONS_PER_TENANT,
      connectTimeout: Math.min(CONNECT_TIMEOUT_MS, timeoutMs),
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      maxResponseSize: MAX_BODY_BYTES,
      // HTTP/2 would share one connection: one stalled request would stop all requests to the tenant.
      allowH2: false,
      connect: { lookup: publicLookup({ allowLoopback: options.allowLoopbackTenants }) },
    });
  }

  function pool(): Promise<Agent> {
    opened ??= openAgent();
    return opened;
  }

  async function send(request: QlikRequest): Promise<QlikResponse> {
    const origin = parseTenantHost(request.host, options);
    const endpoint = `${request.method} ${request.path}`;
    const path = pathOf(request) + queryString(request.query);
    const agent = await pool();
    const sentAt = clock.now();
    try {
      const { statusCode, headers, body } = await agent.request({
        origin,
        path,
        method: request.method,
        headers: headersOf(request),
        body: request.body === undefined ? null : JSON.stringify(request.body),
        signal: AbortSignal.timeout(timeoutMs),
      });
      const header = (name: string) => [headers[name]].flat()[0];
      const receivedAt = clock.now();
      const text = await body.text();
      log.debug({ endpoint, host: origin, status: statusCode, ms: clock.now() - sentAt }, 'qlik answered');
      return {
        endpoint,
        status: statusCode,
        json: isJson(header('content-type')) ? parseJson(text) : undefined,
        sentAt,
        clockSkewMs: clockSkew({ sentAt, receivedAt, date: header('date') }),
        header,
      };
    } catch (error) {
      log.debug({ endpoint, host: origin, ms: clock.now() - sentAt }, 'qlik did not answer');
      throw transportError(endpoint, error);
    }
  }

  return {
    send,
    async openSocket({ host, path, bearer }) {
      const { WebSocket: Socket } = await import('undici');
      const url = parseTenantHost(host, options).replace(/^http/, 'ws') + path;
      const headers = { authorization: `Bearer ${bearer.reveal()}` };
      return { socket: new Socket(url, { dispatcher: await pool(), headers }), timeoutMs };
    },
    async close() {
      await (await opened)?.destroy();
    },
  };
}

/** Sends requests with the access token of `access` (RFC 6750 section 2.1). */
export function sendWithToken(http: Pick<QlikHttp, 'send'>) {
  return ({ host, token }: TenantAccess, request: Omit<QlikRequest, 'host' | 'bearer'>) =>
    http.send({ ...request, host, bearer: token });
}

function headersOf({ bearer, body }: QlikRequest): Record<string, string> {
  return {
    accept: 'application/json',
    'user-agent': 'qlik-embed-portal',
    ...(body !== undefined && { 'content-type': 'application/json' }),
    ...(bearer !== undefined && { authorization: `Bearer ${bearer.reveal()}` }),
  };
}

function pathOf({ path, ids = {} }: QlikRequest): string {
  return path.replaceAll(/\{(\w+)\}/g, (placeholder, name: string) => {
    const id = ids[name];
    if (id === undefined) throw new TypeError(`no value for ${placeholder}`);
    return encodeURIComponent(id);
  });
}

function queryString(query: QlikRequest['query'] = {}): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) params.set(name, String(value));
  }
  return params.size === 0 ? '' : `?${params.toString()}`;
}

function isJson(contentType: string | undefined): boolean {
  return /^application\/(?:[\w.-]+\+)?json\b/i.test(contentType ?? '');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
