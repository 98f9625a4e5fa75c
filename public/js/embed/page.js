import { createPanel } from './panel.js';

/** @typedef {import('./content.js').Problem} Problem */

/** @type {Record<Problem, { title: string, text: string }>} */
const PROBLEMS = {
  offline: {
    title: 'You are offline',
    text: 'Check your network. The page goes on by itself as soon as you are back.',
  },
  unavailable: {
    title: 'The portal does not answer',
    text: 'The problem is on our side. Try again in a minute; if it stays, contact the people who run this portal.',
  },
  tenant_disabled: {
    title: 'Your organisation’s access is switched off',
    text: 'Ask your administrator whether your organisation still has access.',
  },
  'not-set-up': {
    title: 'Your organisation is not set up yet',
    text: 'Ask your administrator to finish the set-up, then try again.',
  },
  'nothing-to-show': {
    title: 'There is nothing to show yet',
    text: 'No sheet or chart has been chosen for your organisation. Ask your administrator to add some.',
  },
};

const portalName = document.querySelector('meta[name=application-name]')?.getAttribute('content') ?? '';

/** @param {{ person: string, organisation: string }} holder */
export function showHolder({ person, organisation }) {
  element('person').textContent = person;
  element('person').title = person;
  element('organisation').textContent = organisation;
}

export function showLoading() {
  showOnly('loading');
}

/**
 * @param {Problem} problem
 * @param {{ again: () => Promise<void> }} ways
 */
export function showProblem(problem, { again }) {
  element('problem-title').textContent = PROBLEMS[problem].title;
  element('problem-text').textContent = PROBLEMS[problem].text;
  const retry = document.createElement('button');
  retry.className = 'button primary';
  retry.type = 'button';
  retry.textContent = 'Try again';
  const gone = new AbortController();
  const tryAgain = () => {
    gone.abort();
    void again();
  };
  retry.addEventListener('click', tryAgain);
  if (problem === 'offline') window.addEventListener('online', tryAgain, { signal: gone.signal });
  element('problem-actions').replaceChildren(retry);
  document.title = `${PROBLEMS[problem].title} · ${portalName}`;
  showOnly('problem');
}

/**
 * @param {import('./navigation.js').View} view
 * @param {{ appId: string, byPerson: boolean }} how
 */
export function showView(view, { appId, byPerson }) {
  const title = element('view-title');
  title.textContent = view.title;
  document.title = `${view.title} · ${portalName}`;
  element('panels').replaceChildren(
    ...view.items.map((item) => createPanel({ kind: view.kind, appId, item, titled: view.items.length > 1 })),
  );
  showOnly('view');
  // Whoever followed a link goes on reading at the new content; on load the focus stays where the browser put it.
  if (byPerson) title.focus();
}

/** @param {'loading' | 'problem' | 'view'} shown */
function showOnly(shown) {
  for (const id of ['loading', 'problem', 'view']) element(id).hidden = id !== shown;
}

/** @param {string} id */
function element(id) {
  const found = document.getElementById(id);
  if (!found) throw new TypeError(`embed.html has no #${id}`);
  return found;
}
