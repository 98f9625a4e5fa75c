import type { Command } from 'commander';
import { z } from 'zod';
import { work } from '../command.ts';
import type { CliContext } from '../context.ts';
import { globalOptions, tenantId } from '../options.ts';
import { show, table } from '../console/output.ts';
import { printable } from '../console/safe-text.ts';
import { accountArgument, accountOptions } from './account.ts';
import { accountText } from './account-text.ts';

const listSchema = z.object({ ...globalOptions.shape, tenant: tenantId.optional() });

export function register(user: Command, context: CliContext): void {
  const list = user
    .command('list')
    .description('list accounts')
    .option('--tenant <tenant>', 'accounts of this tenant');
  work(list, listSchema, async (input) => {
    const { accounts } = await context.administration();
    const data = await accounts.list(input.tenant);
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

  const one = user.command('show').description('show one account').addArgument(accountArgument());
  work(one, accountOptions, async (input) => {
    const { accounts } = await context.administration();
    const data = await accounts.show(input.account);
    const sso = data.identities.map(
      ({ issuer, subject }) => `\nsso        ${printable(`${subject} of ${issuer}`)}`,
    );
    const text = () =>
      `${accountText(data)}\npassword   ${data.hasPassword ? 'set' : 'none'}${sso.join('') || '\nsso        none'}`;
    show(context.terminal, input, { data, text });
  });
}
