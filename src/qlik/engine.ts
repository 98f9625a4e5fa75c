import { z } from 'zod';
import { PortalError } from '../domain/errors.ts';
import type { Secret } from '../domain/model/secret.ts';
import type { QlikSockets } from './http.ts';

const GLOBAL_HANDLE = -1;
const ENDPOINT = 'WEBSOCKET /app/{id}';

const handleSchema = z.object({
  qReturn: z.object({ qHandle: z.number().nullish(), qType: z.string().nullish() }),
});
const messageSchema = z.object({
  id: z.number(),
  result: z.unknown().optional(),
  error: z.object({ message: z.string() }).optional(),
});
type Message = z.output<typeof messageSchema>;

/**
 * An app opened through the engine (JSON-RPC 2.0 over a WebSocket), to read which objects it has.
 * @see https://qlik.dev/apis/json-rpc/qix/
 */
export interface Engine extends AsyncDisposable {
  /**
   * Opens the app and returns its handle.
   * @throws PortalError qlik_forbidden, qlik_bad_response
   */
  open(appId: string): Promise<number>;
  /** Whether the app has a sheet or chart with this id that the holder of the token may see. */
  has(document: number, objectId: string): Promise<boolean>;
}

/** @throws PortalError qlik_unavailable, qlik_timeout */
export async function openEngine(
  sockets: QlikSockets,
  { host, appId, token }: { host: string; appId: string; token: Secret },
): Promise<Engine> {
  const { socket, timeoutMs } = await sockets.openSocket({
    host,
    path: `/app/${encodeURIComponent(appId)}`,
    bearer: token,
  });
  const answers = new Map<number, (message: Message) => void>();
  const ended = Promise.withResolvers<never>();
  // Raced against each request; handled here too, because it may reject while no request is pending.
  ended.promise.catch(() => undefined);
  const timer = setTimeout(() => ended.reject(failure('qlik_timeout', 'no answer in time')), timeoutMs);
  socket.addEventListener('message', ({ data }) => {
    const message = parse(data);
    if (message !== undefined) answers.get(message.id)?.(message);
  });
  socket.addEventListener('close', ({ code }) =>
    ended.reject(failure('qlik_unavailable', `closed with ${code}`)),
  );
  socket.addEventListener('error', () => ended.reject(failure('qlik_unavailable', 'the connection failed')));

  let lastId = 0;
  async function ask(handle: number, method: string, params: readonly unknown[]): Promise<Message> {
    const id = (lastId += 1);
    const answer = new Promise<Message>((resolve) => answers.set(id, resolve));
    socket.send(JSON.stringify({ jsonrpc: '2.0', id, handle, method, params }));
    return Promise.race([answer, ended.promise]);
  }

  await Promise.race([new Promise((resolve) => socket.addEventListener('open', resolve)), ended.promise]);
  return {
    async open(id) {
      const { result, error } = await ask(GLOBAL_HANDLE, 'OpenDoc', [id]);
      if (error !== undefined)
        throw failure('qlik_forbidden', 'the engine does not open the app for this user');
      const handle = handleSchema.safeParse(result).data?.qReturn.qHandle;
      if (typeof handle !== 'number')
        throw failure('qlik_bad_response', 'field "qReturn.qHandle" is missing');
      return handle;
    },
    async has(document, objectId) {
      const { result, error } = await ask(document, 'GetObject', [objectId]);
      // For an unknown id the engine returns an error, or an object without a type.
      return error === undefined && typeof handleSchema.safeParse(result).data?.qReturn.qType === 'string';
    },
    async [Symbol.asyncDispose]() {
      clearTimeout(timer);
      socket.close();
    },
  };
}

function failure(
  code: 'qlik_timeout' | 'qlik_unavailable' | 'qlik_forbidden' | 'qlik_bad_response',
  problem: string,
): PortalError {
  return new PortalError(code, { detail: `${ENDPOINT}: ${problem}` });
}

/** Undefined for messages that are no response: notifications such as `OnConnected` have no id. */
function parse(data: unknown): Message | undefined {
  if (typeof data !== 'string') return undefined;
  try {
    return messageSchema.safeParse(JSON.parse(data)).data;
  } catch {
    return undefined;
  }
}
