import { Argument, type Command } from 'commander';
import { z } from 'zod';
import type { OAuthClient } from '../../domain/model/oauth-client.ts';
import { addManagementOptions, managementOptions } from '../management-options.ts';
import { work } from '../command.ts';
import type { CliContext } from '../context.ts';
import { globalOptions, tenantArgument, tenantId } from '../options.ts';
import { facts, instant, show, table } from '../console/output.ts';
import { withClients } from './open.ts';

const base = { ...globalOptions.shape, ...managementOptions.shape, tenant: tenantId };
const listSchema = z.object({
  ...base,
  filter: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
  next: z.string().optional(),
});

export function clientArgument(): Argument {
  return new Argument('<client-id>', 'id of the client in the tenant');
}

export function register(client: Command, context: CliContext): void {
  const { terminal } = context;
  const list = client
    .command('list')
    .description('list the clients of a tenant, page by page')
    .addArgument(tenantArgument())
    .option('--filter <filter>', 'filter (RFC 7644), such as: clientName co "portal"')
    .option('--limit <count>', 'page size, 1 to 100 (default: 50)')
    .option('--next <cursor>', 'cursor from the page before');
  work(addManagementOptions(list), listSchema, async ({ filter, next, limit, ...input }) => {
    const query = { limit, ...(filter !== undefined && { filter }), ...(next !== undefined && { next }) };
    const page = await withClients(context, input, (clients) => clients.page(query));
    const data = { clients: page.items, next: page.next ?? null };
    const more = page.next === undefined ? '' : `\nmore: --next ${page.next}`;
    show(terminal, input, { data, text: () => clientTable(page.items) + more });
  });

  const get = client
    .command('get')
    .description('show one client')
    .addArgument(tenantArgument())
    .addArgument(clientArgument());
  work(addManagementOptions(get), z.object({ ...base, 'client-id': z.string().min(1) }), async (input) => {
    const data = await withClients(context, input, (clients) => clients.get(input['client-id']));
    show(terminal, input, { data, text: clientText });
  });
}

function clientTable(clients: readonly OAuthClient[]): string {
  const rows = clients.map((each) => [
    each.clientId,
    each.clientName,
    each.appType,
    String(each.secrets.length),
    each.createdAt,
  ]);
  return table(['id', 'name', 'type', 'secrets', 'created'], rows);
}

function clientText(client: OAuthClient & { readonly consent: string }): string {
  const secrets = client.secrets.map(({ hint, createdAt }) => `${hint} ${instant(createdAt)}`.trim());
  return facts([
    ['client', client.clientId],
    ['name', client.clientName],
    ['description', client.description],
    ['type', client.appType],
    ['consent', client.consent],
    ['scopes', client.allowedScopes.join(', ')],
    ['grants', client.allowedGrantTypes.join(', ')],
    ['origins', client.allowedOrigins.join(', ')],
    ['redirects', client.redirectUris.join(', ')],
    ['authentication', client.allowedAuthMethods.join(', ')],
    ['secrets', secrets.join(', ')],
    ['keys', client.publicKeys.map(({ kid, alg }) => `${kid} (${alg ?? 'any algorithm'})`).join(', ')],
    ['created', client.createdAt],
    ['published', client.publishedAt ?? 'no'],
  ]);
}
