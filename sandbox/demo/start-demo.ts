import { randomBytes } from 'node:crypto';
import type { Express } from 'express';
import { composeApp, composePortal, type Portal } from '../../src/compose.ts';
import { parseConfig } from '../../src/config.ts';
import type { Log } from '../../src/domain/log.ts';
import { serve } from '../../src/web/server.ts';
import { tenantApp } from '../engine/apps.ts';
import { startRegion, type Region } from '../region.ts';
import { furnishTenant, type DemoUser } from './furnish-tenant.ts';
import { customers } from './people.ts';

export interface DemoSummary {
  readonly portal: string;
  readonly tenants: readonly { readonly name: string; readonly host: string; readonly appId: string }[];
  readonly users: readonly DemoUser[];
}

export interface Demo {
  readonly summary: DemoSummary;
  readonly region: Region;
  readonly portal: Portal;
  close(): Promise<void>;
}

export interface DemoOptions {
  /** Of the portal; 0 takes a free one. */
  readonly port: number;
  /** Of the first tenant, the next ones follow; 0 takes free ones. */
  readonly tenantPort: number;
  readonly log: Log;
  /** Variables of the portal's configuration that should be otherwise. */
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * Two sandbox tenants and the portal in one process, wholly in memory.
 * @throws PortUnavailableError (a tenant's port), or the system's EADDRINUSE (the portal's).
 */
export async function startDemo({ port, tenantPort, log, environment }: DemoOptions): Promise<Demo> {
  const closing: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const step of closing.splice(0).toReversed()) await step();
  };
  try {
    const region = await startRegion({
      tenants: customers.map(({ id }, index) => ({
        name: id,
        port: tenantPort === 0 ? 0 : tenantPort + index,
      })),
    });
    closing.push(() => region.close());

    // Listens before the portal exists: with port 0 its own address, which the tenants must allow, comes from here.
    const app = Promise.withResolvers<Express>();
    const stopping = new AbortController();
    const server = await serve((req, res) => void app.promise.then((handle) => void handle(req, res)), {
      host: '127.0.0.1',
      port,
      log,
      stopping,
      onClose: async () => undefined,
    });
    closing.push(() => server.close());

    const portal = composePortal(demoConfig(server.url, environment), { log });
    closing.splice(1, 0, () => portal.close());
    await portal.storage.migrate();
    const users: DemoUser[] = [];
    for (const customer of customers) {
      users.push(...(await furnishTenant(portal, region.tenant(customer.id), customer)));
    }
    app.resolve(composeApp(portal, stopping.signal));
    const tenants = region.tenants.map(({ name, host }) => ({ name, host, appId: tenantApp(name).appId }));
    return { summary: { portal: portal.config.publicUrl, tenants, users }, region, portal, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function demoConfig(listening: string, environment: Readonly<Record<string, string>> = {}) {
  const publicUrl = listening.replace('127.0.0.1', 'localhost');
  const variables = {
    PUBLIC_URL: publicUrl,
    SESSION_SECRET: randomBytes(48).toString('base64'),
    ENCRYPTION_KEYS: `demo:${randomBytes(32).toString('base64')}`,
    DATABASE_URL: 'file::memory:',
    // The sandbox tenants are on this machine.
    INSECURE_ALLOW_LOOPBACK_TENANTS: 'true',
    ...environment,
  };
  return parseConfig(variables, () => '');
}
