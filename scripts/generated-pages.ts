import { errorCodesPage } from './error-codes-page.ts';
import { openApiDocument } from './openapi-document.ts';

/** Path → text, before formatting. */
export const generatedPages: Readonly<Record<string, () => string>> = {
  'docs/error-codes.md': errorCodesPage,
  'docs/openapi.json': () => JSON.stringify(openApiDocument()),
};
