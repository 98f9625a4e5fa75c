import { z } from 'zod';
import type { ErrorCodeName } from '../../domain/error-codes.ts';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
export type MediaType = 'application/json' | 'application/x-www-form-urlencoded' | 'text/html';

/**
 * What one method of one path takes and answers. The route is registered from it (see `route`), and
 * `docs/openapi.json` is generated from it.
 */
export interface Operation {
  readonly method: Method;
  /** As OpenAPI writes it: `/login/sso/{provider}`. */
  readonly path: string;
  /** Stable: programs that are generated from the document are named by it. */
  readonly id: string;
  readonly tag: 'Qlik' | 'Account' | 'Sign-in' | 'Pages' | 'Operation';
  readonly summary: string;
  readonly description?: string;
  /** Whether there must be a portal session; `sometimes`: one is used where there is one. */
  readonly session: 'required' | 'sometimes' | 'none';
  readonly parameters?: readonly Parameter[];
  readonly body?: { readonly schema: z.ZodType; readonly types: readonly MediaType[] };
  /** By status; the key of a header is its name. */
  readonly answers: Readonly<Record<number, Answer>>;
  /** Every code that it can answer with, beside those that any request can meet. */
  readonly problems: readonly ErrorCodeName[];
}

export interface Answer {
  readonly description: string;
  readonly content?: Readonly<Partial<Record<MediaType, z.ZodType>>>;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly description: string;
}

/** An answer that is a page for people. */
export function page(description: string): Answer {
  return { description, content: { 'text/html': z.string() } };
}

/** What any operation can end with that looks at a body. */
export const BODY_PROBLEMS = [
  'invalid_request',
  'malformed_json',
  'payload_too_large',
  'unsupported_media_type',
] as const satisfies readonly ErrorCodeName[];

/** And any that asks the database for sessions or accounts. */
export const STORAGE_PROBLEMS = [
  'storage_unavailable',
  'internal_error',
] as const satisfies readonly ErrorCodeName[];
