import type { Command } from 'commander';
import { work } from '../command.ts';
import type { CliContext } from '../context.ts';
import { show } from '../console/output.ts';
import { accountArgument, accountOptions } from './account.ts';
import { sessionsText } from './account-text.ts';

export function register(user: Command, context: CliContext): void {
  for (const [name, status, description] of [
    ['disable', 'disabled', 'end all sessions of an account, and refuse its sign-in'],
    ['enable', 'active', 'allow sign-in of an account again'],
  ] as const) {
    const command = user.command(name).description(description).addArgument(accountArgument());
    work(command, accountOptions, async (input) => {
      const { account } = input;
      const { accounts } = await context.administration();
      const result = await accounts.setStatus({ account, status, actor: context.actor });
      const { id, email } = result.account;
      const { endedSessions, qlikUserId } = result;
      const data = { id, email, status, endedSessions, qlikUserId };
      const text = () => `${email} is ${status}${sessionsText(endedSessions)}`;
      show(context.terminal, input, { data, text });
    });
  }
}
