import { createServer, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { attachEngine, type Engine } from './engine/attach.ts';
import { createTenantApp } from './tenant-app.ts';
import { type ManagementClient, type TenantSettings, TenantState } from './tenant-state.ts';

/** Loopback, and never another interface: the control API has no password. */
const LOOPBACK = '127.0.0.1';

export interface RegionOptions {
  /** `port` 0 takes a free one. */
  tenants: { name: string; port: number; settings?: Partial<TenantSettings> }[];
  /** ms since 1970; for tests that move time. */
  now?: () => number;
}

export interface RegionTenant {
  readonly name: string;
  /** The tenant's origin, as `http://127.0.0.1:4001`. */
  readonly host: string;
  readonly state: TenantState;
  readonly engine: Engine;
  readonly managementClient: ManagementClient;
}

export interface Region {
  readonly tenants: readonly RegionTenant[];
  /** The tenant of that name; throws when there is none. */
  tenant(name: string): RegionTenant;
  /** Stops every tenant, ends all sockets, hung requests and websockets too. */
  close(): Promise<void>;
}

/** A tenant could not listen because its port is taken or not to be had. */
export class PortUnavailableError extends Error {
  readonly code = 'PORT_UNAVAILABLE';
  readonly port: number;
  readonly tenant: string;

  constructor({ port, tenant, cause }: { port: number; tenant: string; cause: unknown }) {
    super(`Port ${port} for the sandbox tenant "${tenant}" is not free on ${LOOPBACK}.`, { cause });
    this.name = 'PortUnavailableError';
    this.port = port;
    this.tenant = tenant;
  }
}

interface RunningTenant extends RegionTenant {
  close(): Promise<void>;
}

/**
 * Starts the tenants of a sandbox region, each on a loopback port of its own.
 *
 * @throws PortUnavailableError naming the port; tenants already started are stopped again.
 */
export async function startRegion({ tenants, now = Date.now }: RegionOptions): Promise<Region> {
  const running: RunningTenant[] = [];
  const close = async () => {
    await Promise.all(running.map((tenant) => tenant.close()));
  };
  try {
    for (const tenant of tenants) running.push(await startTenant({ ...tenant, now }));
  } catch (error) {
    await close();
    throw error;
  }
  return { tenants: running, tenant: (name) => tenantNamed(running, name), close };
}

function tenantNamed(tenants: readonly RegionTenant[], name: string): RegionTenant {
  const tenant = tenants.find((each) => each.name === name);
  if (!tenant) throw new Error(`the sandbox region has no tenant "${name}"`);
  return tenant;
}

type TenantStart = RegionOptions['tenants'][number] & { now: () => number };

async function startTenant({ name, port, settings = {}, now }: TenantStart): Promise<RunningTenant> {
  const server = createServer();
  const host = `http://${LOOPBACK}:${await listen(server, { port, tenant: name })}`;
  const state = new TenantState({ name, host, now, settings });
  const engine = attachEngine(server, state);
  server.on('request', createTenantApp(state, engine));
  return { name, host, state, engine, managementClient: state.managementClient, close: closer(server) };
}

function listen(server: Server, { port, tenant }: { port: number; tenant: string }): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => reject(new PortUnavailableError({ port, tenant, cause })));
    server.listen({ host: LOOPBACK, port, exclusive: true }, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : port);
    });
  });
}

/** Sockets are kept by hand: those upgraded to websockets are no longer the server's to close. */
function closer(server: Server): () => Promise<void> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return async () => {
    const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
}
