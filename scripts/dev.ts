import { parseArgs } from 'node:util';
import { portFrom, readArguments, runCommand } from './demo/command-line.ts';
import { announcement } from './dev/announcement.ts';
import { startDevelopment } from './dev/start-development.ts';

const USAGE = `Starts two sandbox tenants and the portal for development, and restarts the portal when src/ or public/ change.
People stay signed in over a restart. The database and the configuration are in data/dev/, new with each start.

  npm run dev -- [--port N] [--tenant-port N] [--folder DIR] [--json]

  --port N         of the portal (3000)
  --tenant-port N  of the first tenant (4001); the second takes the next one
  --folder DIR     instead of data/dev
  --json           print one line of JSON when ready, for scripts
`;

async function main(): Promise<void> {
  const options = readArguments(parse);
  if (options.help) return void process.stdout.write(USAGE);
  const ending = Promise.withResolvers<void>();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => ending.resolve());
  // A parent that was killed sends no signal.
  const parent = process.ppid;
  setInterval(() => process.ppid === parent || ending.resolve(), 500).unref();

  await using development = await startDevelopment(options);
  const { summary, failed } = development;
  process.stdout.write(options.json ? `${JSON.stringify(summary)}\n` : announcement(summary));
  await Promise.race([ending.promise, failed]);
}

function parse() {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '3000' },
      'tenant-port': { type: 'string', default: '4001' },
      folder: { type: 'string', default: 'data/dev' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  return {
    ...values,
    port: portFrom('--port', values.port),
    tenantPort: portFrom('--tenant-port', values['tenant-port']),
  };
}

await runCommand(main);
