// The signed-in page: who is here, what may they see, and the real Qlik components that show it.
import { createQlikToken } from './qlik-token.js';
import { loadContent } from './embed/content.js';
import { startNavigation } from './embed/navigation.js';
import { loadRuntime } from './embed/runtime.js';
import { neverFromHistory } from './embed/leaving.js';
import { showHolder, showLoading, showProblem, showView } from './embed/page.js';

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

  const qlikToken = createQlikToken({
    account: user.email,
    ...(user.id === undefined
      ? {}
      : { holder: { sub: user.id, host: tenant.host, clientId: tenant.clientId } }),
  });
  globalThis.getQlikAccessToken = qlikToken.getAccessToken;
  startNavigation({
    content,
    onView: (view, { byPerson }) => showView(view, { appId: content.appId, byPerson }),
  });
  loadRuntime({ host: tenant.host, clientId: tenant.clientId });
}
