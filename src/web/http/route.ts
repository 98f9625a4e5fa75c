import type { RequestHandler, Router } from 'express';
import { PortalError } from '../../domain/errors.ts';
import { readForm, readJson } from './body.ts';
import type { Operation } from './operation.ts';

interface Route {
  readonly handlers: ReturnType<Router['route']>;
  readonly methods: Set<string>;
}

/** By router and path: methods are registered one by one, and Allow names all of them. */
const routes = new WeakMap<Router, Map<string, Route>>();

/**
 * Registers an operation: its method and path, and readers for the media types of its body. Any other method of the
 * path is answered with `method_not_allowed` and Allow (RFC 9110 section 15.5.6).
 */
export function route(
  router: Router,
  { method, path, body }: Pick<Operation, 'method' | 'path' | 'body'>,
  handlers: readonly RequestHandler[],
): void {
  const registered = routeOf(router, path.replaceAll(/\{(\w+)\}/g, ':$1'));
  registered.methods.add(method.toUpperCase());
  if (method === 'get') registered.methods.add('HEAD');
  registered.handlers[method](
    ...(body?.types.includes('application/json') ? [readJson] : []),
    ...(body?.types.includes('application/x-www-form-urlencoded') ? [readForm] : []),
    ...handlers,
  );
}

function routeOf(router: Router, path: string): Route {
  const ofRouter = routes.get(router) ?? new Map<string, Route>();
  routes.set(router, ofRouter);
  const existing = ofRouter.get(path);
  if (existing !== undefined) return existing;
  const methods = new Set<string>();
  const handlers = router.route(path).all((req, res, next) => {
    if (methods.has(req.method)) return next();
    res.setHeader('Allow', [...methods].join(', '));
    throw new PortalError('method_not_allowed');
  });
  const created = { handlers, methods };
  ofRouter.set(path, created);
  return created;
}
