import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RequestHandler } from 'express';
import { PortalError } from '../../domain/errors.ts';

const SSO_PART = /<!-- sso -->.*?<!-- \/sso -->/gs;

/** Sends a file that is the same for everybody: kept by browsers, checked at each use. */
export function sendPublicFile(root: string, file: string): RequestHandler {
  return (req, res, next) => {
    res.setHeader('Cache-Control', 'no-cache');
    res.sendFile(file, { root, cacheControl: false }, (error?: Error) => {
      // Without an error it is done, and a caller who went away or sent what is no HTTP needs no answer.
      if (error === undefined || req.socket.destroyed) return;
      const isFolder = 'code' in error && error.code === 'EISDIR';
      next(isFolder ? new PortalError('not_found') : error);
    });
  };
}

/** Sends a page that stands for a session: after noStore, and with nothing to revalidate it by. */
export function sendPrivatePage(root: string, file: string): RequestHandler {
  return async (_req, res) => {
    const page = await readFile(join(root, file));
    res.type('html').send(page);
  };
}

/** The sign-in page; where no identity provider is configured, without the form that would lead to one. */
export function sendLoginPage({ publicDir, sso }: { publicDir: string; sso: boolean }): RequestHandler {
  if (sso) return sendPublicFile(publicDir, 'login.html');
  const page = readFileSync(join(publicDir, 'login.html'), 'utf8').replaceAll(SSO_PART, '');
  const etag = `"${hash('sha256', page, 'base64url')}"`;
  return (_req, res) => {
    res.setHeader('ETag', etag);
    res.setHeader('Cache-Control', 'no-cache');
    res.type('html').send(page);
  };
}
