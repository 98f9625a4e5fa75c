import type { Command } from 'commander';
import { z } from 'zod';
import { importAccounts, type ImportResult } from '../../portal/accounts/import-accounts.ts';
import { IMPORT_COLUMNS } from '../../portal/accounts/import-row.ts';
import { requireTenant } from '../../portal/tenants/provision/tenant-record.ts';
import { work } from '../command.ts';
import type { CliContext } from '../context.ts';
import { readCsv } from '../console/csv-file.ts';
import { EXIT } from '../../domain/exit-codes.ts';
import { globalOptions, tenantId as tenantName } from '../options.ts';
import { printable, show } from '../console/output.ts';
import { createLinksFile } from './links-file.ts';

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
    .description('add a list of people to a tenant: all of them, or none where a line is wrong')
    .argument('<file>', 'CSV in UTF-8; columns email, name, groups (separated by |)')
    .requiredOption('--tenant <tenant>', 'whose people they are')
    .option('--links <file>', 'make a link to the first password for each, and write them to this new file')
    .option('--delimiter <character>', 'between values: , or ; or tab (,)')
    .option('--qlik-links', 'take a column qlik_user_id: whom each speaks for, whoever that is')
    .option('--dry-run', 'say what is wrong, and add nobody')
    .option('--partial', 'add the others where a line is wrong');
  work(command, schema, (input) => importFile(context, input));
}

async function importFile(context: CliContext, input: z.output<typeof schema>): Promise<void> {
  const { terminal, actor } = context;
  const { tenant: tenantId, file, delimiter, dryRun, partial } = input;
  const { storage, config, clock } = await context.portal();
  await requireTenant(storage.tenants, tenantId);
  const links = input.links === undefined || dryRun ? undefined : await createLinksFile(input.links);
  // Whom people speak for is for ops to say, not for who wrote the list.
  const columns = IMPORT_COLUMNS.filter((column) => column !== 'qlik_user_id' || input.qlikLinks);
  let result: ImportResult | undefined;
  try {
    result = await importAccounts(
      { accountImport: storage.accountImport, audit: storage.audit, publicUrl: config.publicUrl, clock },
      {
        rows: () => readCsv(file, { columns, required: 'email', delimiter }),
        tenantId,
        dryRun,
        partial,
        actor,
        progress: (done, rows) => {
          if (!input.json && rows % PROGRESS_EVERY === 0) terminal.err(`${done} ${rows} rows`);
        },
        ...(links && { keepLinks: links.write }),
      },
    );
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
