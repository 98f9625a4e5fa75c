import { z } from 'zod';
import type { ErrorCodeName } from '../../domain/error-codes.ts';

type MediaType = 'application/json' | 'application/x-www-form-urlencoded' | 'text/html';

/**
 * What one method of one path takes and answers. The route is registered from it (see `route`), and
 * `docs/openapi.json` is generated from it.
 */
export interface Operation {
  readonly method: 'get' | 'post';
  /** As OpenAPI writes it: `/login/sso/{provider}`. */
  readonly path: string;
  readonly tag: 'Qlik' | 'Account' | 'Sign-in' | 'Pages' | 'Operation';
  readonly summary: string;
  readonly description?: string;
  /** Whether there must be a portal session; `sometimes`: one is used where there is one. */
  readonly session: 'required' | 'sometimes' | 'none';
  readonly parameters?: readonly Parameter[];
  readonly body?: { readonly schema: z.ZodType; readonly types: readonly MediaType[] };
  /** By status; the key of a header is its name. */
  readonly answers: Readonly<Record<number, Answer>>;
  /** All error codes of the operation, except those that any request can get. */
  readonly problems: readonly ErrorCodeName[];
}

/** By `operationId`, which is stable: generated clients name their methods by it. */
export type Operations = Readonly<Record<string, Operation>>;

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

/** An answer for programs. */
export function json(description: string, schema: z.ZodType): Answer {
  return { description, content: { 'application/json': schema } };
}

/** What reading a body can answer. */
export const BODY_PROBLEMS = [
  'invalid_request',
  'malformed_json',
  'payload_too_large',
  'unsupported_media_type',
] as const satisfies readonly ErrorCodeName[];

/** What a question to the database can answer. */
export const STORAGE_PROBLEMS = [
  'storage_unavailable',
  'internal_error',
] as const satisfies readonly ErrorCodeName[];

/** What reading an account with its tenant can answer: the tenant's secrets are sealed. */
export const MEMBER_PROBLEMS = [
  'encryption_key_missing',
  'stored_secret_unreadable',
  ...STORAGE_PROBLEMS,
] as const satisfies readonly ErrorCodeName[];

/** What an operation under `/api` that requires a session can answer. */
export const SESSION_PROBLEMS = [
  'session_required',
  'cross_site_request',
  'tenant_disabled',
  ...MEMBER_PROBLEMS,
] as const satisfies readonly ErrorCodeName[];

/** What setting a password can answer. */
export const NEW_PASSWORD_PROBLEMS = [
  'password_too_short',
  'password_too_long',
  'password_guessable',
  'too_many_attempts',
] as const satisfies readonly ErrorCodeName[];
