import type { GenericObject, HyperCube, NxStackedPivotCell } from '@qlik/api/qix';
import { whenGone } from './view.ts';

const MOST_ROWS = 60;

/** A chart in words, for people who do not see it: each value of its dimensions with its measures. */
export function summaryOf(cube: HyperCube | undefined): string {
  if (!cube) return '';
  const rows = cube.qMode === 'K' ? stackedRows(cube) : straightRows(cube);
  return rows.slice(0, MOST_ROWS).join('; ');
}

function straightRows({ qDataPages = [], qDimensionInfo = [], qMeasureInfo = [] }: HyperCube): string[] {
  return qDataPages.flatMap(({ qMatrix = [] }) =>
    qMatrix.map((cells) => {
      const names = cells.slice(0, qDimensionInfo.length).map(({ qText = '' }) => qText);
      const numbers = cells
        .slice(qDimensionInfo.length)
        .map(({ qText = '' }, index) => `${qMeasureInfo[index]?.qFallbackTitle ?? ''} ${qText}`);
      return `${names.join(', ')}: ${numbers.join(', ')}`;
    }),
  );
}

function stackedRows({ qStackedDataPages = [], qMeasureInfo = [] }: HyperCube): string[] {
  const branches = qStackedDataPages.flatMap(({ qData = [] }) => qData[0]?.qSubNodes ?? []);
  const measure = qMeasureInfo[0]?.qFallbackTitle ?? '';
  return branches.flatMap((branch) =>
    (branch.qSubNodes ?? []).map((leaf) => `${branch.qText}, ${leaf.qText}: ${measure} ${valueText(leaf)}`),
  );
}

function valueText({ qSubNodes = [], qText = '' }: NxStackedPivotCell): string {
  return qSubNodes[0]?.qText ?? qText;
}

interface WordedCell {
  readonly title: HTMLElement;
  readonly words: HTMLElement;
}

/** Keeps a chart's title and words in step with its layout until it goes. */
export function keepWords(model: GenericObject, { title, words }: WordedCell, signal: AbortSignal): void {
  const write = () => {
    void wordsOf(model).then(
      (said) => {
        title.textContent = said.title;
        title.hidden = said.title === '';
        return words.replaceChildren([said.title, said.summary].filter(Boolean).join('. '));
      },
      // When the connection is gone the embed says so itself.
      () => undefined,
    );
  };
  write();
  model.on('changed', write);
  whenGone(signal, () => model.removeListener('changed', write));
}

async function wordsOf(model: GenericObject): Promise<{ title: string; summary: string }> {
  const { title, qHyperCube }: { title?: unknown; qHyperCube?: HyperCube } = await model.getLayout();
  return { title: typeof title === 'string' ? title : '', summary: summaryOf(qHyperCube) };
}
