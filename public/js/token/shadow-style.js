// Colours come from the page's custom properties (css/brand.css) where it has them. A constructed style sheet needs no
// permission from a Content-Security-Policy that forbids inline styles.
const CSS_TEXT = `
  :host { all: initial; color-scheme: light dark; font: 100%/1.5 var(--font, system-ui, sans-serif); }
  :host(qlik-token-banner) { display: block; position: sticky; inset-block-start: 0; z-index: 1000; }
  * { box-sizing: border-box; }
  .bar {
    display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem 1rem; padding: 0.625rem 1.25rem;
    border-block-end: 1px solid var(--notice, light-dark(#8a4b00, #f3c27a));
    background: var(--notice-soft, light-dark(#fdf1df, #33260f)); color: var(--ink, light-dark(#15211e, #e7eeec));
  }
  .text { flex: 1 1 18rem; }
  button, a, input { font: inherit; }
  button {
    min-block-size: 2.5rem; padding: 0.375rem 1rem; border: 1px solid var(--line-strong, light-dark(#7b8984, #7a8a86));
    border-radius: var(--radius-small, 0.4375rem); background: var(--surface, light-dark(#fff, #171f1e));
    color: inherit; font-weight: 600; cursor: pointer;
  }
  button.primary, .bar button {
    border-color: transparent; background: var(--accent, light-dark(#0f6b5e, #6fd3bd));
    color: var(--on-accent, light-dark(#fff, #06211c));
  }
  button:hover { filter: brightness(0.94); }
  button[aria-disabled='true'] { opacity: 0.75; cursor: progress; }
  :focus-visible { outline: 3px solid var(--focus, light-dark(#0a5248, #94e3d0)); outline-offset: 2px; }
  dialog {
    inline-size: min(100% - 2rem, 25rem); padding: 1.5rem; border: 1px solid var(--line, light-dark(#d9dfdb, #2c3836));
    border-radius: var(--radius, 0.625rem); background: var(--surface, light-dark(#fff, #171f1e));
    color: var(--ink, light-dark(#15211e, #e7eeec)); font: inherit;
  }
  dialog::backdrop { background: rgb(8 20 17 / 55%); }
  h2 { margin: 0; font-size: 1.25rem; line-height: 1.25; }
  p { margin: 0.5rem 0 1rem; color: var(--ink-soft, light-dark(#505e59, #a5b4b0)); }
  p.error {
    padding: 0.625rem 0.875rem; border-inline-start: 0.25rem solid var(--danger, light-dark(#a3261b, #ffab9f));
    border-radius: var(--radius-small, 0.4375rem); background: var(--danger-soft, light-dark(#fcebe8, #3a1a17));
    color: var(--ink, light-dark(#15211e, #e7eeec));
  }
  p.error:empty { display: none; }
  label { display: block; margin-block: 0.875rem 0.25rem; font-weight: 600; }
  input {
    inline-size: 100%; min-block-size: 2.75rem; padding: 0.5rem 0.75rem; border-radius: var(--radius-small, 0.4375rem);
    border: 1px solid var(--line-strong, light-dark(#7b8984, #7a8a86)); background: transparent; color: inherit;
  }
  .buttons { display: flex; flex-wrap: wrap; gap: 0.625rem; margin-block: 1.25rem 0.875rem; }
  a { color: var(--accent, light-dark(#0f6b5e, #6fd3bd)); }
  @media (prefers-reduced-motion: no-preference) { dialog[open], .bar { animation: appear 0.18s ease-out; } }
  @keyframes appear { from { opacity: 0; translate: 0 -0.375rem; } }
  @media print { :host { display: none !important; } }
`;

/** @type {CSSStyleSheet | undefined} */
let sheet;

/**
 * @param {HTMLElement} host
 * @returns {ShadowRoot}
 */
export function styled(host) {
  if (sheet === undefined) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS_TEXT);
  }
  const root = host.attachShadow({ mode: 'open' });
  root.adoptedStyleSheets = [sheet];
  return root;
}
