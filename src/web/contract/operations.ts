import { z } from 'zod';
import { accountOperations } from './account.ts';
import { embedOperations } from './embed.ts';
import { healthOperations } from './health.ts';
import type { Operation } from './operation.ts';
import { pageOperations } from './page.ts';
import { qlikTokenOperations } from './qlik-token.ts';
import { setPasswordOperations } from './set-password.ts';
import { signInOperations } from './sign-in.ts';
import { ssoOperations } from './sso.ts';

const openApiOperation: Operation = {
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

/** Everything that the portal answers, but static files. */
export const operations: readonly Operation[] = [
  ...qlikTokenOperations,
  ...embedOperations,
  ...signInOperations,
  ...ssoOperations,
  ...setPasswordOperations,
  ...accountOperations,
  ...pageOperations,
  ...healthOperations,
  openApiOperation,
];
