import { open, unlink } from 'node:fs/promises';
import type { Command } from 'commander';
import { z } from 'zod';
import { PortalError } from '../../domain/errors.ts';
import type { Secret } from '../../domain/model/secret.ts';
import { addAdminOptions, adminOptions } from '../management-options.ts';
import { collect, work } from '../command.ts';
import type { CliContext } from '../context.ts';
import { addDryRunOption, dryRunOption } from '../ops.ts';
import { globalOptions, tenantArgument, tenantId } from '../options.ts';
import { show } from '../console/output.ts';
import { withClients } from './open.ts';

const schema = z.object({
  ...globalOptions.shape,
  ...adminOptions.shape,
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
    .description('make a client (for the portal itself: portal tenant provision)')
    .addArgument(tenantArgument())
    .requiredOption('--name <name>', 'its name')
    .requiredOption('--secret-file <file>', 'where its secret is written; the file must not exist yet')
    .option('--description <text>', 'its description')
    .option('--scope <scope>', 'what it may ask for (user_default)', collect)
    .option('--grant <type>', 'its grants (client_credentials)', collect)
    .option('--redirect-uri <uri>', 'its redirect URIs', collect)
    .option('--origin <origin>', 'its allowed origins', collect)
    .option('--trust', 'set its consent to trusted');
  work(addAdminOptions(addDryRunOption(command)), schema, (input) => create(context, input));
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
  await withClients(
    context,
    input,
    (clients) =>
      clients.create(settings, { trusted: input.trust, keep: (secret) => secretFile.keep(secret) }),
    ({ clientId }) => {
      const data = { clientId, secretFile: input.secretFile };
      const text = () => `client ${clientId}; its secret is in ${input.secretFile}`;
      show(context.terminal, input, { data, text });
    },
  );
}

interface SecretFile extends AsyncDisposable {
  keep(secret: Secret): Promise<void>;
}

/**
 * Opened before the client is made: a secret that cannot be written down would be lost. Where none came, the file
 * goes again.
 */
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
    throw new PortalError('conflict', { detail: `the file ${path} exists or cannot be made`, cause });
  }
}
