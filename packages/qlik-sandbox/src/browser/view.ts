import type { stardust } from '@nebula.js/stardust';
import type { Doc } from '@qlik/api/qix';
import type { EmbedProps } from './embed-props.ts';

/** What a view draws with. */
export interface ViewContext {
  readonly props: EmbedProps;
  readonly doc: Doc;
  readonly charts: stardust.Embed;
  /** Where it draws; empty when the view begins. */
  readonly body: HTMLElement;
  /** Aborted when what is drawn is to go, also while it is still being drawn. */
  readonly signal: AbortSignal;
}

/** Draws one kind of embed; resolves when it stands. */
export type View = (context: ViewContext) => Promise<void>;

/** Runs when the drawing is to go: at once if that is already so. */
export function whenGone(signal: AbortSignal, remove: () => void): void {
  if (signal.aborted) remove();
  else signal.addEventListener('abort', remove, { once: true });
}
