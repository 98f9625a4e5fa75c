/**
 * @typedef {import('./content.js').Item} Item
 * @typedef {{ kind: 'sheet', title: string, items: Item[] } | { kind: 'chart', title: string, items: Item[] }} View
 */

const ALL_CHARTS = '#charts';

/**
 * Links to every sheet and chart. The address (`#sheet/ID`, `#chart/ID`, `#charts`) says which one shows, so that
 * reload, bookmarks and Back keep it.
 * @param {{ content: import('./content.js').Content, onView: (view: View, moved: { byPerson: boolean }) => void }} parts
 */
export function startNavigation({ content, onView }) {
  const views = viewsOf(content);
  const links = new Map([...views].map(([hash, view]) => [hash, linkTo(hash, view.title)]));
  fillNavigation(links);

  /** @param {{ byPerson: boolean }} moved */
  const follow = (moved) => {
    const [first] = views.keys();
    const hash = views.has(location.hash) ? location.hash : (first ?? '');
    if (hash !== location.hash) history.replaceState(null, '', hash);
    for (const [itsHash, link] of links) {
      if (itsHash === hash) link.setAttribute('aria-current', 'page');
      else link.removeAttribute('aria-current');
    }
    links.get(hash)?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    const view = views.get(hash);
    if (view) onView(view, moved);
  };
  window.addEventListener('hashchange', () => {
    // The skip link and other anchors of the page are not views.
    if (views.has(location.hash)) follow({ byPerson: true });
  });
  follow({ byPerson: false });
}

/**
 * @param {import('./content.js').Content} content
 * @returns {Map<string, View>} by the hash of the address
 */
function viewsOf({ sheets, objects }) {
  /** @type {Map<string, View>} */
  const views = new Map();
  for (const sheet of sheets) {
    views.set(`#sheet/${encodeURIComponent(sheet.id)}`, {
      kind: 'sheet',
      title: sheet.title,
      items: [sheet],
    });
  }
  if (objects.length > 1) views.set(ALL_CHARTS, { kind: 'chart', title: 'All charts', items: objects });
  for (const chart of objects) {
    views.set(`#chart/${encodeURIComponent(chart.id)}`, {
      kind: 'chart',
      title: chart.title,
      items: [chart],
    });
  }
  return views;
}

/**
 * @param {string} hash
 * @param {string} title
 */
function linkTo(hash, title) {
  const link = document.createElement('a');
  link.href = hash;
  link.textContent = title;
  return link;
}

/** @param {Map<string, HTMLAnchorElement>} links */
function fillNavigation(links) {
  const navigation = document.getElementById('navigation');
  if (!navigation) return;
  navigation.replaceChildren();
  for (const [name, prefix] of [
    ['Sheets', '#sheet'],
    ['Charts', '#chart'],
  ]) {
    const group = [...links].filter(([hash]) => hash.startsWith(prefix ?? ''));
    if (group.length === 0) continue;
    const heading = document.createElement('h2');
    const list = document.createElement('ul');
    heading.textContent = name ?? '';
    heading.id = `navigation-${name}`;
    list.setAttribute('aria-labelledby', heading.id);
    for (const [, link] of group) {
      const entry = document.createElement('li');
      entry.append(link);
      list.append(entry);
    }
    navigation.append(heading, list);
  }
  navigation.hidden = links.size < 2;
}
