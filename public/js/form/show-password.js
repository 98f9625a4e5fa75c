/**
 * A button that makes passwords visible while it is pressed.
 * @param {HTMLButtonElement} toggle
 * @param {readonly HTMLInputElement[]} fields
 */
export function offerToShow(toggle, fields) {
  toggle.hidden = false;
  toggle.addEventListener('click', () => {
    const shown = toggle.getAttribute('aria-pressed') !== 'true';
    for (const field of fields) field.type = shown ? 'text' : 'password';
    toggle.setAttribute('aria-pressed', String(shown));
    toggle.textContent = shown ? 'Hide' : 'Show';
  });
}
