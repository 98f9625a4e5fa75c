import * as z from 'zod';
import { patches, objectProperties, type GenericObject } from './generic-object.ts';
import { chartMethods } from './chart-methods.ts';
import { listMethods } from './list-methods.ts';
import { parseParams, type RpcMethods } from './rpc.ts';
import type { Selections } from './selections.ts';

export interface ObjectContext {
  readonly object: GenericObject;
  readonly selections: Selections;
  /** Says that layouts of the whole session are out of date: selections changed. */
  readonly touchAll: () => void;
  /** Says that this object's layout is out of date. */
  readonly touch: () => void;
}

/** What a client may call on the handle of a generic object. */
export function objectMethods(context: ObjectContext): RpcMethods {
  return {
    ...layoutMethods(context),
    ...modalMethods(context),
    ...chartMethods(context),
    ...listMethods(context),
  };
}

function layoutMethods({ object, touch }: ObjectContext): RpcMethods {
  return {
    GetLayout: () => ({ qLayout: object.layout() }),
    GetProperties: () => ({ qProp: object.properties }),
    GetEffectiveProperties: () => ({ qProp: object.effective }),
    GetFullPropertyTree: () => ({ qPropEntry: { qProperty: object.properties, qChildren: [] } }),
    GetInfo: () => ({ qInfo: { qId: object.id, qType: object.type } }),
    GetSoftPatches: () => ({ qPatches: object.softPatches }),
    GetChildInfos: () => ({ qInfos: [] }),
    ApplyPatches(params) {
      // Hard patches would change the app for everyone; an embedded app is read-only, so all are the session's own.
      const [list] = parseParams(z.tuple([patches]).rest(z.unknown()), params);
      object.patch(list);
      touch();
      return {};
    },
    ClearSoftPatches() {
      object.clearSoftPatches();
      touch();
      return {};
    },
    SetProperties(params) {
      const [properties] = parseParams(z.tuple([objectProperties]).rest(z.unknown()), params);
      object.properties = properties;
      touch();
      return {};
    },
  };
}

function modalMethods({ object, selections, touchAll }: ObjectContext): RpcMethods {
  return {
    BeginSelections() {
      selections.begin(object.handle);
      touchAll();
      return {};
    },
    EndSelections(params) {
      const [accept] = parseParams(z.tuple([z.boolean()]), params);
      selections.end({ accept });
      touchAll();
      return {};
    },
    ResetMadeSelections() {
      selections.resetMade();
      touchAll();
      return {};
    },
  };
}
