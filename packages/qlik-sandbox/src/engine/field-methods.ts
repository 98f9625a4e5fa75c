import * as z from 'zod';
import type { DimensionField } from './dataset.ts';
import { parseParams, type RpcMethods } from './rpc.ts';
import type { Selections } from './selections.ts';

interface FieldContext {
  readonly field: DimensionField;
  readonly selections: Selections;
  readonly touchAll: () => void;
}

/** What a client may call on a field: what initial selections of an embedded app need. */
export function fieldMethods({ field, selections, touchAll }: FieldContext): RpcMethods {
  const select = (values: readonly string[], toggle: boolean) => {
    const changed = selections.select({ field, values, toggle });
    touchAll();
    return { qReturn: changed };
  };
  return {
    SelectValues(params) {
      const [values, toggle] = parseParams(
        z
          .tuple([z.array(z.looseObject({ qText: z.string().optional() })), z.boolean().default(false)])
          .rest(z.unknown()),
        params,
      );
      return select(
        values.map(({ qText = '' }) => qText),
        toggle,
      );
    },
    Select(params) {
      const [match] = parseParams(z.tuple([z.string()]).rest(z.unknown()), params);
      const wanted = match.toLowerCase().replaceAll('*', '');
      return select(
        selections.values(field).filter((value) => value.toLowerCase().includes(wanted)),
        false,
      );
    },
    Clear() {
      const qReturn = selections.clear([field]);
      touchAll();
      return { qReturn };
    },
    GetCardinal: () => ({ qReturn: selections.values(field).length }),
  };
}
