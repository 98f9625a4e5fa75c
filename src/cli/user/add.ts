import type { Command } from 'commander';
import { z } from 'zod';
import { addAccount } from '../../portal/accounts/add-account.ts';
import { collect, work } from '../command.ts';
import type { CliContext } from '../context.ts';
import { globalOptions, tenantId } from '../options.ts';
import { show } from '../console/output.ts';
import { accountDeps, personText, qlikUserOf, qlikUserOptions } from './account.ts';
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
    .description('make an account, and a link by which its owner sets a password')
    .argument('<email>', 'what the person signs in with')
    .requiredOption('--tenant <tenant>', 'the tenant whose analytics they see')
    .option('--name <name>', 'what people read')
    .option('--group <name>', 'a group to be in (can be given more than once)', collect)
    .option('--qlik-user-id <id>', 'speak for this Qlik user, whoever that is')
    .option('--qlik-subject <subject>', 'the same, by the subject of the identity provider')
    .option('--no-password', 'for who signs in with their company only');
  work(command, schema, async (input) => {
    const portal = await context.portal();
    const qlikUser = qlikUserOf(input);
    const { account: added, link } = await addAccount(accountDeps(context.terminal, portal), {
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
