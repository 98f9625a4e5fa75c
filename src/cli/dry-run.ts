import type { Command } from 'commander';
import { z } from 'zod';
import type { PlannedChange } from '../portal/tenants/planned-change.ts';
import { planText } from './change-text.ts';
import { show } from './console/output.ts';
import type { Terminal } from './console/terminal.ts';

export const dryRunOption = z.object({ dryRun: z.boolean().default(false) });

export function addDryRunOption(command: Command): Command {
  return command.option('--dry-run', 'print what would be changed, and change nothing');
}

/** What a dry run prints instead of the result. */
export function showPlan(
  terminal: Terminal,
  output: { readonly json: boolean },
  planned: readonly PlannedChange[],
): void {
  show(terminal, output, { data: { planned }, text: () => planText(planned) });
}
