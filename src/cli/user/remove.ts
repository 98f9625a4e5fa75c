import type { Command } from 'commander';
import { z } from 'zod';
import { work } from '../command.ts';
import { confirm } from '../console/confirm.ts';
import type { CliContext } from '../context.ts';
import { show } from '../console/output.ts';
import { accountArgument, accountOptions } from './account.ts';
import { sessionsText } from './account-text.ts';

const schema = z.object({ ...accountOptions.shape, yes: z.boolean().default(false) });

export function register(user: Command, context: CliContext): void {
  const command = user
    .command('remove')
    .description('permanently delete an account with its password and sessions')
    .addArgument(accountArgument())
    .option('--yes', 'do not ask for confirmation');
  work(command, schema, async (input) => {
    const { accounts } = await context.administration();
    const account = await accounts.get(input.account);
    const question = `Permanently remove the account ${account.email}?`;
    await confirm(context.terminal, { yes: input.yes, question });
    const result = await accounts.remove({ account: account.id, actor: context.actor });
    const { endedSessions, qlikUserId } = result;
    const data = { id: account.id, email: account.email, endedSessions, qlikUserId };
    const text = () => `${account.email} is removed${sessionsText(endedSessions)}`;
    show(context.terminal, input, { data, text });
  });
}
