import { parseArgs } from 'node:util';
import { createLogger } from '../src/logger.ts';
import { announcement } from './demo/announcement.ts';
import { portFrom, readArguments, runCommand, takenPort, UsageError } from './demo/command-line.ts';
import { startDemo } from './demo/start-demo.ts';
import { PortUnavailableError } from 'qlik-sandbox/region.ts';

const USAGE = `Starts two sandbox tenants and the portal on this machine, in memory only.

  npm run demo -- [--port N] [--tenant-port N] [--sso] [--json] [--verbose]

  --port N         of the portal (3000)
  --tenant-port N  of the first tenant (4001); the second takes the next one
  --sso            people of the second tenant can sign in with an identity provider
  --sso-port N     of that identity provider (4000)
  --json           print one line of JSON when ready, for scripts
  --verbose        print the portal's log
`;

async function main(): Promise<void> {
  const options = readArguments(parse);
  if (options.help) return void process.stdout.write(USAGE);
  const log = createLogger(options.verbose ? 'info' : 'error');
  const demo = await startDemo({ ...options, log }).catch((error: unknown) =>
    explainTakenPort(error, options),
  );
  process.stdout.write(options.json ? `${JSON.stringify(demo.summary)}\n` : announcement(demo.summary));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void demo.close());
}

function parse() {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '3000' },
      'tenant-port': { type: 'string', default: '4001' },
      sso: { type: 'boolean', default: false },
      'sso-port': { type: 'string', default: '4000' },
      json: { type: 'boolean', default: false },
      verbose: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const port = portFrom('--port', values.port);
  const tenantPort = portFrom('--tenant-port', values['tenant-port']);
  const ssoPort = portFrom('--sso-port', values['sso-port']);
  return { ...values, port, tenantPort, ...(values.sso && { ssoPort }) };
}

function explainTakenPort(error: unknown, { ssoPort }: { readonly ssoPort?: number }): never {
  if (error instanceof PortUnavailableError) {
    throw new UsageError(`Port ${error.port} is taken. Choose others for the tenants: --tenant-port N`);
  }
  const port = takenPort(error);
  if (port === undefined) throw error;
  const moves = port === ssoPort ? 'the identity provider: --sso-port N' : 'the portal: --port N';
  throw new UsageError(`Port ${port} is taken. Choose another for ${moves}`);
}

await runCommand(main);
