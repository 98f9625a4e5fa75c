import type { RequestHandler, Router } from 'express';
import { PortalError } from '../../domain/errors.ts';

interface Methods {
  readonly get?: readonly RequestHandler[];
  readonly post?: readonly RequestHandler[];
}

/** Registers a path with the methods it takes; any other is `method_not_allowed`, with Allow (RFC 9110 section 15.5.6). */
export function route(router: Router, path: string, { get, post }: Methods): void {
  const registered = router.route(path);
  if (get) registered.get(...get);
  if (post) registered.post(...post);
  const allow = [...(get ? ['GET', 'HEAD'] : []), ...(post ? ['POST'] : [])].join(', ');
  registered.all((_req, res) => {
    res.setHeader('Allow', allow);
    throw new PortalError('method_not_allowed');
  });
}
