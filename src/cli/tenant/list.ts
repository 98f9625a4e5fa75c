import type { Command } from 'commander';
import { z } from 'zod';
import type { EmbedItem } from '../../domain/model/embed-content.ts';
import type { Tenant } from '../../domain/model/tenant.ts';
import { work } from '../command.ts';
import type { CliContext } from '../context.ts';
import { globalOptions, tenantArgument, tenantId } from '../options.ts';
import { facts, show, table } from '../console/output.ts';

export function register(tenant: Command, context: CliContext): void {
  const list = tenant.command('list').description('list all tenants');
  work(list, globalOptions, async (input) => {
    const { tenants } = await context.administration();
    const data = (await tenants.list()).map(visible);
    const rows = () =>
      data.map(({ id, name, host, status, clientId }) => [id, name, host, status, clientId ?? '-']);
    show(context.terminal, input, {
      data,
      text: () => table(['id', 'name', 'host', 'status', 'client'], rows()),
    });
  });

  const one = tenant.command('show').description('show one tenant').addArgument(tenantArgument());
  work(one, z.object({ ...globalOptions.shape, tenant: tenantId }), async (input) => {
    const { tenants } = await context.administration();
    const data = visible(await tenants.get(input.tenant));
    show(context.terminal, input, { data, text: tenantText });
  });
}

/** A tenant without its secrets. */
export function visible({ impersonation, management, ...tenant }: Tenant) {
  return {
    ...tenant,
    clientId: impersonation?.clientId ?? null,
    authentication: impersonation?.authentication.method ?? null,
    managementClientId: management?.clientId ?? null,
  };
}

export function tenantText(tenant: ReturnType<typeof visible>): string {
  const { embed } = tenant;
  return facts([
    ['tenant', `${tenant.id} (${tenant.name})`],
    ['host', tenant.host],
    ['status', tenant.status],
    [
      'client',
      tenant.clientId === null ? 'not provisioned' : `${tenant.clientId}, by ${tenant.authentication}`,
    ],
    ['management', tenant.managementClientId ?? 'no client stored'],
    ['scopes', tenant.scopes.join(' ')],
    ['Qlik users', tenant.createQlikUsers ? 'created at the first sign-in' : 'not created by the portal'],
    ['app', embed?.appId ?? 'none'],
    ['sheets', titles(embed?.sheets)],
    ['charts', titles(embed?.objects)],
  ]);
}

function titles(items: readonly EmbedItem[] = []): string {
  return items.map(({ id, title }) => `${title} (${id})`).join(', ') || 'none';
}
