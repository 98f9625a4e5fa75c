import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { extname, join } from 'node:path';
import { type RequestHandler, Router } from 'express';
import { PortalError } from '../../domain/errors.ts';
import type { RouteDeps } from '../http/deps.ts';
import { route } from '../http/route.ts';
import { TOKEN_SCRIPT } from '../pages/build-pages.ts';
import type { PageAssets } from '../pages/page-assets.ts';
import { sendPublicFile } from '../pages/pages.ts';

/**
 * Styles, scripts and Qlik's web component. Names of built files hold a hash of their content, so they are immutable;
 * all others are revalidated at each use (ETag).
 */
export function staticRoutes({ publicDir, assets }: RouteDeps): Router {
  const router = Router();
  const file = (path: string, handlers: readonly RequestHandler[]) =>
    route(router, { method: 'get', path }, handlers);
  file('/assets/:file', [sendBuilt(assets)]);
  file(TOKEN_SCRIPT, [sendTokenScript(publicDir, assets)]);
  file('/css/*file', [sendFrom(join(publicDir, 'css'))]);
  file('/js/*file', [sendFrom(join(publicDir, 'js'))]);
  file('/favicon.svg', [sendPublicFile(publicDir, 'favicon.svg')]);
  file('/favicon.ico', [(_req, res) => res.redirect(308, '/favicon.svg')]);
  file('/vendor/qlik-embed-web-components.js', [sendEmbedComponents()]);
  return router;
}

function sendBuilt(assets: PageAssets): RequestHandler {
  return async (req, res) => {
    const { file: name } = req.params;
    const built = typeof name === 'string' ? await assets.file(name) : undefined;
    if (typeof name !== 'string' || built === undefined) throw new PortalError('not_found');
    // During an update a page of one version may ask a replica of the other, which sends its own version, uncached.
    res.setHeader('Cache-Control', built.current ? 'public, max-age=31536000, immutable' : 'no-store');
    res.type(extname(name)).send(built.text);
  };
}

/** The bundled script under its stable path, so revalidated at each use. */
function sendTokenScript(publicDir: string, assets: PageAssets): RequestHandler {
  const fromSource = sendPublicFile(publicDir, TOKEN_SCRIPT);
  return async (req, res, next) => {
    const name = await assets.nameOf(TOKEN_SCRIPT);
    const file = name === undefined ? undefined : await assets.file(name);
    if (file === undefined) {
      fromSource(req, res, next);
      return;
    }
    res.setHeader('Cache-Control', 'no-cache').setHeader('ETag', `"${name}"`);
    res.type('text/javascript').send(file.text);
  };
}

function sendFrom(folder: string): RequestHandler {
  return (req, res, next) => {
    const { file } = req.params;
    const path = Array.isArray(file) ? file.join('/') : '';
    sendPublicFile(folder, path)(req, res, next);
  };
}

/** With an ETag of the content, because npm sets the same date on all files of packages. */
function sendEmbedComponents(): RequestHandler {
  const path = createRequire(import.meta.url).resolve('@qlik/embed-web-components');
  const script = readFileSync(path);
  const etag = `"${createHash('sha256').update(script).digest('base64url')}"`;
  return (_req, res) => {
    res.setHeader('Cache-Control', 'no-cache').setHeader('ETag', etag);
    res.type('text/javascript').send(script);
  };
}
