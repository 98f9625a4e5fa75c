import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Router } from 'express';
import { z } from 'zod';
import { route } from '../http/route.ts';
import { type Operations, json } from '../http/operation.ts';

export const openApiOperations = {
  getContract: {
    method: 'get',
    path: '/api/openapi.json',
    tag: 'Operation',
    summary: 'This document',
    session: 'none',
    answers: {
      200: json('OpenAPI 3.1', z.looseObject({})),
      304: { description: 'The copy that the caller has still holds' },
    },
    problems: [],
  },
} satisfies Operations;

const DOCUMENT = new URL('../../../docs/openapi.json', import.meta.url);

/** `GET /api/openapi.json`: the contract, the same for everybody, read once. */
export function openApiRoutes(): Router {
  const document = readFileSync(DOCUMENT, 'utf8');
  const etag = `"${hash('sha256', document, 'base64url')}"`;
  const router = Router();
  route(router, openApiOperations.getContract, [
    (_req, res) => {
      res.setHeader('Cache-Control', 'public, max-age=300').setHeader('ETag', etag);
      res.type('json').send(document);
    },
  ]);
  return router;
}
