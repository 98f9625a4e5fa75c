import type { Command } from 'commander';
import { z } from 'zod';
import { composeAdministration } from '../compose/administration.ts';
import type { Portal } from '../compose/portal.ts';
import type { PlannedCall } from '../domain/model/ops.ts';
import { printable, show } from './console/output.ts';
import type { Terminal } from './console/terminal.ts';

export const dryRunOption = z.object({ dryRun: z.boolean().default(false) });

export function addDryRunOption(command: Command): Command {
  return command.option(
    '--dry-run',
    'print the calls that would be made, and make none that changes anything',
  );
}

/** The parts for commands that deal with tenants, and what a dry run would have sent. */
export function openOps(terminal: Terminal, portal: Portal, { dryRun = false }: { dryRun?: boolean } = {}) {
  const planned: PlannedCall[] = [];
  const deps = composeAdministration(portal, {
    patience: ({ reason, ms }) => terminal.err(`waiting ${Math.ceil(ms / 1000)} s: ${printable(reason)}`),
    ...(dryRun && { dryRun: (call: PlannedCall) => void planned.push(call) }),
  });
  return { deps, planned };
}

/** What a command that was only planned has to show: the calls, in place of its result. */
export function showPlanned(
  terminal: Terminal,
  output: { json: boolean },
  planned: readonly PlannedCall[],
): void {
  show(terminal, output, { data: { planned }, text: () => planned.map(callText).join('\n\n') });
}

/** One planned call as people read it. */
function callText({ method, url, headers, body }: PlannedCall): string {
  const lines = Object.entries(headers).map(([name, value]) => `  ${name}: ${value}`);
  const json =
    body === undefined
      ? []
      : JSON.stringify(body, undefined, 2)
          .split('\n')
          .map((line) => `  ${line}`);
  return [`${method} ${url}`, ...lines, ...json].join('\n');
}
