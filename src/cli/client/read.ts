import { Argument, type Command } from 'commander';
import { z } from 'zod';
import type { OAuthClient } from '../../domain/model/oauth-client.ts';
import { addAdminOptions, adminOptions } from '../management-options.ts';
import { work } from '../command.ts';
import type { CliContext } from '../context.ts';
import { globalOptions, tenantArgument, tenantId } from '../options.ts';
import { facts, instant, show, table } from '../console/output.ts';
import { withClients } from './open.ts';

const base = { ...globalOptions.shape, ...adminOptions.shape, tenant: tenantId };
const listSchema = z.object({
  ...base,
  filter: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
  next: z.string().optional(),
});

export function clientArgument(): Argument {
  return new Argument('<client-id>', 'the id of the client in the tenant');
}

export function register(client: Command, context: CliContext): void {
  const { terminal } = context;
  const list = client
    .command('list')
    .description('the clients of a tenant, page by page')
    .addArgument(tenantArgument())
    .option('--filter <filter>', 'RFC 7644, such as: clientName co "portal"')
    .option('--limit <count>', 'clients on a page (50, at most 100)')
    .option('--next <cursor>', 'the page after the one that gave this cursor');
  work(addAdminOptions(list), listSchema, ({ filter, next, limit, ...input }) => {
    const query = { limit, ...(filter !== undefined && { filter }), ...(next !== undefined && { next }) };
    return withClients(
      context,
      input,
      (clients) => clients.page(query),
      (page) => {
        const data = { clients: page.items, next: page.next ?? null };
        const more = page.next === undefined ? '' : `\nmore: --next ${page.next}`;
        show(terminal, input, { data, text: () => clientTable(page.items) + more });
      },
    );
  });

  const get = client
    .command('get')
    .description('all about one client')
    .addArgument(tenantArgument())
    .addArgument(clientArgument());
  work(addAdminOptions(get), z.object({ ...base, 'client-id': z.string().min(1) }), (input) =>
    withClients(
      context,
      input,
      (clients) => clients.get(input['client-id']),
      (data) => show(terminal, input, { data, text: clientText }),
    ),
  );
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
    ['proves itself by', client.allowedAuthMethods.join(', ')],
    ['secrets', secrets.join(', ')],
    ['keys', client.publicKeys.map(({ kid, alg }) => `${kid} (${alg ?? 'any algorithm'})`).join(', ')],
    ['created', client.createdAt],
    ['published', client.publishedAt ?? 'no'],
  ]);
}
