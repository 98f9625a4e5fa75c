// The signed-in page: who is here, what may they see, and the real Qlik components that show it.
import { createQlikToken } from './qlik-token.js';
import { loadContent } from './embed/content.js';
import { startNavigation } from './embed/navigation.js';
import { loadRuntime } from './embed/runtime.js';
import { neverFromHistory } from './embed/leaving.js';
import { coverPanels, showHolder, showLoading, showProblem, showView, showViewAgain } from './embed/page.js';

neverFromHistory();
void start();

async function start() {
  showLoading();
  const outcome = await loadContent();
  if (outcome.kind === 'signed-out') {
    // A full page load, with the address of the sheet kept for after the sign-in.
    location.replace(`/login${location.hash || '#session_expired'}`);
    return;
  }
  if (outcome.kind === 'failed') {
    showProblem(outcome.problem, { again: start });
    return;
  }
  const { user, tenant, content } = outcome.page;
  showHolder({ person: user.name, organisation: tenant.name });
  if (tenant.clientId === null) {
    showProblem('not-set-up', { again: start });
    return;
  }
  if (content === undefined || content.sheets.length + content.objects.length === 0) {
    showProblem('nothing-to-show', { again: start });
    return;
  }

  const holder = { sub: user.id, host: tenant.host, clientId: tenant.clientId };
  const tokens = createQlikToken({ account: user.email, holder });
  provideTokens(tokens);
  // The token comes while the runtime loads, which then finds it here.
  tokens.retry();
  startNavigation({
    content,
    onView: (view, { byPerson }) => showView(view, { appId: content.appId, byPerson }),
  });
  loadRuntime(holder, {
    onMissing: ({ blocked, retry }) =>
      showProblem(blocked ? 'qlik-blocked' : 'qlik-unreachable', { again: retry }),
    onThere: showViewAgain,
  });
}

/** @param {import('./qlik-token.d.ts').QlikToken} tokens */
function provideTokens(tokens) {
  let hadToken = false;
  globalThis.getQlikAccessToken = async () => {
    const token = await tokens.getAccessToken();
    hadToken ||= token !== '';
    return token;
  };
  // What is drawn already stays in sight, whatever happens.
  const cover = () => coverPanels(!hadToken);
  tokens.addEventListener('unavailable', cover);
  tokens.addEventListener('session-expired', cover);
  tokens.addEventListener('recovered', () => coverPanels(false));
}
