import { createHash } from 'node:crypto';
import { salesObjects, type ObjectDefinition } from './app-objects.ts';
import { salesOf, type SalesRow } from './dataset.ts';

export interface SandboxApp {
  /** A UUID, stable over restarts and different for each tenant. */
  readonly appId: string;
  readonly title: string;
  readonly sheets: readonly { readonly id: string; readonly title: string }[];
  /** The charts on the sheets, in reading order. `type` is the Qlik visualization type, e.g. `barchart`. */
  readonly objects: readonly { readonly id: string; readonly title: string; readonly type: string }[];
}

/** An app with what only the engine needs: its rows and its object definitions. */
export interface LoadedApp extends SandboxApp {
  readonly rows: readonly SalesRow[];
  readonly definitions: ReadonlyMap<string, ObjectDefinition>;
}

/** The one app of a tenant. Its ids and its numbers depend only on the tenant's name. */
export function tenantApp(tenantName: string): SandboxApp {
  const definitions = salesObjects(tenantName);
  const sheets = definitions.filter((object) => object.kind === 'sheet');
  const charts = definitions.filter((object) => object.kind === 'chart');
  return {
    appId: stableUuid(`app of ${tenantName}`),
    title: 'Sales performance',
    sheets: sheets.map(({ id, title }) => ({ id, title })),
    objects: charts.map(({ id, title, type }) => ({ id, title, type })),
  };
}

export function loadApp(tenantName: string): LoadedApp {
  const definitions = salesObjects(tenantName);
  return {
    ...tenantApp(tenantName),
    rows: salesOf(tenantName),
    definitions: new Map(definitions.map((object) => [object.id, object])),
  };
}

/** Object ids must not collide between tenants: a mixed-up id then fails loudly instead of showing a stranger's sheet. */
export function stableUuid(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `5${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}
