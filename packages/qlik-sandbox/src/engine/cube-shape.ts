import type { HyperCubeDef } from '@qlik/api/qix';
import { DIMENSION_FIELDS, type DimensionField, type SalesRow } from './dataset.ts';
import { parseMeasure, type Aggregation } from './measure.ts';
import type { Selections } from './selections.ts';

/** A hypercube definition made ready to compute: real fields and parsed expressions. */
export interface CubeShape {
  readonly dimensions: readonly CubeDimension[];
  readonly measures: readonly CubeMeasure[];
  /** Columns by sorting weight, dimensions first counted. */
  readonly sortOrder: readonly number[];
}

export interface CubeDimension {
  /** Undefined when the definition names no field of this app: the real engine reports that in the layout. */
  readonly field: DimensionField | undefined;
  readonly definition: string;
  readonly title: string;
}

export interface CubeMeasure {
  readonly aggregate: Aggregation | undefined;
  readonly title: string;
}

/** The rows of one cell of the cube: the values of the dimensions that lead to it, and what it aggregates. */
export interface CubeGroup {
  readonly values: readonly string[];
  readonly rows: readonly SalesRow[];
  readonly numbers: readonly number[];
}

export function shapeOf(definition: HyperCubeDef): CubeShape {
  const dimensions = (definition.qDimensions ?? []).map(({ qDef }) => {
    const text = qDef?.qFieldDefs?.[0] ?? '';
    return { field: fieldNamed(text), definition: text, title: qDef?.qFieldLabels?.[0] || text };
  });
  const measures = (definition.qMeasures ?? []).map(({ qDef }) => {
    const text = qDef?.qDef ?? '';
    return { aggregate: parseMeasure(text), title: qDef?.qLabel || text.replace(/^\s*=/, '') };
  });
  const columns = dimensions.length + measures.length;
  const asked = (definition.qInterColumnSortOrder ?? []).filter((column) => column >= 0 && column < columns);
  return { dimensions, measures, sortOrder: asked.length > 0 ? asked : dimensions.map((_, index) => index) };
}

/** A field by the ways Qlik writes it: `Region`, `[Region]`, `=[Region]`. */
export function fieldNamed(text: string): DimensionField | undefined {
  const name = text
    .trim()
    .replace(/^=/, '')
    .trim()
    .replace(/^\[(.*)\]$/, '$1');
  return DIMENSION_FIELDS.find((field) => field.toLowerCase() === name.toLowerCase());
}

export function fieldsOf(shape: CubeShape): DimensionField[] {
  return shape.dimensions.map(({ field }) => field).filter((field) => field !== undefined);
}

/** Groups the rows an object may show by its dimensions, in the order the definition asks for. */
export function groupsOf(shape: CubeShape, rows: readonly SalesRow[], selections: Selections): CubeGroup[] {
  const fields = fieldsOf(shape);
  const byKey = Map.groupBy(rows, (row) => JSON.stringify(fields.map((field) => row[field])));
  const groups = [...byKey.values()].map((members) => ({
    values: fields.map((field) => members[0]?.[field] ?? ''),
    rows: members,
    numbers: numbersOf(shape, members),
  }));
  return groups.toSorted((a, b) => compareGroups(a, b, { shape, selections }));
}

export function numbersOf(shape: CubeShape, rows: readonly SalesRow[]): number[] {
  return shape.measures.map(({ aggregate }) => aggregate?.(rows) ?? Number.NaN);
}

function compareGroups(
  a: CubeGroup,
  b: CubeGroup,
  { shape, selections }: { shape: CubeShape; selections: Selections },
): number {
  const fields = fieldsOf(shape);
  for (const column of shape.sortOrder) {
    const field = fields[column];
    const order = field
      ? position(selections, field, a.values[column]) - position(selections, field, b.values[column])
      : (b.numbers[column - fields.length] ?? 0) - (a.numbers[column - fields.length] ?? 0);
    if (order !== 0) return order;
  }
  return 0;
}

function position(selections: Selections, field: DimensionField, value: string | undefined): number {
  return value === undefined ? -1 : selections.values(field).indexOf(value);
}
