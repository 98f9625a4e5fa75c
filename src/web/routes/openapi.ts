import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Router } from 'express';
import { z } from 'zod';
import { route } from '../http/route.ts';
import type { Operation } from '../http/operation.ts';

const getContractOperation: Operation = {
  method: 'get',
  path: '/api/openapi.json',
  id: 'getContract',
  tag: 'Operation',
  summary: 'This document',
  session: 'none',
  answers: {
    200: { description: 'OpenAPI 3.1', content: { 'application/json': z.looseObject({}) } },
    304: { description: 'The copy that the caller has still holds' },
  },
  problems: [],
};

export const openApiOperations: readonly Operation[] = [getContractOperation];

const DOCUMENT = new URL('../../../docs/openapi.json', import.meta.url);

/** `GET /api/openapi.json`: the contract, the same for everybody, read once. */
export function openApiRoutes(): Router {
  const document = readFileSync(DOCUMENT, 'utf8');
  const etag = `"${hash('sha256', document, 'base64url')}"`;
  const router = Router();
  route(router, getContractOperation, [
    (_req, res) => {
      res.setHeader('Cache-Control', 'public, max-age=300').setHeader('ETag', etag);
      res.type('json').send(document);
    },
  ]);
  return router;
}
