import type { Command } from 'commander';
import { z } from 'zod';
import { resetPassword } from '../../portal/accounts/reset-password.ts';
import { work } from '../command.ts';
import type { CliContext } from '../context.ts';
import { show } from '../console/output.ts';
import { accountArgument, accountDeps, accountOptions } from './account.ts';
import { linkData, linkText, sessionsText } from './account-text.ts';

const schema = z.object({ ...accountOptions.shape, revoke: z.boolean().default(false) });

export function register(user: Command, context: CliContext): void {
  const command = user
    .command('reset-password')
    .description('make a link by which the person sets a new password')
    .addArgument(accountArgument())
    .option('--revoke', 'end the old password and all sessions now, not when the new one is set');
  work(command, schema, async (input) => {
    const { account, revoke } = input;
    const portal = await context.portal();
    const result = await resetPassword(accountDeps(context.terminal, portal), {
      account,
      revoke,
      actor: context.actor,
    });
    const { account: of, link, endedSessions } = result;
    const data = { id: of.id, email: of.email, link: linkData(link), endedSessions };
    const old = revoke ? 'has no password any more' : 'keeps the old password until the new one is set';
    const text = () => `${of.email} ${old}${sessionsText(endedSessions)}${linkText(link)}`;
    show(context.terminal, input, { data, text });
  });
}
