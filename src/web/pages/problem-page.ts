import { ERROR_CODES, type ErrorCodeName } from '../../domain/error-codes.ts';
import { escapeHtml } from './escape-html.ts';
import { personMessage } from './person-message.ts';

/** A small page for a person whose navigation failed. Works without scripts; every value is escaped. */
export function problemPage({ code, traceId }: { code: ErrorCodeName; traceId: string }): string {
  const { headline, advice } = personMessage(code);
  const title = headline.replace(/\.$/, '');
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <meta name="robots" content="noindex" />
    <title>${escapeHtml(title)}</title>
    <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
    <link rel="stylesheet" href="/css/base.css" />
  </head>
  <body>
    <main class="problem">
      <p class="problem-status">${ERROR_CODES[code].status}</p>
      <h1>${escapeHtml(title)}</h1>
      <p>${escapeHtml(advice)}</p>
      <p><a class="button primary" href="/">Go to the start page</a></p>
      <p class="problem-trace">${escapeHtml(code)} · ${escapeHtml(traceId)}</p>
    </main>
  </body>
</html>
`;
}
