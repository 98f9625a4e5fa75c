import type { Command } from 'commander';
import { z } from 'zod';
import { duration } from '../config/formats.ts';
import type { Portal } from '../compose/portal.ts';
import { hasCode } from '../domain/errors.ts';
import type { AuditFilter, AuditTrail, RecordedAuditEvent } from '../domain/ports/audit-log.ts';
import { normaliseEmail } from '../domain/model/account.ts';
import { requireAccount } from '../portal/accounts/find-account.ts';
import { work } from './command.ts';
import type { CliContext } from './context.ts';
import { globalOptions } from './options.ts';
import { instant, show, table } from './console/output.ts';

const AGO = duration({ mostDays: 3650 }).transform((ms) => ({ ago: ms }));
const AT = z
  .union([z.iso.date(), z.iso.datetime({ offset: true })])
  .transform((text) => ({ at: Date.parse(text) }));
const moment = z.union([AT, AGO], 'a day (2026-01-31), a time (2026-01-31T12:00:00Z), or how long ago (24h)');

/** The last event that was shown, as `--next` carries it: `at.id`. */
const cursor = z
  .string()
  .regex(/^\d{1,15}\.[\w-]{1,100}$/, 'not a cursor of this command')
  .transform((text) => {
    const [at = '', id = ''] = text.split('.');
    return { at: Number(at), id };
  });

const schema = z.object({
  ...globalOptions.shape,
  tenant: z.string().toLowerCase().optional(),
  user: z.string().min(1).optional(),
  actor: z.string().min(1).optional(),
  action: z.string().min(1).optional(),
  failed: z.boolean().default(false),
  address: z.string().min(1).optional(),
  request: z.string().min(1).optional(),
  since: moment.optional(),
  until: moment.optional(),
  limit: z.coerce.number('a number').int().min(1).max(1000).default(50),
  next: cursor.optional(),
});
type Input = z.output<typeof schema>;

export function register(program: Command, context: CliContext): void {
  const command = program
    .command('audit')
    .description('what was done, by whom and with which result, newest first')
    .option('--tenant <tenant>', 'only about this tenant, also one that is removed')
    .option('--user <account>', 'only about this account, also one that is removed: its e-mail, or its id')
    .option('--actor <actor>', 'only by this actor: an account id, or ops:NAME for the command line')
    .option('--action <action>', 'only this action, such as tenant.rotate')
    .option('--failed', 'only what failed')
    .option('--address <address>', 'only what came from this address')
    .option('--request <id>', 'only what was done for the request with this id, as in the log')
    .option('--since <when>', 'a day, a time, or how long ago: 2026-01-31, 2026-01-31T12:00:00Z, 24h')
    .option('--until <when>', 'the same, exclusive')
    .option('--limit <count>', 'events at most (50, at most 1000)')
    .option('--next <cursor>', 'the events before the one that gave this cursor');
  work(command, schema, async (input) => {
    const { storage, clock } = await context.portal();
    const userId = input.user?.includes('@') ? await accountWith(input.user, storage) : input.user;
    const events = await storage.audit.read({
      ...filterOf(input, clock.now()),
      ...(userId !== undefined && { userId }),
    });
    const last = events.length < input.limit ? undefined : events.at(-1);
    const next = last === undefined ? null : `${last.at}.${last.id}`;
    const data = { events: events.map((event) => ({ ...event, at: instant(event.at) })), next };
    show(context.terminal, input, {
      data,
      text: () => eventTable(events) + (next === null ? '' : `\nmore: --next ${next}`),
    });
  });
}

/** The account that has the e-mail, or else the last one that had it when it was removed. */
async function accountWith(email: string, { accounts, audit }: Portal['storage']): Promise<string> {
  try {
    return (await requireAccount(accounts, email)).id;
  } catch (error) {
    if (!hasCode(error, 'not_found')) throw error;
    const removed = await removedAccount(normaliseEmail(email), audit);
    if (removed === undefined) throw error;
    return removed;
  }
}

async function removedAccount(email: string | undefined, audit: AuditTrail): Promise<string | undefined> {
  let before: AuditFilter['before'];
  do {
    const page = await audit.read({ action: 'user.remove', limit: 1000, ...(before && { before }) });
    const found = page.find(({ detail }) => email !== undefined && detail?.['email'] === email);
    if (found !== undefined) return found.userId;
    before = page.at(-1);
  } while (before !== undefined);
  return undefined;
}

function filterOf(
  { tenant, actor, action, failed, address, request, since, until, limit, next }: Input,
  now: number,
): AuditFilter {
  const ms = (when: z.output<typeof moment>) => ('at' in when ? when.at : now - when.ago);
  return {
    limit,
    ...(tenant !== undefined && { tenantId: tenant }),
    ...(actor !== undefined && { actor }),
    ...(action !== undefined && { action }),
    ...(failed && { result: 'failed' }),
    ...(address !== undefined && { address }),
    ...(request !== undefined && { requestId: request }),
    ...(since !== undefined && { since: ms(since) }),
    ...(until !== undefined && { until: ms(until) }),
    ...(next !== undefined && { before: next }),
  };
}

function eventTable(events: readonly RecordedAuditEvent[]): string {
  const rows = events.map(
    ({ at, action, result, actor, tenantId, userId, requestId, address, detail = {} }) => [
      instant(at),
      action,
      result,
      actor,
      tenantId ?? '-',
      userId ?? '-',
      requestId ?? '-',
      [...(address === undefined ? [] : [['address', address]]), ...Object.entries(detail)]
        .map(([name, value]) => `${name}=${String(value)}`)
        .join(' '),
    ],
  );
  return table(['at', 'action', 'result', 'actor', 'tenant', 'account', 'request', 'detail'], rows);
}
