/** After a sign-out, Back must not bring this page out of the browser's memory. */
export function neverFromHistory() {
  window.addEventListener('pageshow', (event) => {
    if (!event.persisted) return;
    document.body.replaceChildren();
    location.reload();
  });
}
