import type { Command } from 'commander';
import { z } from 'zod';
import { setAccountGroups } from '../../portal/accounts/change-account.ts';
import { work } from '../command.ts';
import type { CliContext } from '../context.ts';
import { show } from '../console/output.ts';
import { followInQlik } from './qlik.ts';
import { accountArgument, accountDeps, accountOptions, personText } from './account.ts';

const schema = z.object({ ...accountOptions.shape, groups: z.array(personText).default([]) });

export function register(user: Command, context: CliContext): void {
  const command = user
    .command('set-groups')
    .description('put a person into these groups and no others; without any, into none')
    .addArgument(accountArgument())
    .argument('[groups...]', 'names of groups');
  work(command, schema, async (input) => {
    const portal = await context.portal();
    const changed = await setAccountGroups(accountDeps(context.terminal, portal), {
      account: input.account,
      groups: input.groups,
      actor: context.actor,
    });
    const qlikUserId = await followInQlik(context, portal, { account: changed, groups: true });
    const data = { id: changed.id, email: changed.email, groups: changed.groups, qlikUserId };
    const text = () => `${changed.email} is in ${changed.groups.join(', ') || 'no group'}`;
    show(context.terminal, input, { data, text });
  });
}
