import type { Command } from 'commander';
import { z } from 'zod';
import type { QlikUserRef } from '../../domain/model/account.ts';
import { work } from '../command.ts';
import type { CliContext } from '../context.ts';
import { UsageError } from '../console/failure.ts';
import { show } from '../console/output.ts';
import { accountArgument, accountOptions, qlikUserOf, qlikUserOptions } from './account.ts';
import { accountText, sessionsText } from './account-text.ts';

const linkSchema = z.object({ ...accountOptions.shape, ...qlikUserOptions.shape });
const ssoSchema = z.object({
  ...accountOptions.shape,
  issuer: z.url(),
  sub: z.string().min(1).max(255),
});

export function register(user: Command, context: CliContext): void {
  const { actor } = context;
  const link = user
    .command('link')
    .description('map an account to a Qlik user, without checking it in the tenant')
    .addArgument(accountArgument())
    .option('--qlik-user-id <id>', 'id of the Qlik user')
    .option('--qlik-subject <subject>', 'subject of the Qlik user');
  work(link, linkSchema, async (input) => {
    const qlikUser = qlikUserOf(input);
    if (qlikUser === undefined) throw new UsageError('give --qlik-user-id or --qlik-subject');
    await mapAccount(context, input, qlikUser);
  });

  const unlink = user
    .command('unlink')
    .description('remove the mapping: the next sign-in maps the account again')
    .addArgument(accountArgument());
  work(unlink, accountOptions, (input) => mapAccount(context, input, null));

  const linkSso = user
    .command('link-sso')
    .description('link an identity of an identity provider to an account')
    .addArgument(accountArgument())
    .requiredOption('--issuer <url>', 'issuer (iss claim)')
    .requiredOption('--sub <sub>', 'subject (sub claim)');
  work(linkSso, ssoSchema, async (input) => {
    const { accounts } = await context.administration();
    requireIssuer(input.issuer, accounts.issuers);
    const { account, issuer, sub: subject } = input;
    const data = await accounts.linkIdentity({ account, identity: { issuer, subject }, actor });
    show(context.terminal, input, { data, text: accountText });
  });

  const unlinkSso = user
    .command('unlink-sso')
    .description('unlink an identity, and end the sessions of the account')
    .addArgument(accountArgument())
    .requiredOption('--issuer <url>', 'issuer, as printed by portal user show')
    .requiredOption('--sub <sub>', 'subject, as printed by portal user show');
  work(unlinkSso, ssoSchema, async (input) => {
    const { accounts } = await context.administration();
    const { account, issuer, sub: subject } = input;
    const result = await accounts.unlinkIdentity({ account, identity: { issuer, subject }, actor });
    const { account: changed, endedSessions } = result;
    const data = { user: changed, endedSessions };
    const text = () => `identity unlinked from ${changed.email}${sessionsText(endedSessions)}`;
    show(context.terminal, input, { data, text });
  });
}

async function mapAccount(
  context: CliContext,
  input: z.output<typeof accountOptions>,
  qlikUser: QlikUserRef | null,
): Promise<void> {
  const { terminal, actor } = context;
  const { accounts } = await context.administration();
  const data = await accounts.mapQlikUser({ account: input.account, qlikUser, actor });
  show(terminal, input, { data, text: accountText });
}

/** Sign-in compares issuers by exact match: one that is spelled differently would never match. */
function requireIssuer(issuer: string, issuers: readonly string[]): void {
  if (issuers.includes(issuer)) return;
  throw new UsageError(
    `--issuer: no provider in SSO_PROVIDERS has it; configured: ${issuers.join(', ') || 'none'}`,
  );
}
