import { element } from './elements.ts';
import { type View, type ViewContext, whenGone } from './view.ts';

/** `analytics/selections`: Qlik's bar of the current selections, with back, forward and clear. */
export const selectionsView: View = (context) => {
  const bar = element('div', { className: 'qs-selections' });
  context.body.append(bar);
  return drawSelections(context, bar);
};

export async function drawSelections(
  { charts, signal }: Pick<ViewContext, 'charts' | 'signal'>,
  bar: HTMLElement,
): Promise<void> {
  const selections = await charts.selections();
  selections.mount(bar);
  whenGone(signal, () => selections.unmount());
}
