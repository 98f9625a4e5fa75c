import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRegion, type Region, type RegionTenant } from 'qlik-sandbox/region.ts';
import { createContext } from '../../../src/cli/context.ts';
import { runCommand } from '../../../src/cli/run.ts';
import { composePortal, type Portal } from '../../../src/compose/portal.ts';
import { parseConfig } from '../../../src/config/config.ts';
import { Secret } from '../../../src/domain/model/secret.ts';
import type { PlannedChange } from '../../../src/portal/tenants/planned-change.ts';

const CLI = join(import.meta.dirname, '../../../bin/portal.js');

interface CommandResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface RunOptions {
  readonly input?: string;
  /** Called as soon as the process runs. */
  readonly started?: (child: ChildProcess) => void;
  readonly env?: Readonly<Record<string, string>>;
}

/** The `portal` command with a folder, an environment, and a region of sandbox tenants. */
export interface CliHarness extends AsyncDisposable {
  readonly folder: string;
  readonly region: Region;
  readonly acme: RegionTenant;
  readonly environment: Readonly<Record<string, string>>;
  /** The real command, in a process of its own. */
  spawn(args: readonly string[], options?: RunOptions): Promise<CommandResult>;
  /** The same command in this process: faster, for tests that are not about the process. */
  run(args: readonly string[], options?: { readonly input?: string }): Promise<CommandResult>;
  /**
   * The plan that the command prints with `--dry-run`. Fails where it wrote to a tenant (anything but GET, and the
   * management token that reading needs) or to the database.
   */
  dryRun(args: readonly string[]): Promise<readonly PlannedChange[]>;
  /** Writes a file of secrets and gives its path. */
  file(name: string, text: string): Promise<string>;
  /** The options with management credentials of the tenant. */
  managementOptions(tenant?: RegionTenant): Promise<string[]>;
  /** The portal on the same database, in this process. */
  portal(): Promise<Portal>;
}

export async function openCliHarness(
  names: readonly string[] = ['acme'],
  { env = {} }: { env?: Readonly<Record<string, string>> } = {},
): Promise<CliHarness> {
  const folder = await mkdtemp(join(tmpdir(), 'portal-cli-'));
  const region = await startRegion({ tenants: names.map((name) => ({ name, port: 0 })) });
  const environment = {
    PUBLIC_URL: 'http://localhost:3000',
    SESSION_SECRET: randomBytes(48).toString('base64'),
    ENCRYPTION_KEYS: `test:${randomBytes(32).toString('base64')}`,
    DATABASE_URL: `file:${join(folder, 'portal.db')}`,
    INSECURE_ALLOW_LOOPBACK_TENANTS: 'true',
    QLIK_TIMEOUT: '2s',
    ...env,
  };
  const portals: Portal[] = [];
  const harness: CliHarness = {
    folder,
    region,
    acme: region.tenant(names[0]!),
    environment,
    spawn: (args, options = {}) =>
      runProcess(args, { ...options, folder, env: { ...environment, ...options.env } }),
    run: (args, { input } = {}) => runHere(args, { environment, input }),
    dryRun: (args) => dryRun(harness, args),
    async file(name, text) {
      const path = join(folder, name);
      await writeFile(path, text, { mode: 0o600 });
      return path;
    },
    async managementOptions(tenant = harness.acme) {
      const { clientId, clientSecret } = tenant.managementClient;
      const file = await harness.file(`${tenant.name}.secret`, `${clientSecret}\n`);
      return ['--admin-client-id', clientId, '--admin-client-secret-file', file];
    },
    async portal() {
      const quiet = { debug() {}, info() {}, warn() {}, error() {} };
      const portal = await composePortal(
        parseConfig(environment, () => ''),
        { log: quiet },
      );
      portals.push(portal);
      return portal;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(portals.map((portal) => portal.close()));
      await region.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return harness;
}

async function dryRun(harness: CliHarness, args: readonly string[]): Promise<readonly PlannedChange[]> {
  const { region } = harness;
  const { storage } = await harness.portal();
  await storage.migrate();
  const stored = async () => {
    const { tenants, accounts, audit } = storage;
    const rows = [await tenants.list(), await accounts.list(), await audit.read({})];
    return JSON.stringify(rows, function reveal(this: Record<string, unknown>, key, value: unknown) {
      const original = this[key];
      return original instanceof Secret ? original.reveal() : value;
    });
  };
  const before = await stored();
  for (const { state } of region.tenants) state.journal.clear();
  const { code, stdout, stderr } = await harness.run([...args, '--dry-run', '--json']);
  if (code !== 0) throw new Error(stderr);
  const writes = region.tenants
    .flatMap(({ state }) => state.journal.list())
    .filter(({ method, path, grant }) => method !== 'GET' && !isManagementToken(path, grant));
  if (writes.length > 0) throw new Error(`a dry run wrote: ${JSON.stringify(writes)}`);
  if ((await stored()) !== before) throw new Error('a dry run changed the database');
  return (JSON.parse(stdout) as { planned: PlannedChange[] }).planned;
}

function isManagementToken(path: string, grant: string | undefined): boolean {
  return path === '/oauth/revoke' || (path === '/oauth/token' && grant === 'client_credentials');
}

async function runHere(
  args: readonly string[],
  { environment, input }: { environment: Readonly<Record<string, string>>; input: string | undefined },
): Promise<CommandResult> {
  const out: string[] = [];
  const err: string[] = [];
  let code = 0;
  const context = createContext({
    terminal: {
      out: (text) => void out.push(`${text}\n`),
      err: (text) => void err.push(`${text}\n`),
      status: (text) => void err.push(`${text}\n`),
      interactive: false,
      ask: () => Promise.reject(new Error('the harness has no terminal')),
      readInput: () => Promise.resolve(input ?? ''),
    },
    user: 'tester',
    loadConfig: () => parseConfig(environment, () => ''),
    exitWith: (given) => {
      code = given;
    },
  });
  await runCommand(args, context);
  return { code, signal: null, stdout: out.join(''), stderr: err.join('') };
}

async function runProcess(
  args: readonly string[],
  { folder, env, input, started }: RunOptions & { folder: string },
): Promise<CommandResult> {
  const child = spawn(process.execPath, [CLI, ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const out: string[] = [];
  const err: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => out.push(text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => err.push(text));
  const ended = new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
    child.on('close', (code, signal) => resolve([code, signal]));
  });
  // A killed process does not read its input.
  child.stdin.on('error', () => undefined).end(input ?? '');
  started?.(child);
  const [code, signal] = await ended;
  return { code, signal, stdout: out.join(''), stderr: err.join('') };
}

/** A client in the tenant that does not belong to the portal. */
export function addForeignClient(
  { state }: RegionTenant,
  { clientName, description = '' }: { clientName: string; description?: string },
) {
  const { clientId: _id, secrets: _secrets, ...settings } = state.clients.all()[0]!;
  return state.clients.add({ ...settings, consentMethod: 'required', clientName, description });
}
