import type { AppSession, Doc } from '@qlik/api/qix';
import { IncompleteEmbedError } from './failure.ts';
import type { EmbedProps } from './embed-props.ts';
import { runtimeModule } from './qlik-main.ts';

/** An open app. Embeds of one app on a page share one websocket, which ends when the last of them closes. */
export interface AppConnection {
  readonly doc: Doc;
  close(): void;
}

/** Opens the app an embed asks for; `onLost` is called when the connection ends without having been closed. */
export async function connectApp(
  { appId, identity, hostConfig }: EmbedProps,
  onLost: () => void,
): Promise<AppConnection> {
  if (!appId) throw new IncompleteEmbedError('The attribute app-id is missing.');
  const qix = await runtimeModule('qix@v1');
  const session = qix.openAppSession({ appId, hostConfig, ...(identity ? { identity } : {}) });
  try {
    const doc = await session.getDoc();
    const stopListening = session.onWebSocketEvent(({ eventType }) => {
      // Later: who hears of the loss gives up its share of the session, whose list of shares is being read right now.
      if (eventType === 'suspended' || eventType === 'closed') queueMicrotask(onLost);
    });
    return { doc, close: () => endSession(session, stopListening) };
  } catch (error) {
    endSession(session);
    throw error;
  }
}

function endSession(session: AppSession, stopListening?: () => void): void {
  stopListening?.();
  // At once: a session kept for reuse would hand its dead connection to the next try.
  void session.close({ websocketCloseDelay: 0 }).catch(() => undefined);
}
