import { randomUUID } from 'node:crypto';
import type { ObjectInterface } from '@qlik/api/qix';
import type { StoredProperties } from './app-objects.ts';
import type { LoadedApp } from './apps.ts';
import type { DimensionField } from './dataset.ts';
import { docMethods } from './doc-methods.ts';
import { fieldMethods } from './field-methods.ts';
import { GenericObject } from './generic-object.ts';
import { objectMethods } from './object-methods.ts';
import {
  asDelta,
  EngineError,
  RPC_CODES,
  type RpcMethods,
  type RpcRequest,
  type RpcResponse,
  type RpcResult,
} from './rpc.ts';
import { rowsFor } from './section-access.ts';
import { Selections } from './selections.ts';
import type { EngineUser } from './tenant.ts';

const GLOBAL_HANDLE = -1;

interface Held {
  readonly methods: RpcMethods;
  readonly type: string;
  readonly id: string;
}

/** One websocket's view of the app: its user's rows, its selections and the objects it holds handles of. */
export class EngineSession {
  readonly #app: LoadedApp;
  readonly #user: EngineUser;
  readonly #selections: Selections;
  readonly #held = new Map<number, Held>();
  #nextHandle = 1;
  #changed = new Set<number>();
  #closed: number[] = [];

  constructor({ app, user }: { app: LoadedApp; user: EngineUser }) {
    this.#app = app;
    this.#user = user;
    this.#selections = new Selections(rowsFor(user, app.rows));
    this.#held.set(GLOBAL_HANDLE, { methods: this.#globalMethods(), type: 'Global', id: '' });
  }

  /** Answers one request. Never throws: what goes wrong is an answer with an error. */
  answer(request: RpcRequest): RpcResponse {
    const base = { jsonrpc: '2.0', id: request.id } as const;
    try {
      const result = this.#invoke(request);
      const delta = request.delta ? asDelta(result) : undefined;
      return { ...base, result: delta ?? result, ...(delta ? { delta: true } : {}), ...this.#takeNotices() };
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      return {
        ...base,
        error: { code: error.code, parameter: request.method, message: error.message },
        ...this.#takeNotices(),
      };
    }
  }

  #invoke({ handle, method, params }: RpcRequest): RpcResult {
    const held = this.#held.get(handle);
    if (!held) throw new EngineError(RPC_CODES.notFound, 'Unknown handle');
    if (!Object.hasOwn(held.methods, method))
      throw new EngineError(RPC_CODES.methodNotFound, 'Method not found');
    return held.methods[method]?.(Array.isArray(params) ? params : Object.values(params)) ?? {};
  }

  #takeNotices(): Pick<RpcResponse, 'change' | 'close'> {
    const change = [...this.#changed].filter((handle) => this.#held.has(handle));
    const close = this.#closed;
    this.#changed = new Set();
    this.#closed = [];
    return { ...(change.length > 0 ? { change } : {}), ...(close.length > 0 ? { close } : {}) };
  }

  #globalMethods(): RpcMethods {
    return {
      OpenDoc: ([id]) => ({ qReturn: this.#openDoc(id) }),
      GetActiveDoc: () => ({ qReturn: this.#openDoc(this.#app.appId) }),
      GetAuthenticatedUser: () => ({ qReturn: this.#user.id }),
      EngineVersion: () => ({ qVersion: { qComponentVersion: 'sandbox' } }),
      IsPersonalMode: () => ({ qReturn: false }),
      IsDesktopMode: () => ({ qReturn: false }),
      GetProgress: () => ({
        qProgressData: {
          qStarted: true,
          qFinished: true,
          qCompleted: 0,
          qTotal: 0,
          qKB: 0,
          qMillisecs: 0,
          qErrorData: [],
          qPersistentProgressMessages: [],
          qTransientProgressMessage: { qMessageCode: 0, qMessageParameters: [''] },
        },
      }),
    };
  }

  #openDoc(id: unknown): ObjectInterface {
    // The socket is for one app: another id, even of an app that exists, is not found here.
    if (id !== this.#app.appId) throw new EngineError(RPC_CODES.notFound, 'App not found');
    const open = this.#handleOf('Doc', this.#app.appId);
    if (open !== undefined) return { qType: 'Doc', qHandle: open, qGenericId: this.#app.appId };
    const handle = this.#nextHandle++;
    const methods = docMethods({
      app: this.#app,
      selections: this.#selections,
      openObject: (objectId, properties) => this.#openObject(objectId, properties),
      openField: (field) => this.#openField(field),
      closeObject: (objectId) => this.#closeObject(objectId),
      newId: randomUUID,
      touchAll: () => this.#touchAll(),
    });
    this.#held.set(handle, { methods, type: 'Doc', id: this.#app.appId });
    return { qType: 'Doc', qHandle: handle, qGenericId: this.#app.appId };
  }

  #openObject(id: string, properties: StoredProperties): ObjectInterface {
    const qGenericType = properties.qInfo?.qType ?? '';
    const open = this.#handleOf('GenericObject', id);
    if (open !== undefined) return { qType: 'GenericObject', qHandle: open, qGenericType, qGenericId: id };
    const handle = this.#nextHandle++;
    const object = new GenericObject({
      handle,
      id,
      properties,
      app: this.#app,
      selections: this.#selections,
    });
    const methods = objectMethods({
      object,
      selections: this.#selections,
      touchAll: () => this.#touchAll(),
      touch: () => this.#changed.add(handle),
    });
    this.#held.set(handle, { methods, type: 'GenericObject', id });
    return { qType: 'GenericObject', qHandle: handle, qGenericType, qGenericId: id };
  }

  #openField(field: DimensionField): ObjectInterface {
    const open = this.#handleOf('Field', field);
    const handle = open ?? this.#nextHandle++;
    const methods = fieldMethods({ field, selections: this.#selections, touchAll: () => this.#touchAll() });
    if (open === undefined) this.#held.set(handle, { methods, type: 'Field', id: field });
    return { qType: 'Field', qHandle: handle };
  }

  #closeObject(id: string): boolean {
    const handle = this.#handleOf('GenericObject', id);
    // Stored objects are the app's, not the session's to destroy.
    if (handle === undefined || this.#app.definitions.has(id)) return false;
    if (this.#selections.isModal(handle)) this.#selections.end({ accept: true });
    this.#held.delete(handle);
    this.#closed.push(handle);
    return true;
  }

  #handleOf(type: string, id: string): number | undefined {
    for (const [handle, held] of this.#held) if (held.type === type && held.id === id) return handle;
    return undefined;
  }

  #touchAll(): void {
    for (const [handle, { type }] of this.#held)
      if (type !== 'Global' && type !== 'Field') this.#changed.add(handle);
  }
}
