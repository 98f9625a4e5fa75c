import type { Command } from 'commander';
import { z } from 'zod';
import { work } from '../command.ts';
import type { CliContext } from '../context.ts';
import { show } from '../console/output.ts';
import { accountArgument, accountOptions } from './account.ts';
import { linkData, linkText, sessionsText } from './account-text.ts';

const schema = z.object({ ...accountOptions.shape, revoke: z.boolean().default(false) });

export function register(user: Command, context: CliContext): void {
  const command = user
    .command('reset-password')
    .description('create a link to set a new password')
    .addArgument(accountArgument())
    .option('--revoke', 'delete the old password and end all sessions now');
  work(command, schema, async (input) => {
    const { account, revoke } = input;
    const { accounts } = await context.administration();
    const result = await accounts.resetPassword({ account, revoke, actor: context.actor });
    const { account: of, invite: link, endedSessions } = result;
    const data = { id: of.id, email: of.email, link: linkData(link), endedSessions };
    const old = revoke ? 'has no password' : 'keeps the old password until the new one is set';
    const text = () => `${of.email} ${old}${sessionsText(endedSessions)}${linkText(link)}`;
    show(context.terminal, input, { data, text });
  });
}
