import type { Command } from 'commander';
import { work } from '../command.ts';
import type { CliContext } from '../context.ts';
import { instant, show, table } from '../console/output.ts';
import { accountArgument, accountOptions } from './account.ts';
import { sessionsText } from './account-text.ts';

export function register(user: Command, context: CliContext): void {
  const sessions = user
    .command('sessions')
    .description('list the sessions of an account')
    .addArgument(accountArgument());
  work(sessions, accountOptions, async (input) => {
    const { accounts } = await context.administration();
    const found = await accounts.sessions(input.account);
    const data = found.map(({ userAgent = null, signedInAt, lastSeenAt, ssoProvider }) => ({
      signedInAt: instant(signedInAt),
      lastSeenAt: instant(lastSeenAt),
      by: ssoProvider === undefined ? 'password' : `sso ${ssoProvider}`,
      userAgent,
    }));
    const text = () =>
      table(
        ['signed in', 'last seen', 'by', 'browser'],
        data.map((each) => [each.signedInAt, each.lastSeenAt, each.by, each.userAgent ?? '-']),
      );
    show(context.terminal, input, { data, text });
  });

  const signOut = user
    .command('sign-out')
    .description('end all sessions of an account')
    .addArgument(accountArgument());
  work(signOut, accountOptions, async (input) => {
    const { accounts } = await context.administration();
    const result = await accounts.signOut({ account: input.account, actor: context.actor });
    const { id, email } = result.account;
    const { endedSessions } = result;
    const text = () => `${email} is signed out${sessionsText(endedSessions)}`;
    show(context.terminal, input, { data: { id, email, endedSessions }, text });
  });
}
