import type { DataModelMetadata, NxApp } from '@qlik/api/apps';
import type { ItemResultResponseBody, ItemsListItemsResponseBody } from '@qlik/api/items';
import express, { type Router } from 'express';
import { SandboxError } from '../errors.ts';
import { requireCaller } from '../identify.ts';
import { loadApp, stableUuid, type LoadedApp } from './apps.ts';
import { DIMENSION_FIELDS, fieldValues, MEASURE_FIELDS } from './dataset.ts';
import type { EngineTenant } from './tenant.ts';

/** When the one app was made; a sandbox's app never changes. */
const CREATED = '2026-01-05T04:00:00.000Z';

/**
 * `GET /api/v1/apps/{id}`, its data model, its item, and the locale that `@qlik/api` asks for before it resumes a
 * session. Everyone who is signed in may read the app: what they see in it is the engine's affair (section access).
 * Sheets have no REST endpoint on Qlik Cloud: list them through the engine (`GetObjects`).
 */
export function appsRouter(tenant: EngineTenant): Router {
  const app = loadApp(tenant.name);
  const router = express.Router();
  router.get('/api/v1/apps/:appId', requireCaller, (req, res) => {
    theApp(app, req.params['appId']);
    res.json(appBody(app));
  });
  router.get('/api/v1/apps/:appId/data/metadata', requireCaller, (req, res) => {
    theApp(app, req.params['appId']);
    res.json(dataModel(app));
  });
  router.get('/api/v1/items', requireCaller, (req, res) => {
    const { resourceType, resourceId, name } = req.query;
    const found =
      (resourceType === undefined || resourceType === 'app') &&
      (resourceId === undefined || resourceId === app.appId) &&
      (name === undefined || name === app.title);
    if (resourceId !== undefined && resourceType === undefined)
      throw new SandboxError(400, 'resourceType is required with resourceId.');
    res.json(itemList(found ? [itemBody(app, tenant)] : [], tenant));
  });
  router.get('/api/v1/user-locale', requireCaller, (_req, res) => {
    res.json({ locale: 'en-US' });
  });
  return router;
}

function theApp(app: LoadedApp, id: unknown): void {
  if (id !== app.appId) throw new SandboxError(404);
}

function appBody({ appId, title }: LoadedApp): NxApp {
  return {
    attributes: {
      id: appId,
      name: title,
      description: 'A year of invented sales, different for each sandbox tenant.',
      thumbnail: '',
      lastReloadTime: CREATED,
      createdDate: CREATED,
      modifiedDate: CREATED,
      publishTime: CREATED,
      published: true,
      hasSectionAccess: true,
      encrypted: false,
      isDirectQueryMode: false,
      usage: 'ANALYTICS',
    },
    privileges: ['read'],
    create: [],
  };
}

function dataModel({ rows }: LoadedApp): DataModelMetadata {
  const field = (name: string, cardinal: number, numeric: boolean) => ({
    name,
    cardinal,
    total_count: rows.length,
    is_numeric: numeric,
    is_system: false,
    is_hidden: false,
    src_tables: ['Sales'],
    tags: numeric ? ['$numeric'] : ['$ascii', '$text'],
  });
  return {
    fields: [
      ...DIMENSION_FIELDS.map((name) => field(name, fieldValues(rows, name).length, false)),
      ...MEASURE_FIELDS.map((name) => field(name, new Set(rows.map((row) => row[name])).size, true)),
    ],
    tables: [
      {
        name: 'Sales',
        no_of_rows: rows.length,
        no_of_fields: DIMENSION_FIELDS.length + MEASURE_FIELDS.length,
        is_system: false,
        is_loose: false,
      },
    ],
    has_section_access: true,
    is_direct_query_mode: false,
    usage: 'ANALYTICS',
  };
}

function itemBody({ appId, title }: LoadedApp, { host, id: tenantId }: EngineTenant): ItemResultResponseBody {
  const id = stableUuid(`item of ${appId}`).replaceAll('-', '').slice(0, 24);
  return {
    id,
    name: title,
    resourceType: 'app',
    resourceId: appId,
    resourceAttributes: { id: appId, name: title, hasSectionAccess: true, published: true },
    resourceCustomAttributes: {},
    resourceCreatedAt: CREATED,
    resourceUpdatedAt: CREATED,
    createdAt: CREATED,
    updatedAt: CREATED,
    tenantId,
    actions: ['read'],
    collectionIds: [],
    isFavorited: false,
    meta: { actions: ['read'], collections: [], isFavorited: false, tags: [] },
    links: { self: { href: `${host}/api/v1/items/${id}` }, open: { href: `${host}/sense/app/${appId}` } },
  };
}

function itemList(data: ItemResultResponseBody[], { host }: EngineTenant): ItemsListItemsResponseBody {
  return { data, links: { self: { href: `${host}/api/v1/items` } } };
}
