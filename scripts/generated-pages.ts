import { errorCodesPage } from './error-codes-page.ts';

/** Path → text, before formatting. */
export const generatedPages: Readonly<Record<string, () => string>> = {
  'docs/error-codes.md': errorCodesPage,
};
