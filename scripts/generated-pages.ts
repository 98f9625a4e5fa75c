import { configurationPage } from './configuration-page.ts';
import { errorCodesPage } from './error-codes-page.ts';
import { openApiDocument } from './openapi-document.ts';
import { personMessagesModule } from './person-messages-module.ts';
import { requirementsPage } from './security/requirements-page.ts';

/** Path → text, before formatting. */
export const generatedPages: Readonly<Record<string, () => string>> = {
  'docs/configuration.md': configurationPage,
  'docs/error-codes.md': errorCodesPage,
  'docs/security/asvs.md': requirementsPage,
  'public/js/person-messages.js': personMessagesModule,
  'docs/openapi.json': () => JSON.stringify(openApiDocument()),
};
