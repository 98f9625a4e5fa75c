/**
 * Whether the page shows this element dark: its own `color-scheme`, which may follow the system's or not. The
 * browser's answer to `light-dark()` is the only one that weighs both.
 */
export function isDark(target: HTMLElement): boolean {
  const before = target.style.outlineColor;
  target.style.outlineColor = 'light-dark(rgb(1, 1, 1), rgb(254, 254, 254))';
  const dark = getComputedStyle(target).outlineColor === 'rgb(254, 254, 254)';
  target.style.outlineColor = before;
  return dark;
}

/** Calls back when the system's preference changes, and with it perhaps the page; answers how to stop. */
export function onSchemeChange(callback: () => void): () => void {
  const query = matchMedia('(prefers-color-scheme: dark)');
  query.addEventListener('change', callback);
  return () => query.removeEventListener('change', callback);
}
