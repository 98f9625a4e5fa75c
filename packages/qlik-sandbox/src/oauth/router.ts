import express, { type Router } from 'express';
import { notFound } from '../errors.ts';
import { injectFaults } from '../faults.ts';
import { rateLimit } from '../rate-limit.ts';
import type { TenantState } from '../tenant-state.ts';
import { announceTokenRequest } from './announce.ts';
import { revokeEndpoint } from './revoke.ts';
import { tokenEndpoint } from './token.ts';

/** `/oauth`: what a client asks for and gives back tokens at. */
export function oauthRouter(state: TenantState): Router {
  const router = express.Router();
  router.use(express.urlencoded({ extended: false, limit: '100kb' }));
  router.use(announceTokenRequest(state), injectFaults(state), rateLimit(state));
  router.post('/token', tokenEndpoint(state));
  router.post('/revoke', revokeEndpoint(state));
  router.use(notFound);
  return router;
}
