import type { ListObject, ListObjectDef, NxDataPage, NxPage } from '@qlik/api/qix';
import { fieldNamed } from './cube-shape.ts';
import type { DimensionField } from './dataset.ts';
import { stateCounts } from './hypercube.ts';
import type { Selections, ValueState } from './selections.ts';

/** The values of one field with their states, as a list box shows them: selected first, excluded last. */
export interface ComputedList {
  readonly field: DimensionField | undefined;
  readonly layout: ListObject;
  readonly values: readonly string[];
  dataPages(pages: readonly NxPage[]): NxDataPage[];
}

const STATE_ORDER: readonly ValueState[] = ['S', 'O', 'A', 'X'];

export function computeList(definition: ListObjectDef, search: string, selections: Selections): ComputedList {
  const text = definition.qDef?.qFieldDefs?.[0] ?? '';
  const field = fieldNamed(text);
  if (!field)
    return {
      field,
      values: [],
      layout: { qSize: { qcx: 1, qcy: 0 }, qError: { qErrorCode: 7005 } },
      dataPages: () => [],
    };
  const values = foundValues(field, search, selections);
  const dataPages = (pages: readonly NxPage[]) =>
    pages.map((page) => pageOf(field, values, page, selections));
  const all = selections.values(field);
  const layout: ListObject = {
    qSize: { qcx: 1, qcy: values.length },
    qDimensionInfo: {
      qFallbackTitle: definition.qDef?.qFieldLabels?.[0] || field,
      qApprMaxGlyphCount: Math.max(1, ...all.map((value) => value.length)),
      qCardinal: all.length,
      qSortIndicator: 'A',
      qGroupFallbackTitles: [field],
      qGroupPos: 0,
      qStateCounts: stateCounts(field, selections),
      qTags: ['$ascii', '$text'],
      qDimensionType: 'D',
      qGrouping: 'N',
      qNumFormat: { qType: 'U' },
      qIsAutoFormat: true,
      qGroupFieldDefs: [field],
      qCardinalities: { qCardinal: all.length, qHypercubeCardinal: all.length, qAllValuesCardinal: -1 },
    },
    qExpressions: [],
    qDataPages: dataPages(definition.qInitialDataFetch ?? []),
  };
  return { field, values, layout, dataPages };
}

/** `*` is Qlik's any-text wildcard; without one, a search finds values that contain it. */
function foundValues(field: DimensionField, search: string, selections: Selections): string[] {
  const wanted = search.toLowerCase().replaceAll('*', '').trim();
  const found = selections.values(field).filter((value) => value.toLowerCase().includes(wanted));
  const rank = (value: string) => STATE_ORDER.indexOf(selections.state(field, value));
  return found
    .map((value, index) => ({ value, index, rank: rank(value) }))
    .toSorted((a, b) => a.rank - b.rank || a.index - b.index)
    .map(({ value }) => value);
}

function pageOf(
  field: DimensionField,
  values: readonly string[],
  page: NxPage,
  selections: Selections,
): NxDataPage {
  const { qTop = 0, qHeight = 0 } = page;
  const shown = values.slice(qTop, qTop + qHeight);
  return {
    qMatrix: shown.map((value) => [
      {
        qText: value,
        qNum: Number.NaN,
        qElemNumber: selections.values(field).indexOf(value),
        qState: selections.state(field, value),
      },
    ]),
    qTails: [{ qUp: 0, qDown: 0 }],
    qArea: { qLeft: 0, qTop, qWidth: shown.length > 0 ? 1 : 0, qHeight: shown.length },
  };
}
