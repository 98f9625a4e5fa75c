import type { Command } from 'commander';
import { z } from 'zod';
import { work } from '../command.ts';
import type { CliContext } from '../context.ts';
import { show } from '../console/output.ts';
import { accountArgument, accountOptions, personText } from './account.ts';

const schema = z.object({ ...accountOptions.shape, groups: z.array(personText).default([]) });

export function register(user: Command, context: CliContext): void {
  const command = user
    .command('set-groups')
    .description('replace the groups of an account')
    .addArgument(accountArgument())
    .argument('[groups...]', 'group names; none removes all groups');
  work(command, schema, async (input) => {
    const { account, groups } = input;
    const { actor, terminal } = context;
    const { accounts } = await context.administration();
    const { account: changed, ...result } = await accounts.setGroups({ account, groups, actor });
    const { id, email } = changed;
    const data = { id, email, groups: changed.groups, qlikUserId: result.qlikUserId };
    const text = () => `${email} is in ${changed.groups.join(', ') || 'no group'}`;
    show(terminal, input, { data, text });
  });
}
