import type { ConnectionConfigReadResponse } from '@qlik/api/oauth-clients';
import express, { type Router } from 'express';
import { z } from 'zod';
import { parse } from '../errors.ts';
import { parsePatch } from '../json-patch.ts';
import type { TenantState } from '../tenant-state.ts';
import { clientNamed } from './client-lookup.ts';

const consent = z.enum(['required', 'trusted']);

/** `/api/v1/oauth-clients/{id}/connection-configs/me`: how this tenant consents to the client. */
export function connectionConfigRouter(state: TenantState): Router {
  const router = express.Router();
  const config = router.route('/:id/connection-configs/me');
  config.get((req, res) => {
    const { consentMethod } = clientNamed(state, req.params.id);
    res.json({ consentMethod, status: 'active' } satisfies ConnectionConfigReadResponse);
  });
  config.patch((req, res) => {
    const client = clientNamed(state, req.params.id);
    const operations = parsePatch(req.body, { operations: ['replace'], paths: ['/consentMethod'] });
    const [method] = operations.map(({ value }) => parse(consent, value)).slice(-1);
    client.consentMethod = method ?? client.consentMethod;
    state.clients.touch(client);
    res.status(204).end();
  });
  config.delete((req, res) => {
    const client = clientNamed(state, req.params.id);
    client.consentMethod = 'required';
    state.clients.touch(client);
    res.status(204).end();
  });
  return router;
}
