import type { Command } from 'commander';
import { z } from 'zod';
import { duration } from '../config/formats.ts';
import type { AuditFilter, RecordedAuditEvent } from '../domain/ports/audit-log.ts';
import { work } from './command.ts';
import type { CliContext } from './context.ts';
import { globalOptions } from './options.ts';
import { instant, show, table } from './console/output.ts';

const AGO = duration({ mostDays: 3650 }).transform((ms) => ({ ago: ms }));
const AT = z
  .union([z.iso.date(), z.iso.datetime({ offset: true })])
  .transform((text) => ({ at: Date.parse(text) }));
const moment = z.union([AT, AGO], 'a day (2026-01-31), a time (2026-01-31T12:00:00Z), or a duration (24h)');

/** `at.id` of the last event on the page before. */
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
    .description('list events of the audit log, newest first')
    .option('--tenant <tenant>', 'events of this tenant, also of a removed one')
    .option('--user <account>', 'events of this account (e-mail or id), also of a removed one')
    .option('--actor <actor>', 'events by this actor: an account id, or ops:NAME for the command line')
    .option('--action <action>', 'events of this action, such as tenant.rotate')
    .option('--failed', 'failed events')
    .option('--address <address>', 'events from this IP address')
    .option('--request <id>', 'events of the request with this id')
    .option('--since <when>', 'from a day, a time, or a duration ago: 2026-01-31, 2026-01-31T12:00:00Z, 24h')
    .option('--until <when>', 'until then, exclusive; same formats')
    .option('--limit <count>', 'page size, 1 to 1000 (default: 50)')
    .option('--next <cursor>', 'cursor from the page before');
  work(command, schema, async (input) => {
    const portal = await context.administration();
    const events = await portal.readAudit({ user: input.user, ...filterOf(input, portal.clock.now()) });
    const last = events.length < input.limit ? undefined : events.at(-1);
    const next = last === undefined ? null : `${last.at}.${last.id}`;
    const data = { events: events.map((event) => ({ ...event, at: instant(event.at) })), next };
    show(context.terminal, input, {
      data,
      text: () => eventTable(events) + (next === null ? '' : `\nmore: --next ${next}`),
    });
  });
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
