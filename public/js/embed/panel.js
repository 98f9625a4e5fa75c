/** A panel that is still empty after this long says so. */
const SLOW_MS = 20_000;

/**
 * A card with one real Qlik component in it. Its placeholder shows until the runtime has drawn something
 * (css/embed.css); sheets and charts bring their own titles.
 * @param {{ kind: 'sheet' | 'chart', appId: string, item: { id: string, title: string } }} parts
 */
export function createPanel({ kind, appId, item }) {
  const panel = document.createElement('section');
  panel.className = `panel ${kind}`;
  panel.setAttribute('aria-label', item.title);

  const body = document.createElement('div');
  const placeholder = document.createElement('div');
  const skeleton = document.createElement('span');
  const frame = document.createElement('div');
  const embed = document.createElement('qlik-embed');
  body.className = 'panel-body';
  placeholder.className = 'placeholder';
  skeleton.className = 'skeleton';
  placeholder.append(item.title, skeleton);
  frame.className = 'frame';
  embed.setAttribute('ui', `analytics/${kind}`);
  embed.setAttribute('app-id', appId);
  embed.setAttribute(kind === 'sheet' ? 'sheet-id' : 'object-id', item.id);
  frame.append(embed);
  body.append(placeholder, frame);
  panel.append(body);
  noteWhenSlow(body, embed);
  return panel;
}

/**
 * @param {HTMLElement} body
 * @param {HTMLElement} embed
 */
function noteWhenSlow(body, embed) {
  const note = document.createElement('div');
  note.className = 'panel-note';
  note.setAttribute('role', 'status');
  const timer = setTimeout(() => {
    if (!body.isConnected || embed.childElementCount > 0) return;
    const text = document.createElement('p');
    const strong = document.createElement('strong');
    const again = document.createElement('button');
    strong.textContent = 'This takes longer than it should.';
    text.append(strong, 'Qlik Cloud has not answered yet. It may still come; you can also try again.');
    again.className = 'button';
    again.type = 'button';
    again.textContent = 'Try again';
    again.addEventListener('click', () => {
      note.remove();
      body.querySelector('.frame')?.replaceChildren(embed);
      noteWhenSlow(body, embed);
    });
    note.append(text, again);
    body.append(note);
  }, SLOW_MS);
  new MutationObserver((_, observer) => {
    if (embed.childElementCount === 0) return;
    clearTimeout(timer);
    note.remove();
    observer.disconnect();
  }).observe(embed, { childList: true });
}
