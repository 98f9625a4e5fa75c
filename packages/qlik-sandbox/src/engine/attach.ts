import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type RawData, WebSocket, WebSocketServer } from 'ws';
import { loadApp } from './apps.ts';
import { RPC_CODES, rpcRequest } from './rpc.ts';
import { EngineSession } from './session.ts';
import type { EngineIdentity, EngineTenant } from './tenant.ts';

/** Close codes of Qlik Cloud's engine proxy, as `@qlik/api` explains them to people. */
const CLOSE_CODES = { appNotFound: 4204, sessionCut: 4206 } as const;

const MAX_MESSAGE_BYTES = 1_048_576;
const APP_PATH = /^\/app\/([^/]+)(?:\/.*)?$/;

/** The engine of one tenant, listening on its server's upgrades. */
export interface Engine {
  readonly connections: number;
  /** Ends every session now, without goodbye when `abrupt`: for tests and the fault controls. */
  cut(options?: { abrupt?: boolean }): void;
}

/**
 * Serves Qlik's engine protocol (JSON-RPC 2.0 over a websocket) at `/app/<id>` of a sandbox tenant. Browsers pass a
 * token of the `websocket` purpose in the query and are held to the client's allowed origins; programs pass an
 * access token as a bearer.
 */
export function attachEngine(server: Server, tenant: EngineTenant): Engine {
  const app = loadApp(tenant.name);
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
  });

  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const appId = APP_PATH.exec(url.pathname)?.[1];
    const verdict = appId === undefined ? { refused: 404 as const } : judge(request, url, tenant);
    if ('refused' in verdict) {
      refuse(socket, verdict.refused);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (client) => {
      if (appId === app.appId) serve(client, new EngineSession({ app, user: verdict.user }));
      else closeOnFirstRequest(client);
    });
  });

  const cut = ({ abrupt = false } = {}) => {
    for (const client of sockets.clients) {
      if (abrupt) client.terminate();
      else client.close(CLOSE_CODES.sessionCut, 'Networking issues');
    }
  };
  return {
    get connections() {
      return sockets.clients.size;
    },
    cut,
  };
}

type Verdict = EngineIdentity | { readonly refused: 401 | 403 | 404 };

/**
 * A websocket carries no CORS: a foreign page could open one with a token it came by. So the Origin is checked here,
 * against the client the token was made for, and a token in the query must have been exchanged for this purpose.
 */
function judge(request: IncomingMessage, url: URL, tenant: EngineTenant): Verdict {
  const fromQuery = url.searchParams.get('accessToken');
  const fromHeader = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const identity = tenant.authenticate(fromQuery ?? fromHeader ?? '');
  if (!identity) return { refused: 401 };
  const purpose = fromQuery === null ? undefined : 'websocket';
  if (identity.token.purpose !== purpose) return { refused: 401 };
  const { origin } = request.headers;
  if (origin !== undefined && !tenant.originAllowed(origin, identity.token.clientId)) return { refused: 403 };
  return identity;
}

/** Closed only when asked for the app: a client learns the close code from the request that then fails. */
function closeOnFirstRequest(client: WebSocket): void {
  client.on('error', () => client.terminate());
  client.once('message', () => client.close(CLOSE_CODES.appNotFound, 'App not found'));
}

function refuse(socket: Duplex, status: 401 | 403 | 404): void {
  const reason = { 401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found' }[status];
  socket.on('error', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} ${reason}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function serve(client: WebSocket, session: EngineSession): void {
  const send = (message: unknown) => {
    if (client.readyState === WebSocket.OPEN) client.send(JSON.stringify(message, nanAsText));
  };
  client.on('error', () => client.terminate());
  client.on('message', (data: RawData, isBinary: boolean) => {
    const request = isBinary ? undefined : parseRequest(data);
    if (request) send(session.answer(request));
    else
      send({
        jsonrpc: '2.0',
        id: null,
        error: { code: RPC_CODES.parseError, parameter: '', message: 'Not a JSON-RPC request' },
      });
  });
  send({ jsonrpc: '2.0', method: 'OnConnected', params: { qSessionState: 'SESSION_CREATED' } });
}

/** JSON has no NaN; the engine's protocol writes it as text. */
function nanAsText(_name: string, value: unknown): unknown {
  return Number.isNaN(value) ? 'NaN' : value;
}

function parseRequest(data: RawData) {
  try {
    const text = Buffer.isBuffer(data) ? data.toString('utf8') : '';
    return rpcRequest.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
