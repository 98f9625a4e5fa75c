import { open, unlink } from 'node:fs/promises';
import type { Command } from 'commander';
import { z } from 'zod';
import { PortalError } from '../../domain/errors.ts';
import type { Secret } from '../../domain/model/secret.ts';
import { addManagementOptions, managementOptions } from '../management-options.ts';
import { collect, work } from '../command.ts';
import type { CliContext } from '../context.ts';
import { addDryRunOption, dryRunOption } from '../dry-run.ts';
import { globalOptions, tenantArgument, tenantId } from '../options.ts';
import { changeClient } from './open.ts';

const schema = z.object({
  ...globalOptions.shape,
  ...managementOptions.shape,
  tenant: tenantId,
  name: z.string().min(1),
  description: z.string().default(''),
  scope: z.array(z.string()).default(['user_default']),
  grant: z.array(z.string()).default(['client_credentials']),
  redirectUri: z.array(z.url()).default([]),
  origin: z.array(z.url()).default([]),
  trust: z.boolean().default(false),
  secretFile: z.string().min(1),
  ...dryRunOption.shape,
});

export function register(client: Command, context: CliContext): void {
  const command = client
    .command('create')
    .description('create a client (for the one that the portal uses: portal tenant provision)')
    .addArgument(tenantArgument())
    .requiredOption('--name <name>', 'name of the client')
    .requiredOption('--secret-file <file>', 'new file for its secret')
    .option('--description <text>', 'description of the client')
    .option('--scope <scope>', 'allowed scope (default: user_default); repeatable', collect)
    .option('--grant <type>', 'allowed grant type (default: client_credentials); repeatable', collect)
    .option('--redirect-uri <uri>', 'redirect URI; repeatable', collect)
    .option('--origin <origin>', 'allowed origin; repeatable', collect)
    .option('--trust', 'set its consent method to trusted');
  work(addManagementOptions(addDryRunOption(command)), schema, (input) => create(context, input));
}

async function create(context: CliContext, input: z.output<typeof schema>): Promise<void> {
  await using secretFile = await newSecretFile(input);
  const settings = {
    clientName: input.name,
    description: input.description,
    allowedScopes: input.scope,
    allowedGrantTypes: input.grant,
    redirectUris: input.redirectUri,
    allowedOrigins: input.origin,
  };
  const keep = (secret: Secret) => secretFile.keep(secret);
  await changeClient(
    context,
    input,
    { action: 'create', settings, trusted: input.trust, keep },
    (clientId) => ({
      data: { clientId, secretFile: input.secretFile },
      text: `client ${clientId}; its secret is in ${input.secretFile}`,
    }),
  );
}

interface SecretFile extends AsyncDisposable {
  keep(secret: Secret): Promise<void>;
}

/** Opened before the client is created: a secret that cannot be saved would be lost. Deleted where no secret was kept. */
async function newSecretFile({ secretFile: path, dryRun }: z.output<typeof schema>): Promise<SecretFile> {
  if (dryRun) return { keep: () => Promise.resolve(), [Symbol.asyncDispose]: () => Promise.resolve() };
  const file = await openNew(path);
  let kept = false;
  return {
    async keep(secret: Secret) {
      await file.writeFile(`${secret.reveal()}\n`);
      await file.sync();
      kept = true;
    },
    async [Symbol.asyncDispose]() {
      await file.close();
      if (!kept) await unlink(path);
    },
  };
}

async function openNew(path: string) {
  try {
    return await open(path, 'wx', 0o600);
  } catch (cause) {
    throw new PortalError('conflict', { detail: `the file ${path} exists or cannot be created`, cause });
  }
}
