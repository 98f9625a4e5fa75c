/**
 * The embed's looks as a constructed style sheet: a page with a strict Content-Security-Policy needs no hash for it.
 * Colours follow the page's `color-scheme`; the layout follows the embed's own width, not the window's.
 */
const CSS = `
.qs-embed {
  --qs-ground: light-dark(#ffffff, #171b21);
  --qs-card: light-dark(#ffffff, #1e242c);
  --qs-text: light-dark(#1c2430, #e6e9ee);
  --qs-quiet: light-dark(#545f6e, #a4adba);
  --qs-line: light-dark(#dfe3e8, #39414d);
  --qs-accent: light-dark(#1f6feb, #58a6ff);
  --qs-bad: light-dark(#b3261e, #ff8f87);
  container: qs-embed / inline-size;
  box-sizing: border-box;
  display: flex;
  flex-direction: column;
  gap: 0.5rem;
  inline-size: 100%;
  block-size: 100%;
  min-block-size: 16rem;
  color: var(--qs-text);
  font: 400 0.9375rem/1.45 system-ui, "Segoe UI", Roboto, Helvetica, Arial, sans-serif;
}
[class^="qs-"] { box-sizing: border-box; }
.qs-embed[data-ui="analytics/sheet"] { min-block-size: 46rem; }
.qs-embed[data-ui="analytics/selections"] { min-block-size: 0; }
.qs-body { flex: 1; min-block-size: 0; display: flex; flex-direction: column; gap: 0.75rem; }
.qs-sheet-title { margin: 0; font-size: 1.125rem; font-weight: 600; line-height: 1.3; }
.qs-selections { flex: none; border: 1px solid var(--qs-line); border-radius: 0.625rem; overflow: hidden; background: var(--qs-card); }
.qs-selections[hidden] { display: none; }
.qs-grid { flex: 1; min-block-size: 0; display: grid; gap: 0.75rem; grid-template-columns: minmax(0, 1fr); grid-auto-rows: 20rem; }
.qs-slot { min-inline-size: 0; min-block-size: 0; }
.qs-cell { display: flex; flex-direction: column; gap: 0.375rem; inline-size: 100%; block-size: 100%; min-block-size: 0; margin: 0; padding: 0.625rem; border: 1px solid var(--qs-line); border-radius: 0.625rem; background: var(--qs-card); overflow: hidden; }
.qs-embed[data-ui="analytics/chart"] .qs-cell, .qs-embed[data-ui="analytics/field"] .qs-cell { flex: 1; }
.qs-chart-title { flex: none; margin: 0; font-size: 0.9375rem; font-weight: 600; line-height: 1.3; }
.qs-canvas { flex: 1; position: relative; min-block-size: 0; }
.qs-plot { position: absolute; inset: 0; }
@container qs-embed (min-width: 44rem) {
  .qs-grid { grid-template-columns: repeat(var(--qs-columns), minmax(0, 1fr)); grid-template-rows: repeat(var(--qs-rows), minmax(0, 1fr)); grid-auto-rows: auto; column-gap: 0.5rem; row-gap: 0.5rem; }
  .qs-grid > .qs-slot { grid-column: var(--qs-column); grid-row: var(--qs-row); }
}
.qs-mark { flex: none; margin: 0; color: var(--qs-quiet); font-size: 0.75rem; text-align: end; overflow-wrap: anywhere; }
.qs-loading { position: absolute; inset: 0; border-radius: 0.5rem; background: var(--qs-line); opacity: 0.45; animation: qs-pulse 1.4s ease-in-out infinite alternate; }
.qs-wait { flex: 1; position: relative; min-block-size: 12rem; }
@keyframes qs-pulse { to { opacity: 0.2; } }
@media (prefers-reduced-motion: reduce) { .qs-loading { animation: none; } }
.qs-notice { flex: 1; display: flex; flex-direction: column; align-items: center; justify-content: center; gap: 0.375rem; padding: 1.5rem 1rem; border: 1px dashed var(--qs-line); border-radius: 0.625rem; background: var(--qs-card); text-align: center; }
.qs-notice strong { font-size: 1rem; font-weight: 600; }
.qs-notice[role="alert"] strong { color: var(--qs-bad); }
.qs-notice p { margin: 0; max-inline-size: 44ch; color: var(--qs-quiet); }
.qs-notice button { margin-block-start: 0.5rem; padding: 0.5rem 1.125rem; border: 1px solid var(--qs-accent); border-radius: 0.5rem; background: transparent; color: var(--qs-accent); font: inherit; font-weight: 600; cursor: pointer; }
.qs-notice button:focus-visible { outline: 3px solid var(--qs-accent); outline-offset: 2px; }
.qs-unseen { position: absolute; inline-size: 1px; block-size: 1px; margin: -1px; padding: 0; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
`;

let installed = false;

export function installStyles(): void {
  if (installed) return;
  installed = true;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(CSS);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}
