import type { Response } from 'express';

/**
 * As `res.json`, for answers that are made often and are never cached: without the look for an ETag and for freshness,
 * and the parsing of the type it has just set.
 */
export function sendJson(res: Response, body: object): void {
  const text = JSON.stringify(body);
  res.setHeader('Content-Type', 'application/json; charset=utf-8');
  res.setHeader('Content-Length', Buffer.byteLength(text));
  res.end(text);
}
