import { element } from './elements.ts';
import { IncompleteEmbedError } from './failure.ts';
import { type View, whenGone } from './view.ts';

/** `analytics/field`: the values of a field to pick from. */
export const fieldView: View = async ({ props, charts, body, signal }) => {
  if (!props.fieldId) throw new IncompleteEmbedError('The attribute field-id is missing.');
  const cell = element('div', { className: 'qs-cell' });
  const canvas = element('div', { className: 'qs-canvas' });
  const plot = element('div', { className: 'qs-plot' });
  canvas.append(plot);
  cell.append(canvas);
  body.append(cell);
  const field = await charts.field(props.fieldId);
  await field.mount(plot, {});
  whenGone(signal, () => field.unmount());
};
