import { dirname, resolve } from 'node:path';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { writtenEmbedContent } from '../../domain/model/embed-content.ts';
import { tenantSettings } from '../../domain/model/tenant.ts';
import { PortalError } from '../../domain/errors.ts';
import { MANAGEMENT_SCOPES, type ManagementCredentials } from '../../portal/tenants/management-token.ts';
import type { TenantSpec } from '../../portal/tenants/plan-tenants.ts';
import { tokenScopes, tenantId } from '../options.ts';
import { readSecret, readTextFile } from '../console/secrets.ts';
import type { Terminal } from '../console/terminal.ts';

const managementSchema = z.union(
  [
    z.strictObject({ tokenFile: z.string() }),
    z.strictObject({
      clientId: z.string(),
      clientSecretFile: z.string(),
      scopes: z.array(z.string()).default([...MANAGEMENT_SCOPES]),
    }),
  ],
  'tokenFile, or clientId and clientSecretFile; secrets are not allowed in this file',
);

const userSchema = z.union([
  z
    .strictObject({ userId: z.string().min(1) })
    .transform(({ userId }) => ({ field: 'userId' as const, value: userId })),
  z
    .strictObject({ subject: z.string().min(1) })
    .transform(({ subject }) => ({ field: 'subject' as const, value: subject })),
]);

const tenantSchema = z.strictObject({
  id: tenantId,
  host: z.string(),
  name: tenantSettings.shape.name.exactOptional(),
  status: tenantSettings.shape.status.exactOptional(),
  scopes: tokenScopes.exactOptional(),
  embed: writtenEmbedContent.exactOptional(),
  createQlikUsers: tenantSettings.shape.createQlikUsers.exactOptional(),
  client: z
    .strictObject({
      clientName: z.string().min(1).exactOptional(),
      description: z.string().exactOptional(),
      redirectUris: z.array(z.url()).exactOptional(),
      allowedOrigins: z.array(z.url()).exactOptional(),
    })
    .exactOptional(),
  management: z.enum(['create', 'keep']).exactOptional(),
  proofUser: userSchema.exactOptional(),
  admin: managementSchema.exactOptional(),
});

const fileSchema = z
  .strictObject({ tenants: z.array(tenantSchema).min(1) })
  .refine(({ tenants }) => new Set(tenants.map(({ id }) => id)).size === tenants.length, {
    path: ['tenants'],
    message: 'two tenants have the same id',
  });

/**
 * Reads `tenants.yaml`. Paths in it are relative to its folder.
 *
 * @throws PortalError invalid_request (names line or field, never the value), not_found (a file)
 */
export async function readTenantsFile(terminal: Terminal, path: string): Promise<TenantSpec[]> {
  const text = path === '-' ? await terminal.readInput() : await readTextFile(path);
  const parsed = fileSchema.safeParse(parseYaml(text, path));
  if (!parsed.success)
    throw new PortalError('invalid_request', { detail: `${path}: ${explain(parsed.error)}` });
  const folder = path === '-' ? '.' : dirname(path);
  const specs: TenantSpec[] = [];
  for (const { admin: management, management: managementClient, ...tenant } of parsed.data.tenants) {
    specs.push({
      ...tenant,
      ...(managementClient !== undefined && { managementClient }),
      ...(management !== undefined && { management: await readManagement(terminal, management, folder) }),
    });
  }
  return specs;
}

function parseYaml(text: string, path: string): unknown {
  // Pretty errors quote the line, which may contain a secret.
  const document = parseDocument(text, { prettyErrors: false });
  const [problem] = document.errors;
  if (problem !== undefined) {
    const line = text.slice(0, problem.pos[0]).split('\n').length;
    throw new PortalError('invalid_request', {
      detail: `${path} is not YAML: line ${line} (${problem.code})`,
    });
  }
  try {
    return document.toJS();
  } catch (cause) {
    // Nested aliases: a few lines can expand to more than memory holds.
    throw new PortalError('invalid_request', { detail: `${path} has too many aliases`, cause });
  }
}

function explain(error: z.ZodError): string {
  return error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
}

async function readManagement(
  terminal: Terminal,
  management: z.output<typeof managementSchema>,
  folder: string,
): Promise<ManagementCredentials> {
  const read = (option: string, file: string) =>
    readSecret(terminal, { what: option, option, file: resolve(folder, file) });
  if ('tokenFile' in management) return { token: await read('tokenFile', management.tokenFile) };
  const { clientId, clientSecretFile, scopes } = management;
  const secret = await read('clientSecretFile', clientSecretFile);
  return { client: { clientId, authentication: { method: 'client_secret', secret } }, scopes };
}
