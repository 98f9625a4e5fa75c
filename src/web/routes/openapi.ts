import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Router } from 'express';
import { route } from '../http/methods.ts';

const DOCUMENT = new URL('../../../docs/openapi.json', import.meta.url);

/** `GET /api/openapi.json`: the contract, the same for everybody, read once. */
export function openApiRoutes(): Router {
  const document = readFileSync(DOCUMENT, 'utf8');
  const etag = `"${hash('sha256', document, 'base64url')}"`;
  const router = Router();
  route(router, '/api/openapi.json', {
    get: [
      (_req, res) => {
        res.setHeader('Cache-Control', 'public, max-age=300').setHeader('ETag', etag);
        res.type('json').send(document);
      },
    ],
  });
  return router;
}
