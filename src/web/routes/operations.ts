import type { Operation } from '../http/operation.ts';
import { accountOperations } from './account.ts';
import { embedOperations } from './embed.ts';
import { embedPageOperations } from './embed-page.ts';
import { healthOperations } from './health.ts';
import { loginOperations } from './login.ts';
import { logoutOperations } from './logout.ts';
import { openApiOperations } from './openapi.ts';
import { qlikTokenOperations } from './qlik-token.ts';
import { setPasswordOperations } from './set-password.ts';
import { ssoOperations } from './sso.ts';

/** Everything that the portal answers, but static files. */
export const operations: readonly Operation[] = [
  ...qlikTokenOperations,
  ...embedOperations,
  ...loginOperations,
  ...logoutOperations,
  ...ssoOperations,
  ...setPasswordOperations,
  ...accountOperations,
  ...embedPageOperations,
  ...healthOperations,
  ...openApiOperations,
];
