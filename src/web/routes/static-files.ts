import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type RequestHandler, Router } from 'express';
import { route } from '../http/methods.ts';
import { sendPublicFile } from '../pages/pages.ts';

/**
 * Styles, scripts and Qlik's web component. File names carry no version, so browsers ask each time whether their
 * copy still holds (ETag): an upgrade reaches every page at once.
 */
export function staticRoutes({ publicDir }: { publicDir: string }): Router {
  const router = Router();
  route(router, '/css/*file', { get: [sendFrom(join(publicDir, 'css'))] });
  route(router, '/js/*file', { get: [sendFrom(join(publicDir, 'js'))] });
  route(router, '/favicon.svg', { get: [sendPublicFile(publicDir, 'favicon.svg')] });
  route(router, '/favicon.ico', { get: [(_req, res) => res.redirect(308, '/favicon.svg')] });
  route(router, '/vendor/qlik-embed-web-components.js', { get: [sendEmbedComponents()] });
  return router;
}

function sendFrom(folder: string): RequestHandler {
  return (req, res, next) => {
    const { file } = req.params;
    const path = Array.isArray(file) ? file.join('/') : '';
    sendPublicFile(folder, path)(req, res, next);
  };
}

/** Files from a package all bear npm's fixed date, so their ETag must come from the content. */
function sendEmbedComponents(): RequestHandler {
  const path = createRequire(import.meta.url).resolve('@qlik/embed-web-components');
  const script = readFileSync(path);
  const etag = `"${createHash('sha256').update(script).digest('base64url')}"`;
  return (_req, res) => {
    res.setHeader('Cache-Control', 'no-cache').setHeader('ETag', etag);
    res.type('text/javascript').send(script);
  };
}
