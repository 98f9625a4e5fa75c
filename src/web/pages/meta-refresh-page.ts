import { escapeHtml } from './escape-html.ts';

/**
 * A page that redirects by `<meta http-equiv="refresh">`.
 *
 * Not a 303, because Chromium applies the `form-action` of the page with the form to redirects as well: the policy
 * would have to name the providers of all customers.
 */
export function metaRefreshPage({ title, url }: { readonly title: string; readonly url: string }): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <meta name="robots" content="noindex" />
    <meta http-equiv="refresh" content="0; url=${escapeHtml(url)}" />
    <title>${escapeHtml(title)}</title>
    <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
    <link rel="stylesheet" href="/css/base.css" />
  </head>
  <body>
    <main class="problem">
      <h1>${escapeHtml(title)}</h1>
      <p><a class="button primary" href="${escapeHtml(url)}">Continue</a></p>
    </main>
  </body>
</html>
`;
}
