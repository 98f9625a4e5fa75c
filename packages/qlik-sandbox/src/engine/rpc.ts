import * as z from 'zod';

/** Engine error codes used here, by the names of Qlik's `LocalizedErrorCode` and JSON-RPC 2.0. */
export const RPC_CODES = {
  methodNotFound: -32_601,
  invalidParams: -32_602,
  parseError: -32_700,
  notFound: 2,
  accessDenied: 5,
} as const;

export class EngineError extends Error {
  override readonly name = 'EngineError';
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** A request of the engine's JSON-RPC: a method of the object behind `handle` (-1 is the Global object). */
export const rpcRequest = z.object({
  jsonrpc: z.literal('2.0').optional(),
  id: z.number(),
  handle: z.number(),
  method: z.string(),
  params: z.union([z.array(z.unknown()), z.record(z.string(), z.unknown())]).default([]),
  /** The client wants layouts and properties as JSON patches on what it has. */
  delta: z.boolean().optional(),
});
export type RpcRequest = z.infer<typeof rpcRequest>;

export type RpcResult = Readonly<Record<string, unknown>>;

export interface RpcResponse {
  readonly jsonrpc: '2.0';
  readonly id: number;
  readonly result?: RpcResult;
  readonly error?: { readonly code: number; readonly parameter: string; readonly message: string };
  readonly delta?: true;
  /** Handles whose layout is out of date after this call. */
  readonly change?: readonly number[];
  /** Handles that are gone after this call. */
  readonly close?: readonly number[];
}

export type RpcMethods = Readonly<Record<string, (params: readonly unknown[]) => RpcResult>>;

/** Checks positional parameters; a wrong one is the caller's fault and answered as JSON-RPC says. */
export function parseParams<T>(schema: z.ZodType<T>, params: readonly unknown[]): T {
  const parsed = schema.safeParse([...params]);
  if (parsed.success) return parsed.data;
  throw new EngineError(RPC_CODES.invalidParams, 'Invalid parameters');
}

const DELTA_RESULTS = new Set(['qLayout', 'qProp']);

/**
 * Results as the client's delta protocol wants them. This engine keeps no copy of what a client has, so its only
 * patch replaces the whole: legal in the protocol, and impossible to get out of step.
 */
export function asDelta(result: RpcResult): RpcResult | undefined {
  const entries = Object.entries(result);
  if (entries.length === 0 || !entries.every(([key]) => DELTA_RESULTS.has(key))) return undefined;
  return Object.fromEntries(entries.map(([key, value]) => [key, [{ op: 'replace', path: '/', value }]]));
}
