import type { NxCell, NxPage } from '@qlik/api/qix';
import * as z from 'zod';
import type { ObjectContext } from './object-methods.ts';
import { EngineError, parseParams, RPC_CODES, type RpcMethods } from './rpc.ts';

const count = z.number().int().min(0);
const pagesParam = z.array(
  z.object({
    qLeft: count.optional(),
    qTop: count.optional(),
    qWidth: count.max(10_000).optional(),
    qHeight: count.max(10_000).optional(),
  }),
);
const cubePath = z.string();
const numbers = z.array(z.number().int());
const rangesParam = z.array(
  z.object({ qMeasureIx: count, qRange: z.object({ qMin: z.number(), qMax: z.number() }) }),
);
const WHOLE_CUBE: NxPage = { qLeft: 0, qTop: 0, qWidth: 10_000, qHeight: 10_000 };

/** Reading and selecting in a hypercube: what charts ask for. */
export function chartMethods({ object, selections, touchAll }: ObjectContext): RpcMethods {
  /** Selects by element numbers of one dimension, as a click on bars does; negative numbers are totals and nulls. */
  function select(dimension: number, elements: readonly number[], toggle: boolean): boolean {
    const field = object.cube().fields[dimension];
    if (!field) throw new EngineError(RPC_CODES.invalidParams, 'No such dimension');
    const values = elements
      .map((element) => selections.values(field)[element])
      .filter((value) => value !== undefined);
    return selections.select({ field, values, toggle });
  }

  return {
    GetHyperCubeData: (params) => ({ qDataPages: object.cube().dataPages(pagesOf(params)) }),
    GetHyperCubeReducedData: (params) => ({ qDataPages: object.cube().dataPages(pagesOf(params)) }),
    GetHyperCubeStackData: (params) => ({ qDataPages: object.cube().stackPages(pagesOf(params)) }),
    SelectHyperCubeValues(params) {
      const [, dimension, elements, toggle] = parseParams(
        z.tuple([cubePath, count, numbers, z.boolean()]).rest(z.unknown()),
        params,
      );
      const qSuccess = select(dimension, elements, toggle);
      touchAll();
      return { qSuccess };
    },
    SelectHyperCubeCells(params) {
      const [, rows, columns] = parseParams(z.tuple([cubePath, numbers, numbers]).rest(z.unknown()), params);
      const cube = object.cube();
      const matrix = cube.dataPages([WHOLE_CUBE])[0]?.qMatrix ?? [];
      const chosen = columns.map((column) => {
        const elements = rows.map((row) => matrix[row]?.[column]?.qElemNumber ?? -1);
        return select(column, elements, false);
      });
      touchAll();
      return { qSuccess: chosen.includes(true) };
    },
    RangeSelectHyperCubeValues(params) {
      const [, ranges] = parseParams(z.tuple([cubePath, rangesParam]).rest(z.unknown()), params);
      const qSuccess = object.cube().fields.length > 0 && select(0, elementsWithin(ranges), false);
      touchAll();
      return { qSuccess };
    },
    SelectPivotCells(params) {
      const cell = z.object({ qType: z.string(), qCol: z.number().int(), qRow: z.number().int() });
      const [, cells] = parseParams(z.tuple([cubePath, z.array(cell)]).rest(z.unknown()), params);
      const chosen = [stackElements(cells, 'L'), stackElements(cells, 'T')].map(
        (elements, dimension) => elements.length > 0 && select(dimension, elements, false),
      );
      touchAll();
      return { qSuccess: chosen.includes(true) };
    },
    ClearSelections() {
      const listed = object.effective.qListObjectDef ? object.list().field : undefined;
      selections.clear(listed ? [listed] : object.cube().fields);
      touchAll();
      return {};
    },
  };

  /** Values of the first dimension whose measures lie in one of the ranges, as a drag along the measure axis asks. */
  function elementsWithin(ranges: z.infer<typeof rangesParam>): number[] {
    const cube = object.cube();
    const [page] = cube.dataPages([WHOLE_CUBE]);
    const inRange = (row: readonly NxCell[]) =>
      ranges.some(({ qMeasureIx, qRange: { qMin, qMax } }) => {
        const number = row[cube.fields.length + qMeasureIx]?.qNum ?? Number.NaN;
        return number >= qMin && number <= qMax;
      });
    return (page?.qMatrix ?? []).filter(inRange).map((row) => row[0]?.qElemNumber ?? -1);
  }

  /** Pivot cells point at rows and columns of the stack as it is drawn; left is the first dimension, top the second. */
  function stackElements(
    cells: readonly { qType: string; qCol: number; qRow: number }[],
    type: 'L' | 'T',
  ): number[] {
    const [page] = object.cube().stackPages([WHOLE_CUBE]);
    const branches = page?.qData?.[0]?.qSubNodes ?? [];
    return cells
      .filter(({ qType }) => qType === type)
      .map(({ qRow, qCol }) =>
        type === 'L' ? branches[qRow]?.qElemNo : branches[qRow]?.qSubNodes?.[qCol]?.qElemNo,
      )
      .filter((element) => element !== undefined);
  }
}

export function pagesOf(params: readonly unknown[]): NxPage[] {
  const [, pages] = parseParams(z.tuple([cubePath, pagesParam]).rest(z.unknown()), params);
  return pages.map(({ qLeft = 0, qTop = 0, qWidth = 0, qHeight = 0 }) => ({ qLeft, qTop, qWidth, qHeight }));
}
