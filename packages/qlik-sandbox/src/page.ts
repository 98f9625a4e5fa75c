import type { RequestHandler } from 'express';
import type { TenantState } from './tenant-state.ts';

/** `GET /`: the only page of a tenant, which says what it is. */
export function sandboxPage(state: TenantState): RequestHandler {
  const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Sandbox tenant ${escapeHtml(state.name)}</title>
  </head>
  <body>
    <main>
      <h1>Sandbox tenant “${escapeHtml(state.name)}”</h1>
      <p>
        <strong>This is a sandbox, not Qlik Cloud.</strong> It stands in for a tenant during development and tests:
        it runs on this machine only, its users and numbers are made up, and it forgets everything when it stops.
      </p>
      <p>Control API: <code>packages/qlik-sandbox/README.md</code>.</p>
    </main>
  </body>
</html>
`;
  return (_req, res) => {
    res.set('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'").type('html').send(page);
  };
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}
