interface ProblemPage {
  readonly status: number;
  readonly title: string;
  /** What the person can do now. */
  readonly person: string;
  readonly code: string;
  readonly traceId: string;
}

/** A small page for a person whose navigation failed. Works without scripts; every value is escaped. */
export function problemPage({ status, title, person, code, traceId }: ProblemPage): string {
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
      <p class="problem-status">${status}</p>
      <h1>${escapeHtml(title)}</h1>
      <p>${escapeHtml(person)}</p>
      <p><a class="button primary" href="/">Go to the start page</a></p>
      <p class="problem-trace">${escapeHtml(code)} · ${escapeHtml(traceId)}</p>
    </main>
  </body>
</html>
`;
}

export function escapeHtml(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '');
}
