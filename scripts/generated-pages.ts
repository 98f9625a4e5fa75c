import { readFileSync } from 'node:fs';
import { errorCodesPage } from './error-codes-page.ts';
import { incidentsTable } from './incidents-table.ts';
import { openApiDocument } from './openapi-document.ts';
import { requirementsPage } from './security/requirements-page.ts';

/** Path → text, before formatting. */
export const generatedPages: Readonly<Record<string, () => string>> = {
  'docs/error-codes.md': errorCodesPage,
  'docs/security/asvs.md': requirementsPage,
  'docs/openapi.json': () => JSON.stringify(openApiDocument()),
  'docs/operations/runbook.md': () => withPart('docs/operations/runbook.md', 'incidents', incidentsTable()),
};

/** A page by hand, with one part of it that is made: between `<!-- NAME -->` and `<!-- /NAME -->`. */
function withPart(path: string, name: string, part: string): string {
  const [before, , after] = readFileSync(path, 'utf8').split(
    new RegExp(`(<!-- ${name} -->.*<!-- /${name} -->)`, 's'),
  );
  if (before === undefined || after === undefined) throw new Error(`${path} has no part ${name}`);
  return `${before}<!-- ${name} -->\n\n${part}\n\n<!-- /${name} -->${after}`;
}
