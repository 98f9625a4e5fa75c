import type { stardust } from '@nebula.js/stardust';
import type { GenericObject } from '@qlik/api/qix';
import { keepWords } from './chart-summary.ts';
import { element } from './elements.ts';
import type { EmbedProps } from './embed-props.ts';
import { IncompleteEmbedError, ObjectNotFoundError } from './failure.ts';
import { type View, type ViewContext, whenGone } from './view.ts';

let cells = 0;

/** `analytics/chart`: one chart of the app by `object-id`, or one made on the fly from `type`, `dimensions` and `measures`. */
export const chartView: View = async (context) => {
  const { objectId } = context.props;
  if (objectId) await requireObject(context, objectId);
  await drawCell(
    { ...context, heading: 'h2' },
    context.body,
    objectId ? { id: objectId } : onTheFly(context.props),
  );
};

interface CellContext extends Pick<ViewContext, 'charts' | 'signal'> {
  /** What the chart is in the page's outline. */
  readonly heading: 'h2' | 'h3';
}

/** The chart, its title and its words for screen readers; resolves when the chart stands. */
export async function drawCell(
  { charts, signal, heading }: CellContext,
  parent: HTMLElement,
  what: Partial<stardust.RenderConfig>,
): Promise<void> {
  cells += 1;
  const wordsId = `qs-words-${cells}`;
  const cell = element('figure', { className: 'qs-cell', attributes: { 'aria-describedby': wordsId } });
  const title = element(heading, { className: 'qs-chart-title', attributes: { hidden: '' } });
  const canvas = element('div', { className: 'qs-canvas' });
  const plot = element('div', { className: 'qs-plot' });
  const words = element('figcaption', { className: 'qs-unseen', attributes: { id: wordsId } });
  const waiting = element('div', { className: 'qs-loading', attributes: { 'aria-hidden': 'true' } });
  canvas.append(plot, waiting);
  cell.append(title, canvas, words);
  parent.append(cell);
  const drawn = Promise.withResolvers<void>();
  const chart = await charts.render({
    ...what,
    element: plot,
    signal,
    onRender: () => drawn.resolve(),
    // The chart shows its own errors in its place.
    onError: () => drawn.resolve(),
  });
  whenGone(signal, () => void Promise.resolve(chart.destroy()).catch(() => undefined));
  if (isViz(chart)) keepWords(chart.model, { title, words }, signal);
  await drawn.promise;
  mendLabels(plot);
  waiting.remove();
}

/**
 * The charts' frame puts `aria-label` on elements without a role, which browsers may ignore: the chart's type, and
 * "no title", which is not so.
 */
function mendLabels(plot: HTMLElement): void {
  for (const label of plot.querySelectorAll('[id$="_type"][aria-label]:not([role])')) label.role = 'img';
  for (const label of plot.querySelectorAll('div[id$="_title"][aria-label]'))
    label.removeAttribute('aria-label');
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
