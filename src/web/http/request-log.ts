import { randomUUID } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import type { ErrorCodeName } from '../../domain/error-codes.ts';
import type { Log } from '../../runtime/log.ts';
import type { Observe } from '../../runtime/observe.ts';

declare global {
  // Express' own way to add to its Request.
  namespace Express {
    interface Request {
      /** Of this request in every log line, audit event and problem: the caller's, or one made here. */
      requestId: string;
      /** The code of the problem that answered the request, if one did. */
      problemCode?: ErrorCodeName;
    }
  }
}

// What proxies and browsers send as an id, and nothing that could forge a log line or a header.
const REQUEST_ID = /^[A-Za-z0-9._-]{1,128}$/;
const PROBES = new Set(['/healthz', '/readyz']);

/**
 * Names the request and writes one line when it is over: route pattern instead of URL, no address, no headers,
 * so that neither tokens nor people are in it. Probes are logged at debug.
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
        // The caller went away before the answer was out.
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
