import type { RequestHandler } from 'express';

/** Sends a page of the public folder that is the same for everybody: kept by browsers, checked at each use. */
export function sendPage(publicDir: string, file: string): RequestHandler {
  return (_req, res, next) => {
    res.setHeader('Cache-Control', 'no-cache');
    res.sendFile(file, { root: publicDir, cacheControl: false }, next);
  };
}

/** Sends a page that stands for a session: never kept, so that Back after a sign-out shows nothing. */
export function sendPrivatePage(publicDir: string, file: string): RequestHandler {
  return (_req, res, next) => {
    res.setHeader('Cache-Control', 'no-store');
    res.sendFile(file, { root: publicDir, cacheControl: false, etag: false, lastModified: false }, next);
  };
}
