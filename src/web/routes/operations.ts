import type { Operation } from '../http/operation.ts';
import { accountOperations } from './account.ts';
import { embedOperations } from './embed.ts';
import { healthOperations } from './health.ts';
import { loginOperations } from './login.ts';
import { logoutOperations } from './logout.ts';
import { memberPageOperations } from './member-pages.ts';
import { openApiOperations } from './openapi.ts';
import { qlikTokenOperations } from './qlik-token.ts';
import { setPasswordOperations } from './set-password.ts';
import { ssoOperations } from './sso.ts';

/** Every operation of the portal by its id; static files are none. */
export const operations: Readonly<Record<string, Operation>> = {
  ...qlikTokenOperations,
  ...embedOperations,
  ...loginOperations,
  ...logoutOperations,
  ...ssoOperations,
  ...setPasswordOperations,
  ...accountOperations,
  ...memberPageOperations,
  ...healthOperations,
  ...openApiOperations,
};
