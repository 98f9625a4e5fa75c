import { isUtf8 } from 'node:buffer';
import express, { type Request, type RequestHandler } from 'express';
import type { z } from 'zod';
import { PortalError } from '../../domain/errors.ts';

const LIMIT = '16kb';
const MOST_FIELDS = 20;

/** @throws PortalError unsupported_media_type, invalid_request */
function requireUtf8(_req: unknown, _res: unknown, bytes: Buffer, charset: string): void {
  if (charset !== 'utf-8') throw new PortalError('unsupported_media_type');
  // Invalid bytes would all decode to U+FFFD, so that different passwords would be equal.
  if (!isUtf8(bytes)) throw new PortalError('invalid_request', { detail: 'the body is not UTF-8' });
}

const common = { limit: LIMIT, inflate: false, verify: requireUtf8 };

/** Reads `application/json` in UTF-8, 16 kB at most, not compressed. */
export const readJson: RequestHandler = express.json({ ...common, type: 'application/json' });

/** Reads what an HTML form sends, under the same limits. */
export const readForm: RequestHandler = express.urlencoded({
  ...common,
  type: 'application/x-www-form-urlencoded',
  extended: false,
  parameterLimit: MOST_FIELDS,
});

/**
 * The body, judged by the schema.
 * @throws PortalError invalid_request with the fields at fault (never their values), unsupported_media_type for
 * other media types.
 */
export function bodyOf<Schema extends z.ZodType>(req: Request, schema: Schema): z.infer<Schema> {
  const body: unknown = req.body;
  if (body === undefined && hasBody(req)) throw new PortalError('unsupported_media_type');
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const detail = parsed.error.issues
    .slice(0, 3)
    .map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`)
    .join('; ');
  throw new PortalError('invalid_request', { detail });
}

function hasBody(req: Request): boolean {
  return req.get('Transfer-Encoding') !== undefined || Number(req.get('Content-Length') ?? 0) > 0;
}
