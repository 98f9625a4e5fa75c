import { personMessage } from '../person-messages.js';
import { createPanel } from './panel.js';

/** @typedef {import('./content.js').Problem} Problem */

/** @type {Record<Problem, { title: string, text: string }>} */
const PROBLEMS = {
  offline: {
    title: 'You are offline',
    text: 'Check your network. The page continues by itself as soon as you are back.',
  },
  unavailable: {
    title: 'The portal does not answer',
    text: 'Something failed on our side. Try again in a minute. If it fails again, contact the operators of this portal.',
  },
  tenant_disabled: byCode('tenant_disabled'),
  'not-set-up': byCode('tenant_not_provisioned'),
  'qlik-unreachable': {
    title: 'Qlik Cloud cannot be reached',
    text: 'Your portal works, but the analytics behind it do not answer. The page keeps trying and continues by itself.',
  },
  'qlik-blocked': {
    title: 'The analytics are blocked',
    text: 'A security policy keeps this page from loading Qlik Cloud. Contact the operators of this portal: its Content-Security-Policy must allow your tenant.',
  },
  'nothing-to-show': {
    title: 'There is nothing to show yet',
    text: 'No sheet or chart has been chosen for your organisation. Ask your administrator to add some.',
  },
};

const portalName = document.querySelector('meta[name=application-name]')?.getAttribute('content') ?? '';

/** @param {string} code */
function byCode(code) {
  const { headline = '', advice = '' } = personMessage(code) ?? {};
  // Headings have no full stop.
  return { title: headline.replace(/\.$/, ''), text: advice };
}

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
 * @param {{ again: () => unknown }} ways
 */
export function showProblem(problem, { again }) {
  element('problem-title').textContent = PROBLEMS[problem].title;
  element('problem-text').textContent = PROBLEMS[problem].text;
  const retry = document.createElement('button');
  retry.className = 'button primary';
  retry.type = 'button';
  retry.textContent = 'Try again';
  const retried = new AbortController();
  const tryAgain = () => {
    retried.abort();
    again();
  };
  retry.addEventListener('click', tryAgain);
  if (problem === 'offline') window.addEventListener('online', tryAgain, { signal: retried.signal });
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
  // A sheet draws its own.
  title.classList.toggle('visually-hidden', view.kind === 'sheet');
  element('panels').replaceChildren(
    ...view.items.map((item) => createPanel({ kind: view.kind, appId, item })),
  );
  showViewAgain();
  // People who followed a link read on at the new content; on load the focus stays where the browser put it.
  if (byPerson) title.focus();
}

/** After a problem that left the view as it was. */
export function showViewAgain() {
  document.title = `${element('view-title').textContent} · ${portalName}`;
  showOnly('view');
}

/**
 * Keeps what Qlik says out of sight while it could only say that it got no token: the banner knows why.
 * @param {boolean} covered
 */
export function coverPanels(covered) {
  element('panels').classList.toggle('covered', covered);
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
