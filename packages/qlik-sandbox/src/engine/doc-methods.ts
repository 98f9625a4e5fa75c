import type { NxAppLayout, ObjectInterface } from '@qlik/api/qix';
import * as z from 'zod';
import { fieldNamed } from './cube-shape.ts';
import { DIMENSION_FIELDS, MEASURE_FIELDS, type DimensionField } from './dataset.ts';
import type { LoadedApp } from './apps.ts';
import { objectProperties, storedObjects } from './generic-object.ts';
import { EngineError, parseParams, RPC_CODES, type RpcMethods } from './rpc.ts';
import type { Selections } from './selections.ts';
import type { StoredProperties } from './app-objects.ts';

export interface DocContext {
  readonly app: LoadedApp;
  readonly selections: Selections;
  readonly openObject: (id: string, properties: StoredProperties) => ObjectInterface;
  readonly openField: (field: DimensionField) => ObjectInterface;
  /** Ends a session object; answers whether there was one. */
  readonly closeObject: (id: string) => boolean;
  readonly newId: () => string;
  readonly touchAll: () => void;
}

/** What a client may call on an open app. Everything that would change the app for others is left out. */
export function docMethods(context: DocContext): RpcMethods {
  return { ...readingMethods(context), ...sessionObjectMethods(context), ...selectionMethods(context) };
}

function readingMethods({ app, openObject, openField }: DocContext): RpcMethods {
  return {
    GetAppLayout: () => ({ qLayout: appLayout(app) }),
    GetAppProperties: () => ({ qProp: { qTitle: app.title } }),
    GetAllInfos: () => ({
      qInfos: [...app.definitions.values()].map(({ id, type }) => ({ qId: id, qType: type })),
    }),
    GetObjects(params) {
      const options = z.looseObject({ qTypes: z.array(z.string()).optional() });
      const [{ qTypes = [] }] = parseParams(z.tuple([options]), params);
      return { qList: storedObjects(app, qTypes) };
    },
    GetObject(params) {
      const [id] = parseParams(z.tuple([z.string()]), params);
      const stored = app.definitions.get(id);
      // As the real engine: an unknown id is not an error but a reference to nothing.
      if (!stored) return { qReturn: { qType: null, qHandle: null } };
      return { qReturn: openObject(id, stored.properties) };
    },
    GetField(params) {
      const [name] = parseParams(z.tuple([z.string()]).rest(z.unknown()), params);
      const field = fieldNamed(name);
      return { qReturn: field ? openField(field) : { qType: null, qHandle: null } };
    },
    GetFieldDescription(params) {
      const [name] = parseParams(z.tuple([z.string()]), params);
      const field = [...DIMENSION_FIELDS, ...MEASURE_FIELDS].find((candidate) => candidate === name);
      if (!field) throw new EngineError(RPC_CODES.notFound, 'Field not found');
      return {
        qReturn: {
          qName: field,
          qIsNumeric: MEASURE_FIELDS.some((measure) => measure === field),
          qCardinal: 0,
          qTags: [],
        },
      };
    },
    GetDimension: () => ({ qReturn: { qType: null, qHandle: null } }),
    GetMeasure: () => ({ qReturn: { qType: null, qHandle: null } }),
  };
}

function sessionObjectMethods({ openObject, closeObject, newId }: DocContext): RpcMethods {
  return {
    CreateSessionObject(params) {
      const [properties] = parseParams(z.tuple([objectProperties]), params);
      const id = properties.qInfo?.qId || newId();
      return { qReturn: openObject(id, properties) };
    },
    DestroySessionObject(params) {
      const [id] = parseParams(z.tuple([z.string()]), params);
      return { qSuccess: closeObject(id) };
    },
  };
}

function selectionMethods({ selections, touchAll }: DocContext): RpcMethods {
  const step = (act: () => unknown) => () => {
    act();
    touchAll();
    return {};
  };
  return {
    ClearAll: step(() => {
      selections.end({ accept: true });
      selections.clear();
    }),
    Back: step(() => selections.back()),
    Forward: step(() => selections.forward()),
    BackCount: () => ({ qReturn: selections.backCount }),
    ForwardCount: () => ({ qReturn: selections.forwardCount }),
    AbortModal(params) {
      const [accept] = parseParams(z.tuple([z.boolean()]), params);
      selections.end({ accept });
      touchAll();
      return {};
    },
  };
}

function appLayout({ appId, title }: LoadedApp): NxAppLayout {
  return {
    qTitle: title,
    qFileName: appId,
    qLastReloadTime: '2026-01-05T04:00:00.000Z',
    qHasScript: true,
    qHasData: true,
    qReadOnly: true,
    qStateNames: [],
    qMeta: {},
    qUsage: 'ANALYTICS',
    qLocaleInfo: {
      qDecimalSep: '.',
      qThousandSep: ',',
      qListSep: ',',
      qMoneyDecimalSep: '.',
      qMoneyThousandSep: ',',
      qMoneyFmt: '€#,##0.00;-€#,##0.00',
      qTimeFmt: 'hh:mm:ss',
      qDateFmt: 'YYYY-MM-DD',
      qTimestampFmt: 'YYYY-MM-DD hh:mm:ss[.fff]',
      qFirstWeekDay: 0,
      qCollation: 'en-US',
      qNumericalAbbreviation:
        '3:k;6:M;9:G;12:T;15:P;18:E;21:Z;24:Y;-3:m;-6:μ;-9:n;-12:p;-15:f;-18:a;-21:z;-24:y',
    },
  };
}
