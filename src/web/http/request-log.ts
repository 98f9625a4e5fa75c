import { randomUUID } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import type { ErrorCodeName } from '../../domain/error-codes.ts';
import type { Log } from '../../runtime/log.ts';
import type { Observe } from '../../runtime/observe.ts';

declare global {
  // Express' own way to add to its Request.
  namespace Express {
    interface Request {
      /** In each log line, audit event and problem of this request: the caller's `X-Request-Id`, or a random UUID. */
      requestId: string;
      /** The code of the problem that answered the request, if one did. */
      problemCode?: ErrorCodeName;
    }
  }
}

// Ids that proxies and clients send; no character that could forge a log line or a header.
const REQUEST_ID = /^[A-Za-z0-9._-]{1,128}$/;
const PROBES = new Set(['/healthz', '/readyz']);

/**
 * Gives the request its id and logs one line after it: the route's pattern instead of the URL, no address and no
 * headers, so that the line holds no tokens and no personal data. Probes are logged at debug.
 */
export function requestLog(log: Log, observe: Observe['request']): RequestHandler {
  return (req, res, next) => {
    const startedAt = performance.now();
    const given = req.get('X-Request-Id');
    req.requestId = given !== undefined && REQUEST_ID.test(given) ? given : randomUUID();
    res.setHeader('X-Request-Id', req.requestId);
    res.once('close', () => {
      const route = routePattern(req);
      const fields = {
        requestId: req.requestId,
        method: req.method,
        route,
        status: res.statusCode,
        ms: Math.round((performance.now() - startedAt) * 10) / 10,
        ...(req.problemCode && { code: req.problemCode }),
        // The client disconnected before the response was complete.
        ...(!res.writableFinished && { aborted: true }),
      };
      observe(fields);
      if (PROBES.has(route)) log.debug(fields, 'request');
      else log.info(fields, 'request');
    });
    next();
  };
}

function routePattern(req: Request): string {
  const { route } = req as { readonly route?: { readonly path?: unknown } };
  return typeof route?.path === 'string' ? route.path : 'unmatched';
}
