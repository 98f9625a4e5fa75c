import type { Command } from 'commander';
import { z } from 'zod';
import { collect, work } from '../command.ts';
import type { CliContext } from '../context.ts';
import { globalOptions, tenantId } from '../options.ts';
import { show } from '../console/output.ts';
import { personText, qlikUserOf, qlikUserOptions } from './account.ts';
import { accountText, linkData, linkText } from './account-text.ts';

const schema = z.object({
  ...globalOptions.shape,
  ...qlikUserOptions.shape,
  email: z.string().min(1).max(320),
  tenant: tenantId,
  name: personText.optional(),
  group: z.array(personText).default([]),
  password: z.boolean().default(true),
});

export function register(user: Command, context: CliContext): void {
  const command = user
    .command('add')
    .description('create an account, and a link to set its password')
    .argument('<email>', 'sign-in name')
    .requiredOption('--tenant <tenant>', 'tenant of the account')
    .option('--name <name>', 'display name')
    .option('--group <name>', 'group of the account; repeatable', collect)
    .option('--qlik-user-id <id>', 'map to the Qlik user with this id, without checking it in the tenant')
    .option(
      '--qlik-subject <subject>',
      'map to the Qlik user with this subject, without checking it in the tenant',
    )
    .option('--no-password', 'no password link, for single sign-on only');
  work(command, schema, async (input) => {
    const { accounts } = await context.administration();
    const qlikUser = qlikUserOf(input);
    const { account: added, invite: link } = await accounts.add({
      email: input.email,
      tenantId: input.tenant,
      groups: input.group,
      withPassword: input.password,
      actor: context.actor,
      ...(input.name !== undefined && { name: input.name }),
      ...(qlikUser !== undefined && { qlikUser }),
    });
    const data = { user: added, link: linkData(link) };
    show(context.terminal, input, { data, text: () => accountText(added) + linkText(link) });
  });
}
