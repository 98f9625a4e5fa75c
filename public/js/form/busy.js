/**
 * @param {HTMLButtonElement} button
 * @param {string | undefined} label what is happening, or undefined when it is done
 */
export function setBusy(button, label) {
  button.dataset['label'] ??= button.textContent ?? '';
  // aria-disabled, not disabled: a disabled button would drop the keyboard focus.
  button.setAttribute('aria-disabled', String(label !== undefined));
  button.textContent = label ?? button.dataset['label'];
}
