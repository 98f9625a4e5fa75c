import type { Request, RequestHandler } from 'express';
import { PortalError } from '../../domain/errors.ts';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses cross-site requests of browsers: all unsafe methods, and everything under `/api`, which only the portal's
 * own pages and programs call.
 * @throws PortalError `cross_site_request`
 */
export function refuseCrossSite({ publicUrl }: { publicUrl: string }): RequestHandler {
  return (req, _res, next) => {
    const guarded = !SAFE_METHODS.has(req.method) || isApi(req);
    if (guarded && isCrossSite(req, publicUrl)) throw new PortalError('cross_site_request');
    next();
  };
}

/** Whether the request is for a program: `/api` and below, in any spelling that the router accepts. */
export function isApi(req: Request): boolean {
  return /^\/api(?:\/|$)/i.test(req.path);
}

/**
 * Fetch Metadata first (https://www.w3.org/TR/fetch-metadata/), which no page can forge. `same-site` is foreign too:
 * a neighbouring subdomain is another application. `none` is the person's own doing (address bar, bookmark).
 *
 * Browsers leave it out on plain http beyond loopback; there, Origin decides. A request with neither header is not
 * from a browser that a page could drive (every one sends Origin with an unsafe method), so it carries no cookie
 * against its owner's will: programs may sign in.
 */
function isCrossSite(req: Request, publicUrl: string): boolean {
  const site = req.get('Sec-Fetch-Site');
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  const origin = req.get('Origin');
  return origin !== undefined && origin !== publicUrl;
}
