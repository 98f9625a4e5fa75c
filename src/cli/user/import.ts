import type { Command } from 'commander';
import { z } from 'zod';
import type { ImportResult } from '../../portal/accounts/import-accounts.ts';
import { IMPORT_COLUMNS } from '../../portal/accounts/import-row.ts';
import { work } from '../command.ts';
import type { CliContext } from '../context.ts';
import { readCsv } from '../console/csv-file.ts';
import { EXIT } from '../../domain/exit-codes.ts';
import { globalOptions, tenantId as tenantName } from '../options.ts';
import { show } from '../console/output.ts';
import { printable } from '../console/safe-text.ts';
import { createLinksFile } from './invites-file.ts';

const PROGRESS_EVERY = 5_000;

const schema = z.object({
  ...globalOptions.shape,
  file: z.string().min(1),
  tenant: tenantName,
  links: z.string().min(1).optional(),
  delimiter: z
    .enum([',', ';', 'tab'], ', or ; or tab')
    .default(',')
    .transform((name) => (name === 'tab' ? '\t' : name)),
  qlikLinks: z.boolean().default(false),
  dryRun: z.boolean().default(false),
  partial: z.boolean().default(false),
});

export function register(user: Command, context: CliContext): void {
  const command = user
    .command('import')
    .description('create accounts from a CSV file; none if any line is invalid')
    .argument('<file>', 'CSV in UTF-8 with the columns email, name, groups (separated by |)')
    .requiredOption('--tenant <tenant>', 'tenant of the accounts')
    .option('--links <file>', 'new file for a password link of each account')
    .option('--delimiter <character>', 'column delimiter: , or ; or tab (default: ,)')
    .option(
      '--qlik-links',
      'accept a column qlik_user_id: map each account to this Qlik user, without checking it in the tenant',
    )
    .option('--dry-run', 'print invalid lines, and create nothing')
    .option('--partial', 'skip invalid lines, and create the other accounts');
  work(command, schema, (input) => importFile(context, input));
}

async function importFile(context: CliContext, input: z.output<typeof schema>): Promise<void> {
  const { terminal, actor } = context;
  const { tenant: tenantId, file, delimiter, dryRun, partial } = input;
  const { accounts, tenants } = await context.administration();
  await tenants.get(tenantId);
  const links = input.links === undefined || dryRun ? undefined : await createLinksFile(input.links);
  // Ops decide which Qlik users are impersonated, not the author of the list.
  const columns = IMPORT_COLUMNS.filter((column) => column !== 'qlik_user_id' || input.qlikLinks);
  let result: ImportResult | undefined;
  try {
    result = await accounts.import({
      rows: () => readCsv(file, { columns, required: 'email', delimiter }),
      tenantId,
      dryRun,
      partial,
      actor,
      progress: (done, rows) => {
        if (!input.json && rows % PROGRESS_EVERY === 0) terminal.err(`${done} ${rows} rows`);
      },
      ...(links && { saveInvites: links.write }),
    });
  } finally {
    await links?.close({ keep: (result?.added ?? 0) > 0 });
  }
  const { failure, ...told } = result;
  if (result.faulty > 0) context.exitWith(partial ? EXIT.found : EXIT.data);
  show(terminal, input, { data: { ...told, dryRun }, text: (data) => resultText(data) });
  if (failure !== undefined) throw failure;
}

function resultText({
  rows,
  added,
  faulty,
  faults,
  dryRun,
}: Omit<ImportResult, 'failure'> & { dryRun: boolean }): string {
  const lines = faults.map(({ line, problem }) => `line ${line}: ${printable(problem)}`);
  const more = faulty > faults.length ? [`and ${faulty - faults.length} more`] : [];
  const done = dryRun ? `${rows - faulty} of ${rows} can be added` : `${added} of ${rows} were added`;
  return [...lines, ...more, done].join('\n');
}
