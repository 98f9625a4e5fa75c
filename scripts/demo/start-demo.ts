import { randomBytes } from 'node:crypto';
import type { Express } from 'express';
import { composeApp } from '../../src/compose/web.ts';
import { composePortal, type Portal } from '../../src/compose/portal.ts';
import { parseConfig } from '../../src/config/config.ts';
import type { Log } from '../../src/runtime/log.ts';
import { serve } from '../../src/web/http/server.ts';
import { tenantApp } from 'qlik-sandbox/engine/apps.ts';
import { embedBundle } from 'qlik-sandbox/embed-bundle.ts';
import { startRegion, type Region } from 'qlik-sandbox/region.ts';
import { startCompanySignIn } from './company-sign-in.ts';
import { addCustomer, type DemoUser } from './add-customer.ts';
import { customers } from './people.ts';

export interface DemoSummary {
  readonly portal: string;
  readonly tenants: readonly { readonly name: string; readonly host: string; readonly appId: string }[];
  readonly users: readonly DemoUser[];
  /** The tenant whose people can also come in by single sign-on. */
  readonly sso?: string;
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
  /** The last customer's people can come in by an identity provider of their company, on this port. */
  readonly ssoPort?: number;
  readonly log: Log;
  /** Variables of the portal's configuration that should be otherwise. */
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * Two sandbox tenants and the portal in one process, wholly in memory.
 * @throws PortUnavailableError (a tenant's port), or the system's EADDRINUSE (the portal's).
 */
export async function startDemo({ port, tenantPort, ssoPort, log, environment }: DemoOptions): Promise<Demo> {
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

    const publicUrl = server.url.replace('127.0.0.1', 'localhost');
    const [company] = customers.slice(-1);
    const sso =
      ssoPort !== undefined && company && (await startCompanySignIn(company, { publicUrl, port: ssoPort }));
    if (sso) closing.push(() => sso.close());

    const portal = await composePortal(
      demoConfig(publicUrl, { ...(sso && sso.environment), ...environment }),
      {
        log,
      },
    );
    // Closed after the server: requests that run still need it.
    closing.splice(1, 0, () => portal.close());
    // The first page would wait for it.
    void embedBundle();
    await portal.storage.migrate();
    const users: DemoUser[] = [];
    for (const customer of customers) {
      users.push(...(await addCustomer(portal, region.tenant(customer.id), customer)));
    }
    if (sso) await sso.open(portal);
    app.resolve(composeApp(portal, stopping.signal));
    const tenants = region.tenants.map(({ name, host }) => ({ name, host, appId: tenantApp(name).appId }));
    return {
      summary: { portal: publicUrl, tenants, users, ...(company && sso && { sso: company.id }) },
      region,
      portal,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function demoConfig(publicUrl: string, environment: Readonly<Record<string, string>>) {
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
