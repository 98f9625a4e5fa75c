import type { GenericObjectProperties, HyperCubeDef, ListObjectDef } from '@qlik/api/qix';
import { seedOf } from './seeded-random.ts';
import { looksOf } from './chart-looks.ts';
import type { DimensionField } from './dataset.ts';

export type ChartType = 'barchart' | 'linechart';

/** What the app stores of one object: a sheet, or a chart that lies on a sheet. */
export interface ObjectDefinition {
  readonly id: string;
  readonly kind: 'sheet' | 'chart';
  readonly type: 'sheet' | ChartType;
  readonly title: string;
  readonly properties: StoredProperties;
}

export type StoredProperties = GenericObjectProperties & {
  readonly qHyperCubeDef?: HyperCubeDef;
  readonly qListObjectDef?: ListObjectDef;
  readonly [name: string]: unknown;
};

interface ChartPlan {
  readonly key: string;
  readonly type: ChartType;
  readonly title: string;
  readonly dimensions: readonly DimensionField[];
  readonly measures: readonly { readonly label: string; readonly expression: string }[];
  /** Where it lies on the sheet's grid of 24 columns and 12 rows. */
  readonly cell: {
    readonly col: number;
    readonly row: number;
    readonly colspan: number;
    readonly rowspan: number;
  };
  readonly horizontalBars?: boolean;
  readonly look?: Readonly<Record<string, unknown>>;
  /** Largest value first instead of the dimension's own order. */
  readonly byValue?: boolean;
}

const SALES = { label: 'Sales', expression: 'Sum(Sales)' };
const MARGIN = { label: 'Margin', expression: 'Sum(Margin)' };
const QUARTERS = [
  { col: 0, row: 0, colspan: 12, rowspan: 5 },
  { col: 12, row: 0, colspan: 12, rowspan: 5 },
  { col: 0, row: 5, colspan: 12, rowspan: 7 },
  { col: 12, row: 5, colspan: 12, rowspan: 7 },
] as const;

const OVERVIEW: readonly ChartPlan[] = [
  {
    key: 'region',
    type: 'barchart',
    title: 'Sales by region',
    dimensions: ['Region'],
    measures: [SALES],
    cell: QUARTERS[0],
    byValue: true,
    horizontalBars: true,
  },
  {
    key: 'month',
    type: 'linechart',
    title: 'Sales by month',
    dimensions: ['Month'],
    measures: [SALES],
    cell: QUARTERS[1],
  },
  {
    key: 'country',
    type: 'barchart',
    title: 'Sales and margin by country',
    dimensions: ['Country'],
    measures: [SALES, MARGIN],
    cell: QUARTERS[2],
    byValue: true,
    horizontalBars: true,
  },
  {
    key: 'mix',
    type: 'barchart',
    title: 'Product mix by region',
    dimensions: ['Product', 'Region'],
    measures: [SALES],
    cell: QUARTERS[3],
    look: { barGrouping: { grouping: 'stacked' } },
  },
];

const PROFIT: readonly ChartPlan[] = [
  {
    key: 'margin-rate',
    type: 'linechart',
    title: 'Margin rate by month',
    dimensions: ['Month'],
    measures: [{ label: 'Margin rate, %', expression: '100 * Sum(Margin) / Sum(Sales)' }],
    cell: { ...QUARTERS[0], colspan: 24 },
  },
  {
    key: 'product-margin',
    type: 'barchart',
    title: 'Margin by product',
    dimensions: ['Product'],
    measures: [MARGIN],
    cell: QUARTERS[2],
    byValue: true,
  },
  {
    key: 'units',
    type: 'barchart',
    title: 'Units by product',
    dimensions: ['Product'],
    measures: [{ label: 'Units', expression: 'Sum(Units)' }],
    cell: QUARTERS[3],
    horizontalBars: true,
  },
];

/** The sheets and charts of a tenant's app. Ids carry the tenant, so they never resolve on another one. */
export function salesObjects(tenantName: string): ObjectDefinition[] {
  const mark = seedOf(tenantName).toString(16).padStart(8, '0');
  const sheets = [
    { key: 'overview', title: 'Sales overview', charts: OVERVIEW },
    { key: 'profit', title: 'Profitability', charts: PROFIT },
  ];
  return sheets.flatMap(({ key, title, charts }, rank) => {
    const drawn = charts.map((plan) => chartObject(plan, `${plan.key}-${mark}`));
    return [sheetObject({ id: `${key}-${mark}`, title, rank, charts, mark })].concat(drawn);
  });
}

interface SheetPlan {
  readonly id: string;
  readonly title: string;
  readonly rank: number;
  readonly charts: readonly ChartPlan[];
  readonly mark: string;
}

function sheetObject({ id, title, rank, charts, mark }: SheetPlan): ObjectDefinition {
  const cells = charts.map(({ key, type, cell: { col, row, colspan, rowspan } }) => {
    return { name: `${key}-${mark}`, type, col, row, colspan, rowspan };
  });
  const properties = {
    qInfo: { qId: id, qType: 'sheet' },
    qMetaDef: { title, description: '' },
    title,
    rank,
    columns: 24,
    rows: 12,
    cells,
  };
  return { id, kind: 'sheet', type: 'sheet', title, properties };
}

function chartObject(plan: ChartPlan, id: string): ObjectDefinition {
  const { type, title, dimensions, measures, look = {}, byValue = false, horizontalBars = false } = plan;
  const stacked = dimensions.length > 1;
  const properties: StoredProperties = {
    qInfo: { qId: id, qType: type },
    qMetaDef: { title },
    visualization: type,
    title,
    ...looksOf(type, { horizontalBars }),
    ...look,
    qHyperCubeDef: {
      qDimensions: dimensions.map((field) => ({
        qDef: { cId: `${id}-${field}`, qFieldDefs: [field], qFieldLabels: [field] },
      })),
      qMeasures: measures.map(({ label, expression }) => ({
        qDef: { cId: `${id}-${label}`, qLabel: label, qDef: expression },
      })),
      qInterColumnSortOrder: byValue ? [dimensions.length, 0] : dimensions.map((_, index) => index),
      qMode: stacked ? 'K' : 'S',
      qAlwaysFullyExpanded: true,
      qSuppressZero: false,
      qInitialDataFetch: stacked
        ? [{ qLeft: 0, qTop: 0, qWidth: 50, qHeight: 50 }]
        : [{ qLeft: 0, qTop: 0, qWidth: dimensions.length + measures.length, qHeight: 500 }],
    },
  };
  return { id, kind: 'chart', type, title, properties };
}
