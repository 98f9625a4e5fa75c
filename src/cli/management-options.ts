import type { Command } from 'commander';
import { z } from 'zod';
import type { Tenant } from '../domain/model/tenant.ts';
import { MANAGEMENT_SCOPES, type ManagementCredentials } from '../portal/tenants/management-token.ts';
import { collect } from './command.ts';
import { readSecret } from './console/secrets.ts';
import type { Terminal } from './console/terminal.ts';

/** The options that open the administration of a tenant. */
export const adminOptions = z.object({
  adminTokenFile: z.string().optional(),
  adminClientId: z.string().min(1).optional(),
  adminClientSecretFile: z.string().optional(),
  adminScope: z.array(z.string()).optional(),
});

export function addAdminOptions(command: Command): Command {
  return command
    .option('--admin-token-file <file>', "an administrator's access token; - reads standard input")
    .option('--admin-client-id <id>', 'a client that administers the tenant')
    .option('--admin-client-secret-file <file>', 'its secret; - reads standard input')
    .option('--admin-scope <scope>', `what to ask for with it (${MANAGEMENT_SCOPES.join(' ')})`, collect);
}

/**
 * What was given, else what is stored for the tenant, else undefined. Secrets that were not given as a file are
 * asked for.
 */
export async function findAdmin(
  terminal: Terminal,
  options: z.output<typeof adminOptions>,
  tenant: Tenant | undefined,
): Promise<ManagementCredentials | undefined> {
  const {
    adminTokenFile,
    adminClientId: clientId,
    adminClientSecretFile,
    adminScope: scopes = MANAGEMENT_SCOPES,
  } = options;
  if (adminTokenFile !== undefined) {
    const what = 'The access token of an administrator';
    return {
      token: await readSecret(terminal, { what, option: '--admin-token-file', file: adminTokenFile }),
    };
  }
  if (clientId !== undefined) {
    const what = `The secret of client ${clientId}`;
    const secret = await readSecret(terminal, {
      what,
      option: '--admin-client-secret-file',
      file: adminClientSecretFile,
    });
    return { client: { clientId, authentication: { method: 'client_secret', secret } }, scopes };
  }
  return tenant?.management ? { client: tenant.management, scopes } : undefined;
}

/** As {@link findAdmin}, and asks for a token where there is nothing else. */
export async function requireAdmin(
  terminal: Terminal,
  options: z.output<typeof adminOptions>,
  tenant: Tenant | undefined,
): Promise<ManagementCredentials> {
  const found = await findAdmin(terminal, options, tenant);
  if (found !== undefined) return found;
  const what = 'The access token of an administrator (or give --admin-client-id)';
  return { token: await readSecret(terminal, { what, option: '--admin-token-file', file: undefined }) };
}
