import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { composePortal } from '../../src/compose/portal.ts';
import { parseConfig } from '../../src/config/config.ts';
import { createLogger } from '../../src/logger.ts';
import { addCustomer, type DemoUser } from '../demo/add-customer.ts';
import { customers } from '../demo/people.ts';
import { startPortal } from './portal-process.ts';
import { startSandbox, type SandboxTenant } from './sandbox-process.ts';

export interface DevelopmentSummary {
  readonly portal: string;
  readonly tenants: readonly { readonly name: string; readonly host: string }[];
  readonly users: readonly DemoUser[];
  /** Variables of the portal, for `node --env-file`. */
  readonly environmentFile: string;
}

export interface Development extends AsyncDisposable {
  readonly summary: DevelopmentSummary;
  /** Resolves when the sandbox has ended, without which nothing works. */
  readonly failed: Promise<unknown>;
}

export interface DevelopmentOptions {
  readonly port: number;
  /** Of the first tenant, the next ones follow; 0 takes free ones. */
  readonly tenantPort: number;
  readonly folder: string;
}

/** Sandbox and portal, each in a process of its own, with the demo's customers; secrets and database in `folder`. */
export async function startDevelopment({
  port,
  tenantPort,
  folder,
}: DevelopmentOptions): Promise<Development> {
  await using started = new AsyncDisposableStack();
  const sandbox = started.use(
    await startSandbox(
      customers.map(({ id }) => id),
      tenantPort,
    ),
  );
  const portal = `http://localhost:${port}`;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const variables = environment({ portal, port, folder });
  const environmentFile = join(folder, 'env');
  writeFileSync(
    environmentFile,
    Object.entries(variables)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
    {
      mode: 0o600,
    },
  );
  const users = await addCustomers(variables, sandbox.tenants);
  const server = started.use(startPortal(environmentFile, portal));
  await server.ready();
  const running = started.move();
  return {
    summary: {
      portal,
      tenants: sandbox.tenants.map(({ name, host }) => ({ name, host })),
      users,
      environmentFile,
    },
    failed: once(sandbox.process, 'exit'),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

function environment({ portal, port, folder }: { portal: string; port: number; folder: string }) {
  return {
    PUBLIC_URL: portal,
    PORT: String(port),
    SESSION_SECRET: randomBytes(48).toString('base64'),
    ENCRYPTION_KEYS: `dev:${randomBytes(32).toString('base64')}`,
    DATABASE_URL: `file:${join(folder, 'portal.db')}`,
    LOG_LEVEL: 'warn',
    // The sandbox tenants are on this machine.
    INSECURE_ALLOW_LOOPBACK_TENANTS: 'true',
  };
}

async function addCustomers(
  variables: Readonly<Record<string, string>>,
  tenants: readonly SandboxTenant[],
): Promise<DemoUser[]> {
  const portal = await composePortal(
    parseConfig(variables, () => ''),
    { log: createLogger('error') },
  );
  try {
    await portal.storage.migrate();
    const users: DemoUser[] = [];
    for (const customer of customers) {
      const tenant = tenants.find(({ name }) => name === customer.id);
      if (tenant !== undefined) users.push(...(await addCustomer(portal, tenant, customer)));
    }
    return users;
  } finally {
    await portal.close();
  }
}
