import { parseArgs } from 'node:util';
import { PortUnavailableError, type Region, startRegion } from './region.ts';

const USAGE = `Runs a sandbox region: stand-in Qlik Cloud tenants on loopback, for development.

  npm start -w qlik-sandbox -- [--tenant NAME:PORT]... [--json]

Without --tenant: acme:4001 and globex:4002. Port 0 takes a free one.
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      tenant: { type: 'string', multiple: true, default: ['acme:4001', 'globex:4002'] },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return void process.stdout.write(USAGE);
  const region = await startRegion({ tenants: values.tenant.map(tenantFrom) });
  process.stdout.write(values.json ? `${JSON.stringify(summary(region))}\n` : announcement(region));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void region.close());
}

function tenantFrom(text: string): { name: string; port: number } {
  const [, name, port] = /^([a-z][a-z0-9-]*):(\d{1,5})$/.exec(text) ?? [];
  if (name === undefined || Number(port) > 65_535)
    throw new TypeError(`--tenant ${text}: expected NAME:PORT`);
  return { name, port: Number(port) };
}

/** Printing the management credentials is safe: they open this process only. */
function summary({ tenants }: Region): object {
  return { tenants: tenants.map(({ name, host, managementClient }) => ({ name, host, managementClient })) };
}

function announcement({ tenants }: Region): string {
  const lines = tenants.flatMap(({ name, host, managementClient: { clientId, clientSecret } }) => [
    `${name}  ${host}`,
    `  management client  ${clientId}`,
    `  its secret         ${clientSecret}`,
  ]);
  return [
    'This is a sandbox, not Qlik Cloud. It forgets everything when it stops (Ctrl-C).',
    ...lines,
    '',
  ].join('\n');
}

try {
  await main();
} catch (error) {
  const known = error instanceof PortUnavailableError || error instanceof TypeError;
  process.stderr.write(`${known ? error.message : String(error)}\n`);
  process.exitCode = known ? 2 : 1;
}
