import type { NxPage, NxStackPage, NxStackedPivotCell, Size } from '@qlik/api/qix';
import type { DimensionField } from './dataset.ts';
import type { CubeGroup } from './cube-shape.ts';
import { formatMeasure } from './measure.ts';
import type { Selections } from './selections.ts';

interface StackRoot {
  readonly node: NxStackedPivotCell;
  readonly branches: readonly NxStackedPivotCell[];
}

/**
 * The tree of Qlik's stacked mode (`qMode: "K"`): a root, a branch for each value of the first dimension and, under
 * it, a leaf for each value of the second with the first measure.
 */
export function stackRoot(
  groups: readonly CubeGroup[],
  fields: readonly DimensionField[],
  selections: Selections,
): StackRoot {
  const [outer, inner] = fields;
  if (!outer || !inner) return { node: rootOf([]), branches: [] };
  const elementOf = (field: DimensionField, value: string) => selections.values(field).indexOf(value);
  const byOuter = Map.groupBy(groups, ({ values }) => values[0] ?? '');
  const branches = [...byOuter].map(([value, members], row) => {
    const leaves = members.map(({ values, numbers }, leafRow) =>
      leaf({
        text: values[1] ?? '',
        element: elementOf(inner, values[1] ?? ''),
        value: numbers[0] ?? Number.NaN,
        row: leafRow,
      }),
    );
    return node({ text: value, element: elementOf(outer, value), type: 'N', row, children: leaves });
  });
  return { node: rootOf(branches), branches };
}

export function stackSize({ branches }: StackRoot): Size {
  return {
    qcx: Math.max(0, ...branches.map(({ qSubNodes }) => qSubNodes?.length ?? 0)),
    qcy: branches.length,
  };
}

export function sliceStack(
  { node: root, branches }: StackRoot,
  { qLeft = 0, qTop = 0, qHeight = 0 }: NxPage,
): NxStackPage {
  const shown = branches.slice(qTop, qTop + qHeight);
  const qUp = Math.min(qTop, branches.length);
  const qDown = branches.length - qUp - shown.length;
  const qWidth = Math.max(0, ...shown.map(({ qSubNodes }) => qSubNodes?.length ?? 0));
  return {
    qData: [{ ...root, qUp, qDown, qSubNodes: shown }],
    qArea: { qLeft, qTop, qWidth, qHeight: shown.length },
  };
}

function rootOf(branches: readonly NxStackedPivotCell[]): NxStackedPivotCell {
  return node({ text: '', element: -1, type: 'R', row: 0, children: branches });
}

interface NodeOptions {
  readonly text: string;
  readonly element: number;
  readonly type: 'R' | 'N';
  readonly row: number;
  readonly children: readonly NxStackedPivotCell[];
}

function node({ text, element, type, row, children }: NodeOptions): NxStackedPivotCell {
  const values = children.map(({ qValue, qMaxPos, qMinNeg, qSubNodes }) =>
    qSubNodes && qSubNodes.length > 0
      ? { up: qMaxPos ?? 0, down: qMinNeg ?? 0 }
      : { up: Math.max(0, qValue ?? 0), down: Math.min(0, qValue ?? 0) },
  );
  const up = values.map((value) => value.up);
  const down = values.map((value) => value.down);
  return {
    qText: text,
    qElemNo: element,
    qValue: Number.NaN,
    qType: type,
    // The root tells the tallest stack, a branch the height of its own.
    qMaxPos: type === 'R' ? Math.max(0, ...up) : up.reduce((total, value) => total + value, 0),
    qMinNeg: type === 'R' ? Math.min(0, ...down) : down.reduce((total, value) => total + value, 0),
    qUp: 0,
    qDown: 0,
    qRow: row,
    qSubNodes: [...children],
  };
}

function leaf({
  text,
  element,
  value,
  row,
}: {
  text: string;
  element: number;
  value: number;
  row: number;
}): NxStackedPivotCell {
  const finite = Number.isFinite(value) ? value : 0;
  return {
    qText: text,
    qElemNo: element,
    qValue: value,
    qType: 'N',
    qMaxPos: Math.max(0, finite),
    qMinNeg: Math.min(0, finite),
    qUp: 0,
    qDown: 0,
    qRow: row,
    qSubNodes: [
      {
        qText: formatMeasure(value),
        qElemNo: -1,
        qValue: value,
        qType: 'V',
        qMaxPos: 0,
        qMinNeg: 0,
        qUp: 0,
        qDown: 0,
        qRow: 0,
        qSubNodes: [],
      },
    ],
  };
}
