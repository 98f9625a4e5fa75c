import type {
  HyperCube,
  HyperCubeDef,
  NxCell,
  NxDataPage,
  NxDimensionInfo,
  NxMeasureInfo,
  NxPage,
  NxStackPage,
} from '@qlik/api/qix';
import type { DimensionField } from './dataset.ts';
import {
  fieldsOf,
  groupsOf,
  numbersOf,
  shapeOf,
  type CubeDimension,
  type CubeGroup,
  type CubeMeasure,
  type CubeShape,
} from './cube-shape.ts';
import { formatMeasure } from './measure.ts';
import type { Selections } from './selections.ts';
import { stackRoot, stackSize, sliceStack } from './stack.ts';

/** A hypercube computed for one session: what it holds follows its user's rows and its selections. */
export interface ComputedCube {
  readonly layout: HyperCube;
  dataPages(pages: readonly NxPage[]): NxDataPage[];
  stackPages(pages: readonly NxPage[]): NxStackPage[];
  /** The field behind a dimension column and the value behind an element number, for selections made in the cube. */
  readonly fields: readonly DimensionField[];
}

const BAD_DIMENSION = { qErrorCode: 7005 };

export function computeCube(definition: HyperCubeDef, handle: number, selections: Selections): ComputedCube {
  const shape = shapeOf(definition);
  const fields = fieldsOf(shape);
  const rows = selections.rowsFor(handle, fields);
  const groups = groupsOf(shape, rows, selections);
  const matrix = groups.map((group) => [
    ...dimensionCells(group, fields, selections),
    ...measureCells(group.numbers),
  ]);
  const width = shape.dimensions.length + shape.measures.length;
  const stacked = definition.qMode === 'K' && fields.length > 1;
  const root = stacked ? stackRoot(groups, fields, selections) : undefined;
  const dataPages = (pages: readonly NxPage[]) => pages.map((page) => sliceMatrix(matrix, page));
  const stackPages = (pages: readonly NxPage[]) => (root ? pages.map((page) => sliceStack(root, page)) : []);
  const initial = definition.qInitialDataFetch ?? [];
  const layout: HyperCube = {
    qSize: root ? stackSize(root) : { qcx: width, qcy: matrix.length },
    qDimensionInfo: shape.dimensions.map((dimension, index) =>
      dimensionInfo(dimension, { index, shape, groups, selections }),
    ),
    qMeasureInfo: shape.measures.map((measure, index) =>
      measureInfo(
        measure,
        groups.map(({ numbers }) => numbers[index] ?? Number.NaN),
      ),
    ),
    qEffectiveInterColumnSortOrder: [...shape.sortOrder],
    qGrandTotalRow: totalCells(numbersOf(shape, rows)),
    qDataPages: stacked ? [] : dataPages(initial),
    qPivotDataPages: [],
    qStackedDataPages: stackPages(initial),
    qMode: stacked ? 'K' : 'S',
    qNoOfLeftDims: stacked ? 1 : -1,
    qTreeNodesOnDim: [],
    qColumnOrder: [],
  };
  return { layout, dataPages, stackPages, fields };
}

function dimensionCells(
  { values }: CubeGroup,
  fields: readonly DimensionField[],
  selections: Selections,
): NxCell[] {
  return fields.map((field, index) => {
    const value = values[index] ?? '';
    const qElemNumber = selections.values(field).indexOf(value);
    return {
      qText: value,
      qNum: Number.NaN,
      qElemNumber,
      qState: selections.state(field, value),
    };
  });
}

function measureCells(numbers: readonly number[]): NxCell[] {
  return numbers.map((number) => ({
    qText: formatMeasure(number),
    qNum: Number.isFinite(number) ? number : Number.NaN,
    qElemNumber: 0,
    qState: 'L',
    ...(Number.isFinite(number) ? {} : { qIsNull: true }),
  }));
}

function totalCells(numbers: readonly number[]): NxCell[] {
  return numbers.map((number) => ({
    qText: formatMeasure(number),
    qNum: number,
    qElemNumber: -1,
    qState: 'X',
    qIsTotalCell: true,
  }));
}

function sliceMatrix(
  matrix: readonly NxCell[][],
  { qLeft = 0, qTop = 0, qWidth = 0, qHeight = 0 }: NxPage,
): NxDataPage {
  const rows = matrix.slice(qTop, qTop + qHeight).map((cells) => cells.slice(qLeft, qLeft + qWidth));
  return {
    qMatrix: rows,
    qTails: [{ qUp: 0, qDown: 0 }],
    qArea: { qLeft, qTop, qWidth: rows[0]?.length ?? 0, qHeight: rows.length },
  };
}

interface InfoContext {
  readonly index: number;
  readonly shape: CubeShape;
  readonly groups: readonly CubeGroup[];
  readonly selections: Selections;
}

function dimensionInfo(
  { field, definition, title }: CubeDimension,
  { index, groups, selections }: InfoContext,
): NxDimensionInfo {
  if (!field)
    return {
      qFallbackTitle: title,
      qGroupFieldDefs: [definition],
      qGroupFallbackTitles: [title],
      qError: BAD_DIMENSION,
      qCardinal: 0,
    };
  const shown = new Set(groups.map(({ values }) => values[index])).size;
  const all = selections.values(field);
  return {
    qFallbackTitle: title,
    qApprMaxGlyphCount: Math.max(1, ...all.map((value) => value.length)),
    qCardinal: all.length,
    qSortIndicator: 'A',
    qGroupFallbackTitles: [title],
    qGroupPos: 0,
    qStateCounts: stateCounts(field, selections),
    qTags: ['$ascii', '$text'],
    qDimensionType: 'D',
    qGrouping: 'N',
    qNumFormat: { qType: 'U', qnDec: 0, qUseThou: 0 },
    qIsAutoFormat: true,
    qGroupFieldDefs: [field],
    qMin: Number.NaN,
    qMax: Number.NaN,
    qAttrExprInfo: [],
    qAttrDimInfo: [],
    qCardinalities: { qCardinal: all.length, qHypercubeCardinal: shown, qAllValuesCardinal: -1 },
    qEffectiveDimensionName: field,
  };
}

/** How many values of a field are in each state. */
export function stateCounts(field: DimensionField, selections: Selections) {
  const states = selections.values(field).map((value) => selections.state(field, value));
  const count = (wanted: string) => states.filter((state) => state === wanted).length;
  return {
    qLocked: 0,
    qSelected: count('S'),
    qOption: count('O'),
    qDeselected: 0,
    qAlternative: count('A'),
    qExcluded: count('X'),
    qSelectedExcluded: 0,
    qLockedExcluded: 0,
  };
}

function measureInfo({ title, aggregate }: CubeMeasure, numbers: readonly number[]): NxMeasureInfo {
  const finite = numbers.filter((number) => Number.isFinite(number));
  return {
    qFallbackTitle: title,
    qApprMaxGlyphCount: Math.max(1, ...finite.map((number) => formatMeasure(number).length)),
    qCardinal: 0,
    qSortIndicator: 'D',
    qNumFormat: { qType: 'U', qnDec: 0, qUseThou: 0 },
    qMin: finite.length > 0 ? Math.min(...finite) : 0,
    qMax: finite.length > 0 ? Math.max(...finite) : 0,
    qIsAutoFormat: true,
    qAttrExprInfo: [],
    qAttrDimInfo: [],
    qTrendLines: [],
    ...(aggregate ? {} : { qError: { qErrorCode: 7005 } }),
  };
}
