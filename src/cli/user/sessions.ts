import type { Command } from 'commander';
import { signOutAccount } from '../../portal/accounts/account-status.ts';
import { requireAccount } from '../../portal/accounts/find-account.ts';
import { work } from '../command.ts';
import type { CliContext } from '../context.ts';
import { instant, show, table } from '../console/output.ts';
import { accountArgument, accountDeps, accountOptions } from './account.ts';
import { sessionsText } from './account-text.ts';

export function register(user: Command, context: CliContext): void {
  const sessions = user
    .command('sessions')
    .description('where a person is signed in')
    .addArgument(accountArgument());
  work(sessions, accountOptions, async (input) => {
    const { storage, clock, config } = await context.portal();
    const { id: userId } = await requireAccount(storage.accounts, input.account);
    const begunAfter = clock.now() - config.session.absoluteLimitMs;
    const found = await storage.sessionDirectory.list({ userId, begunAfter });
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
    .description('sign a person out everywhere')
    .addArgument(accountArgument());
  work(signOut, accountOptions, async (input) => {
    const portal = await context.portal();
    const { account } = input;
    const result = await signOutAccount(accountDeps(context.terminal, portal), {
      account,
      actor: context.actor,
    });
    const { id, email } = result.account;
    const { endedSessions } = result;
    const text = () => `${email} is signed out${sessionsText(endedSessions)}`;
    show(context.terminal, input, { data: { id, email, endedSessions }, text });
  });
}
