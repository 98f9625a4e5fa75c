import type { Command } from 'commander';
import { setAccountStatus } from '../../portal/accounts/account-status.ts';
import { work } from '../command.ts';
import type { CliContext } from '../context.ts';
import { show } from '../console/output.ts';
import { accountArgument, accountDeps, accountOptions } from './account.ts';
import { sessionsText } from './account-text.ts';
import { followInQlik } from './qlik.ts';

export function register(user: Command, context: CliContext): void {
  for (const [name, status, description] of [
    ['disable', 'disabled', 'sign the person out everywhere and let them in no more'],
    ['enable', 'active', 'let the person sign in again'],
  ] as const) {
    const command = user.command(name).description(description).addArgument(accountArgument());
    work(command, accountOptions, async (input) => {
      const portal = await context.portal();
      const { account: changed, endedSessions } = await setAccountStatus(
        accountDeps(context.terminal, portal),
        {
          account: input.account,
          status,
          actor: context.actor,
        },
      );
      const qlikUserId = await followInQlik(context, portal, { account: changed, status });
      const data = { id: changed.id, email: changed.email, status, endedSessions, qlikUserId };
      const text = () => `${changed.email} is ${status}${sessionsText(endedSessions)}`;
      show(context.terminal, input, { data, text });
    });
  }
}
