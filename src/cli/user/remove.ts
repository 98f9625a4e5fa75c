import type { Command } from 'commander';
import { z } from 'zod';
import { removeAccount } from '../../portal/accounts/account-status.ts';
import { requireAccount } from '../../portal/accounts/find-account.ts';
import { work } from '../command.ts';
import { confirm } from '../console/confirm.ts';
import type { CliContext } from '../context.ts';
import { show } from '../console/output.ts';
import { accountArgument, accountDeps, accountOptions } from './account.ts';
import { sessionsText } from './account-text.ts';
import { followInQlik } from './qlik.ts';

const schema = z.object({ ...accountOptions.shape, yes: z.boolean().default(false) });

export function register(user: Command, context: CliContext): void {
  const command = user
    .command('remove')
    .description('delete an account for good, with its password and sessions')
    .addArgument(accountArgument())
    .option('--yes', 'do not ask');
  work(command, schema, async (input) => {
    const portal = await context.portal();
    const known = await requireAccount(portal.storage.accounts, input.account);
    const question = `Remove the account ${known.email} for good?`;
    await confirm(context.terminal, { yes: input.yes, question });
    const { endedSessions } = await removeAccount(accountDeps(context.terminal, portal), {
      account: known.id,
      actor: context.actor,
    });
    const qlikUserId = await followInQlik(context, portal, { account: known, status: 'disabled' });
    const data = { id: known.id, email: known.email, endedSessions, qlikUserId };
    const text = () => `${known.email} is removed${sessionsText(endedSessions)}`;
    show(context.terminal, input, { data, text });
  });
}
