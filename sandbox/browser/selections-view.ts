import { element } from './elements.ts';
import type { View, ViewContext } from './view.ts';

/** `analytics/selections`: Qlik's bar of the current selections, with back, forward and clear. */
export const selectionsView: View = (context) => {
  const bar = element('div', { className: 'qs-selections' });
  context.body.append(bar);
  return drawSelections(context, bar);
};

export async function drawSelections(
  { charts }: Pick<ViewContext, 'charts'>,
  bar: HTMLElement,
): Promise<() => void> {
  const selections = await charts.selections();
  selections.mount(bar);
  return () => selections.unmount();
}
