import type { Command } from 'commander';
import { z } from 'zod';
import type { Tenant } from '../domain/model/tenant.ts';
import { MANAGEMENT_SCOPES, type ManagementCredentials } from '../portal/tenants/management-token.ts';
import { collect } from './command.ts';
import { readSecret } from './console/secrets.ts';
import type { Terminal } from './console/terminal.ts';

/** Management credentials of a tenant. */
export const managementOptions = z.object({
  adminTokenFile: z.string().optional(),
  adminClientId: z.string().min(1).optional(),
  adminClientSecretFile: z.string().optional(),
  adminScope: z.array(z.string()).optional(),
});

export function addManagementOptions(command: Command): Command {
  return command
    .option(
      '--admin-token-file <file>',
      'access token of a tenant administrator (default: stored credentials); - reads standard input',
    )
    .option('--admin-client-id <id>', 'id of an OAuth client with management scopes')
    .option('--admin-client-secret-file <file>', 'secret of that client; - reads standard input')
    .option(
      '--admin-scope <scope>',
      `scope of the management token (default: ${MANAGEMENT_SCOPES.join(' ')}); repeatable`,
      collect,
    );
}

/**
 * The credentials that were given, else those stored for the tenant, else undefined. Prompts for secrets that were not
 * given as a file.
 */
export async function findManagement(
  terminal: Terminal,
  options: z.output<typeof managementOptions>,
  tenant?: Tenant,
): Promise<ManagementCredentials | undefined> {
  const { adminTokenFile, adminClientId: clientId, adminClientSecretFile } = options;
  const { adminScope: scopes = MANAGEMENT_SCOPES } = options;
  if (adminTokenFile !== undefined) return { token: await readToken(terminal, adminTokenFile) };
  if (clientId !== undefined) {
    const secret = await readSecret(terminal, {
      what: `The secret of client ${clientId}`,
      option: '--admin-client-secret-file',
      file: adminClientSecretFile,
    });
    return { client: { clientId, authentication: { method: 'client_secret', secret } }, scopes };
  }
  return tenant?.management ? { client: tenant.management, scopes } : undefined;
}

/** As {@link findManagement}, and prompts for a token where there are no credentials. */
export async function requireManagement(
  terminal: Terminal,
  options: z.output<typeof managementOptions>,
  tenant: Tenant | undefined,
): Promise<ManagementCredentials> {
  return (await findManagement(terminal, options, tenant)) ?? { token: await readToken(terminal) };
}

function readToken(terminal: Terminal, file?: string) {
  const what = 'The access token of a tenant administrator';
  return readSecret(terminal, { what, option: '--admin-token-file', file });
}
