import { once } from 'node:events';
import type { ChildProcess } from 'node:child_process';
import type { RegionTenant } from 'qlik-sandbox/region.ts';
import { fileURLToPath } from 'node:url';
import { startChild, stopChild } from './child.ts';
import { UsageError } from '../demo/command-line.ts';

export type SandboxTenant = Pick<RegionTenant, 'name' | 'host' | 'managementClient'>;

export interface SandboxProcess extends AsyncDisposable {
  readonly process: ChildProcess;
  readonly tenants: readonly SandboxTenant[];
}

/** The sandbox in a process of its own, whose tenants survive a restart of the portal. */
export async function startSandbox(names: readonly string[], firstPort: number): Promise<SandboxProcess> {
  const tenants = names.flatMap((name, index) => [
    '--tenant',
    `${name}:${firstPort === 0 ? 0 : firstPort + index}`,
  ]);
  const main = fileURLToPath(import.meta.resolve('qlik-sandbox/main.ts'));
  const child = startChild([main, ...tenants, '--json'], 'pipe');
  const line = await Promise.race([once(child.stdout!, 'data'), once(child, 'exit').then(() => undefined)]);
  if (line === undefined) throw new UsageError('The sandbox did not start.');
  const summary = JSON.parse(String(line[0])) as { tenants: SandboxTenant[] };
  return { process: child, tenants: summary.tenants, [Symbol.asyncDispose]: () => stopChild(child) };
}
