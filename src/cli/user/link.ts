import type { Command } from 'commander';
import { z } from 'zod';
import type { Portal } from '../../compose/portal.ts';
import { linkAccount, linkIdentity, unlinkIdentity } from '../../portal/accounts/change-account.ts';
import { work } from '../command.ts';
import type { CliContext } from '../context.ts';
import { UsageError } from '../console/failure.ts';
import { show } from '../console/output.ts';
import { accountArgument, accountDeps, accountOptions, qlikUserOf, qlikUserOptions } from './account.ts';
import { accountText, sessionsText } from './account-text.ts';

const linkSchema = z.object({ ...accountOptions.shape, ...qlikUserOptions.shape });
const ssoSchema = z.object({
  ...accountOptions.shape,
  issuer: z.url(),
  sub: z.string().min(1).max(255),
});

export function register(user: Command, context: CliContext): void {
  const link = user
    .command('link')
    .description('let an account speak for a Qlik user of its tenant, whoever that is')
    .addArgument(accountArgument())
    .option('--qlik-user-id <id>', 'by its id')
    .option('--qlik-subject <subject>', 'by the subject of the identity provider');
  work(link, linkSchema, async (input) => {
    const qlikUser = qlikUserOf(input);
    if (qlikUser === undefined) throw new UsageError('say which: --qlik-user-id or --qlik-subject');
    const { account } = input;
    const portal = await context.portal();
    const data = await linkAccount(accountDeps(context.terminal, portal), {
      account,
      qlikUser,
      actor: context.actor,
    });
    show(context.terminal, input, { data, text: accountText });
  });

  const unlink = user
    .command('unlink')
    .description('forget which Qlik user it was: the portal finds its own at the next sign-in')
    .addArgument(accountArgument());
  work(unlink, accountOptions, async (input) => {
    const { account } = input;
    const portal = await context.portal();
    const data = await linkAccount(accountDeps(context.terminal, portal), {
      account,
      qlikUser: null,
      actor: context.actor,
    });
    show(context.terminal, input, { data, text: accountText });
  });

  const linkSso = user
    .command('link-sso')
    .description('let a person of an identity provider in to an account that exists')
    .addArgument(accountArgument())
    .requiredOption('--issuer <url>', 'the provider, as its tokens call it')
    .requiredOption('--sub <sub>', 'the person, as its tokens call them');
  work(linkSso, ssoSchema, async (input) => {
    const portal = await context.portal();
    const identity = { issuer: knownIssuer(input.issuer, portal), subject: input.sub };
    const { account } = input;
    const data = await linkIdentity(accountDeps(context.terminal, portal), {
      account,
      identity,
      actor: context.actor,
    });
    show(context.terminal, input, { data, text: accountText });
  });

  const unlinkSso = user
    .command('unlink-sso')
    .description('let a person of an identity provider in no more, and sign out whoever is in')
    .addArgument(accountArgument())
    .requiredOption('--issuer <url>', 'the provider, as `user show` has it')
    .requiredOption('--sub <sub>', 'the person, as `user show` has them');
  work(unlinkSso, ssoSchema, async (input) => {
    const portal = await context.portal();
    const identity = { issuer: input.issuer, subject: input.sub };
    const { account } = input;
    const { account: changed, endedSessions } = await unlinkIdentity(accountDeps(context.terminal, portal), {
      account,
      identity,
      actor: context.actor,
    });
    const data = { user: changed, endedSessions };
    const text = () => `${changed.email} is opened by it no more${sessionsText(endedSessions)}`;
    show(context.terminal, input, { data, text });
  });
}

/** An issuer is compared letter by letter when the person comes: another spelling would never let them in. */
function knownIssuer(issuer: string, { config }: Portal): string {
  const known = config.sso.providers.map((provider) => provider.issuer);
  if (known.includes(issuer)) return issuer;
  const there = known.length === 0 ? 'there is none' : `there are ${[...new Set(known)].join(', ')}`;
  throw new UsageError(`--issuer: is of no provider in SSO_PROVIDERS; ${there}`);
}
