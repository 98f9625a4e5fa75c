import type { HostConfig } from '@qlik/api/auth';
import type { Doc, FieldValue, OpenAppSessionProps } from '@qlik/api/qix';
import { runtimeModule } from './qlik-main.ts';

interface AppReference {
  appId: string;
  identity?: string;
  hostConfig: HostConfig;
}

interface InitialAppState {
  clearSelections?: boolean;
  fieldSelections?: readonly { name: string; values?: FieldValue[]; search?: { match: string } }[];
}

/** What `<qlik-initial-selections>` asks for: applied once, before an embed of that app reads anything. */
export function setInitialAppState(app: AppReference, state: InitialAppState): void {
  runWhenOpened(app, async (doc) => {
    if (state.clearSelections) await doc.clearAll();
    for (const { name, values, search } of state.fieldSelections ?? []) {
      const field = await doc.getField(name);
      if (search) await field.select(search.match);
      else if (values) await field.selectValues(values, false, false);
    }
  });
}

/** What `<qlik-app-open-action>` asks for: the page's callback gets the app when it opens. */
export function addOnAppOpenCallback(
  app: AppReference,
  callback: (props: { app: Doc; appId: string }) => Promise<void>,
): void {
  runWhenOpened(app, (doc) => callback({ app: doc, appId: app.appId }));
}

function runWhenOpened(
  { appId, identity, hostConfig }: AppReference,
  action: (doc: Doc) => Promise<void>,
): void {
  const props: OpenAppSessionProps = { appId, hostConfig, ...(identity === undefined ? {} : { identity }) };
  void beforeOpening(props, action);
}

async function beforeOpening(props: OpenAppSessionProps, action: (doc: Doc) => Promise<void>): Promise<void> {
  const qix = await runtimeModule('qix@v1');
  // A selection that does not work must not keep the app from opening.
  qix.addInitialAppAction(props, (doc) => action(doc).catch(() => undefined));
}
