import type { Command } from 'commander';
import { z } from 'zod';
import { requireAccount } from '../../portal/accounts/find-account.ts';
import { requireTenant } from '../../portal/tenants/provision/tenant-record.ts';
import { work } from '../command.ts';
import type { CliContext } from '../context.ts';
import { globalOptions, tenantId } from '../options.ts';
import { printable, show, table } from '../console/output.ts';
import { accountArgument, accountOptions } from './account.ts';
import { accountText } from './account-text.ts';

const listSchema = z.object({ ...globalOptions.shape, tenant: tenantId.optional() });

export function register(user: Command, context: CliContext): void {
  const list = user
    .command('list')
    .description('all accounts, or those of one tenant')
    .option('--tenant <tenant>', 'only its people');
  work(list, listSchema, async (input) => {
    const { storage } = await context.portal();
    if (input.tenant !== undefined) await requireTenant(storage.tenants, input.tenant);
    const data = await storage.accounts.list(input.tenant);
    const rows = () =>
      data.map(({ email, name, tenantId: tenant, status, qlikUser }) => [
        email,
        name,
        tenant,
        status,
        qlikUser?.value ?? '-',
      ]);
    show(context.terminal, input, {
      data,
      text: () => table(['e-mail', 'name', 'tenant', 'status', 'qlik user'], rows()),
    });
  });

  const one = user.command('show').description('all about one account').addArgument(accountArgument());
  work(one, accountOptions, async (input) => {
    const { storage } = await context.portal();
    const found = await requireAccount(storage.accounts, input.account);
    const hasPassword = (await storage.accounts.passwordHash(found.id)) !== undefined;
    const identities = await storage.identities.list(found.id);
    const data = { ...found, hasPassword, identities };
    const sso = identities.map(
      ({ issuer, subject }) => `\nsso        ${printable(`${subject} of ${issuer}`)}`,
    );
    const text = () =>
      `${accountText(found)}\npassword   ${hasPassword ? 'set' : 'none'}${sso.join('') || '\nsso        none'}`;
    show(context.terminal, input, { data, text });
  });
}
