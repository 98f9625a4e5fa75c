import { hash } from 'node:crypto';
import type { RequestHandler } from 'express';
import { PortalError } from '../../domain/errors.ts';
import type { PageAssets } from './page-assets.ts';

const SSO_PART = /<!-- sso -->.*?<!-- \/sso -->/gs;

/** Sends a public file, which browsers revalidate at each use. */
export function sendPublicFile(root: string, file: string): RequestHandler {
  return (req, res, next) => {
    res.setHeader('Cache-Control', 'no-cache');
    res.sendFile(file, { root, cacheControl: false }, (error?: Error) => {
      // A client that disconnected or sent invalid HTTP gets no answer.
      if (error === undefined || req.socket.destroyed) return;
      const isFolder = 'code' in error && error.code === 'EISDIR';
      next(isFolder ? new PortalError('not_found') : error);
    });
  };
}

/** Sends a page of a session: not cached, without ETag. */
export function sendPrivatePage(assets: PageAssets, file: string): RequestHandler {
  return async (_req, res) => {
    res.type('html').send(await assets.page(file));
  };
}

/** Sends a public page. */
export function sendPublicPage(assets: PageAssets, file: string): RequestHandler {
  return sendHtml(() => assets.page(file));
}

/** The sign-in page; where no identity provider is configured, without the SSO form. */
export function sendLoginPage({ assets, sso }: { assets: PageAssets; sso: boolean }): RequestHandler {
  return sendHtml(async () => {
    const page = await assets.page('login.html');
    return sso ? page : page.replaceAll(SSO_PART, '');
  });
}

/** Sends public HTML, which browsers revalidate at each use. */
function sendHtml(text: () => Promise<string>): RequestHandler {
  return async (_req, res) => {
    const body = await text();
    res.setHeader('ETag', `"${hash('sha256', body, 'base64url')}"`);
    res.setHeader('Cache-Control', 'no-cache');
    res.type('html').send(body);
  };
}
