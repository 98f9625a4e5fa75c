import type { DemoPerson } from '../identity-provider.ts';

/** Who do you want to be? A real provider would ask for a password here. */
export function choicePage({ people, action }: { people: readonly DemoPerson[]; action: string }): string {
  const choices = people.map(
    ({ subject, name, email }) =>
      `<button name="subject" value="${escapeHtml(subject)}">${escapeHtml(name)}${
        email === undefined ? '' : ` <small>${escapeHtml(email)}</small>`
      }</button>`,
  );
  return page(
    'Sign in to your company',
    `<form method="post" action="${escapeHtml(action)}">
        ${choices.join('\n        ')}
        <button name="cancel" value="yes">Cancel</button>
      </form>`,
  );
}

/** @param form of oidc-provider: it says which session is meant. */
export function signOutPage(form: string): string {
  return page(
    'Sign out of your company?',
    `${form}
      <button form="op.logoutForm" name="logout" value="yes">Sign out</button>
      <button form="op.logoutForm">Stay signed in</button>`,
  );
}

export function messagePage(text: string): string {
  return page(text, '<p>You can close this page.</p>');
}

function page(title: string, content: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>${escapeHtml(title)}</title>
    <style>
      body { max-width: 24rem; margin: 4rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif; }
      button { display: block; width: 100%; margin: 0.5rem 0; padding: 0.75rem; font: inherit; text-align: left; }
      small { display: block; }
    </style>
  </head>
  <body>
    <main>
      <h1>${escapeHtml(title)}</h1>
      <p><strong>This is a sandbox, not a real identity provider.</strong></p>
      ${content}
    </main>
  </body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}
