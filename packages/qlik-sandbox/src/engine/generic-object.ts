import type { GenericObjectLayout, HyperCube, ListObject, SelectionObject } from '@qlik/api/qix';
import jsonPatch from 'fast-json-patch';
import * as z from 'zod';
import type { StoredProperties } from './app-objects.ts';
import { computeCube, stateCounts, type ComputedCube } from './hypercube.ts';
import { computeList, type ComputedList } from './list-object.ts';
import { EngineError, RPC_CODES } from './rpc.ts';
import type { LoadedApp } from './apps.ts';
import type { Selections } from './selections.ts';

export type ObjectLayout = GenericObjectLayout & {
  qHyperCube?: HyperCube;
  qListObject?: ListObject;
  qSelectionObject?: SelectionObject;
  qAppObjectList?: unknown;
};

/** Any object of JSON: the engine keeps what it is given and reads only the definitions it knows. */
export const objectProperties = z.custom<StoredProperties>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
);

export const patches = z.array(
  z.object({
    qOp: z.enum(['Add', 'Remove', 'Replace', 'add', 'remove', 'replace']),
    qPath: z.string(),
    qValue: z.string().optional(),
  }),
);
type Patches = z.infer<typeof patches>;

interface ObjectOptions {
  readonly handle: number;
  readonly id: string;
  readonly properties: StoredProperties;
  readonly app: LoadedApp;
  readonly selections: Selections;
}

/** One object of the app, or of the session, as one client sees it: properties, soft patches and a layout. */
export class GenericObject {
  readonly handle: number;
  readonly id: string;
  search = '';
  #properties: StoredProperties;
  #soft: Patches = [];
  readonly #app: LoadedApp;
  readonly #selections: Selections;

  constructor({ handle, id, properties, app, selections }: ObjectOptions) {
    this.handle = handle;
    this.id = id;
    this.#properties = properties;
    this.#app = app;
    this.#selections = selections;
  }

  get type(): string {
    return this.#properties.qInfo?.qType ?? '';
  }

  get properties(): StoredProperties {
    return this.#properties;
  }

  set properties(next: StoredProperties) {
    this.#properties = { ...next, qInfo: { qId: this.id, qType: this.type } };
  }

  get softPatches(): Patches {
    return this.#soft;
  }

  /** Properties with the patches of this session on top: nothing a person does in the embed changes the app. */
  get effective(): StoredProperties {
    if (this.#soft.length === 0) return this.#properties;
    return applied(this.#properties, this.#soft);
  }

  patch(list: Patches): void {
    applied(this.effective, list);
    this.#soft = [...this.#soft, ...list];
  }

  clearSoftPatches(): void {
    this.#soft = [];
  }

  cube(): ComputedCube {
    const definition = this.effective.qHyperCubeDef;
    if (!definition) throw new EngineError(RPC_CODES.notFound, 'The object has no hypercube');
    return computeCube(definition, this.handle, this.#selections);
  }

  list(): ComputedList {
    const definition = this.effective.qListObjectDef;
    if (!definition) throw new EngineError(RPC_CODES.notFound, 'The object has no list');
    return computeList(definition, this.search, this.#selections);
  }

  layout(): ObjectLayout {
    const { qHyperCubeDef, qListObjectDef, qSelectionObjectDef, qAppObjectListDef, qMetaDef, ...plain } =
      this.effective;
    return {
      ...plain,
      qInfo: { qId: this.id, qType: this.type },
      qMeta: { ...qMetaDef },
      qSelectionInfo: this.#selectionInfo(),
      qHasSoftPatches: this.#soft.length > 0,
      ...(qHyperCubeDef ? { qHyperCube: this.cube().layout } : {}),
      ...(qListObjectDef ? { qListObject: this.list().layout } : {}),
      ...(qSelectionObjectDef ? { qSelectionObject: currentSelections(this.#selections) } : {}),
      ...(qAppObjectListDef ? { qAppObjectList: objectList(this.#app, qAppObjectListDef) } : {}),
    };
  }

  #selectionInfo() {
    return this.#selections.isModal(this.handle)
      ? { qInSelections: true, qMadeSelections: this.#selections.madeInModal(this.handle) }
      : {};
  }
}

function applied(properties: StoredProperties, list: Patches): StoredProperties {
  const operations = list.map(operationOf);
  try {
    return jsonPatch.applyPatch(structuredClone(properties), operations).newDocument;
  } catch {
    throw new EngineError(RPC_CODES.invalidParams, 'The patch does not fit the properties');
  }
}

/** A patch in RFC 6902. The engine's Replace also sets what was not there, which is what `add` does. */
function operationOf({ qOp, qPath, qValue }: Patches[number]): jsonPatch.Operation {
  if (qOp.toLowerCase() === 'remove') return { op: 'remove', path: qPath };
  return { op: 'add', path: qPath, value: parsedValue(qValue) };
}

function parsedValue(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new EngineError(RPC_CODES.invalidParams, 'A patch value is not JSON');
  }
}

function currentSelections(selections: Selections): SelectionObject {
  return {
    qBackCount: selections.backCount,
    qForwardCount: selections.forwardCount,
    qSelections: [...selections.current].map(([field, values], index) => ({
      qTotal: selections.values(field).length,
      qIsNum: false,
      qField: field,
      qReadableName: field,
      qLocked: false,
      qSelectedCount: values.size,
      qSelected: [...values].join(', '),
      qSelectedFieldSelectionInfo: [...values].map((qName) => ({ qName })),
      qSelectionThreshold: 6,
      qSortIndex: index,
      qStateCounts: stateCounts(field, selections),
      qRangeInfo: [],
      qDimensionReferences: [],
    })),
  };
}

/** Sheets (or other stored objects) of the app, as clients list them: `qData` is what the definition's paths ask for. */
function objectList(app: LoadedApp, definition: unknown) {
  const wanted = z.looseObject({ qType: z.string().optional() }).parse(definition).qType ?? '';
  return { qItems: storedObjects(app, [wanted]) };
}

export function storedObjects(app: LoadedApp, types: readonly string[]) {
  return [...app.definitions.values()]
    .filter(({ type }) => types.length === 0 || types.includes(type))
    .map(({ id, type, title, properties }) => ({
      qInfo: { qId: id, qType: type },
      qMeta: { title, description: '', privileges: ['read'] },
      qData: { title, rank: properties['rank'] ?? 0, cells: properties['cells'] ?? [] },
    }));
}
