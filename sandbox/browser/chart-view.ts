import type { stardust } from '@nebula.js/stardust';
import type { GenericObject } from '@qlik/api/qix';
import { keepSummary } from './chart-summary.ts';
import { element } from './elements.ts';
import type { EmbedProps } from './embed-props.ts';
import { IncompleteEmbedError, ObjectNotFoundError } from './failure.ts';
import { type View, type ViewContext, whenGone } from './view.ts';

let cells = 0;

/** `analytics/chart`: one chart of the app by `object-id`, or one made on the fly from `type`, `dimensions` and `measures`. */
export const chartView: View = async (context) => {
  const { objectId } = context.props;
  if (objectId) await requireObject(context, objectId);
  await drawCell(context, context.body, objectId ? { id: objectId } : onTheFly(context.props));
};

/** The chart, its frame and its words for screen readers; resolves when the chart stands. */
export async function drawCell(
  { charts, signal }: Pick<ViewContext, 'charts' | 'signal'>,
  parent: HTMLElement,
  what: Partial<stardust.RenderConfig>,
): Promise<void> {
  cells += 1;
  const wordsId = `qs-words-${cells}`;
  const cell = element('figure', { className: 'qs-cell', attributes: { 'aria-describedby': wordsId } });
  const canvas = element('div', { className: 'qs-canvas' });
  const words = element('figcaption', { className: 'qs-unseen', attributes: { id: wordsId } });
  const waiting = element('div', { className: 'qs-loading', attributes: { 'aria-hidden': 'true' } });
  cell.append(canvas, words, waiting);
  parent.append(cell);
  const drawn = Promise.withResolvers<void>();
  const rendering = charts.render({
    ...what,
    element: canvas,
    signal,
    onRender: () => drawn.resolve(),
    onError: () => drawn.resolve(),
  });
  const chart = await rendering;
  if (isViz(chart)) keepSummary(chart.model, words, signal);
  whenGone(signal, () => void Promise.resolve(chart.destroy()).catch(() => undefined));
  await drawn.promise;
  waiting.remove();
}

/** The object, or an error that says in a person's words that there is none. */
export async function requireObject({ doc }: Pick<ViewContext, 'doc'>, id: string): Promise<GenericObject> {
  const found = await doc.getObject(id).catch((error: unknown) => {
    if (isSocketTrouble(error)) throw error;
    return undefined;
  });
  if (!found) throw new ObjectNotFoundError(`This app has no object with the id “${id}”.`);
  return found;
}

function isSocketTrouble(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'original' in error;
}

function isViz(drawn: stardust.Viz | stardust.Sheet): drawn is stardust.Viz {
  return typeof drawn.model === 'object';
}

function onTheFly({ type, dimensions, measures }: EmbedProps): Partial<stardust.RenderConfig> {
  if (!type)
    throw new IncompleteEmbedError(
      'The attribute object-id, or type with dimensions and measures, is missing.',
    );
  const fields = [
    ...listOf(dimensions, 'dimensions'),
    ...listOf(measures, 'measures').map((text) => `=${text.replace(/^\s*=/, '')}`),
  ];
  return { type: type.replace(/^sn-|-/g, ''), fields };
}

/** The web component hands a list over when the page writes `dimensions:json`, and text when it does not. */
function listOf(value: unknown, attribute: string): string[] {
  const list = typeof value === 'string' ? parsedJson(value) : (value ?? []);
  if (Array.isArray(list)) return list.filter((item) => typeof item === 'string');
  throw new IncompleteEmbedError(`The attribute ${attribute} is not a JSON list of texts.`);
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
