import * as z from 'zod';
import { pagesOf } from './chart-methods.ts';
import type { ObjectContext } from './object-methods.ts';
import { parseParams, type RpcMethods } from './rpc.ts';
import type { ValueState } from './selections.ts';

/** Reading, searching and selecting in a list of field values: what list boxes ask for. */
export function listMethods({ object, selections, touch, touchAll }: ObjectContext): RpcMethods {
  function select(values: readonly string[], toggle: boolean): boolean {
    const { field } = object.list();
    return field !== undefined && selections.select({ field, values, toggle });
  }

  function selectByState(states: readonly ValueState[]) {
    return () => {
      const { field, values } = object.list();
      const chosen = field ? values.filter((value) => states.includes(selections.state(field, value))) : [];
      const qSuccess = chosen.length > 0 && select(chosen, false);
      touchAll();
      return { qSuccess };
    };
  }

  return {
    GetListObjectData: (params) => ({ qDataPages: object.list().dataPages(pagesOf(params)) }),
    SelectListObjectValues(params) {
      const [, elements, toggle] = parseParams(
        z.tuple([z.string(), z.array(z.number().int()), z.boolean()]).rest(z.unknown()),
        params,
      );
      const { field } = object.list();
      const values = field
        ? elements.map((element) => selections.values(field)[element]).filter((value) => value !== undefined)
        : [];
      const qSuccess = select(values, toggle);
      touchAll();
      return { qSuccess };
    },
    SelectListObjectAll: selectByState(['S', 'O', 'A', 'X']),
    SelectListObjectPossible: selectByState(['S', 'O']),
    SelectListObjectAlternative: selectByState(['A']),
    SelectListObjectExcluded: selectByState(['A', 'X']),
    SearchListObjectFor(params) {
      const [, match] = parseParams(z.tuple([z.string(), z.string()]), params);
      object.search = match;
      touch();
      return { qSuccess: object.list().values.length > 0 };
    },
    AcceptListObjectSearch(params) {
      const [, toggle] = parseParams(z.tuple([z.string(), z.boolean()]).rest(z.unknown()), params);
      select(object.list().values, toggle);
      object.search = '';
      touchAll();
      return {};
    },
    AbortListObjectSearch() {
      object.search = '';
      touch();
      return {};
    },
  };
}
