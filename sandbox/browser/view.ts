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
}

/** Draws one kind of embed and answers how to take it away again. */
export type View = (context: ViewContext) => Promise<() => void>;
