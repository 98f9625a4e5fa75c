import { composeOps, type Portal } from '../compose.ts';
import type { PlannedCall } from '../domain/ops.ts';
import { printable } from './output.ts';
import type { Terminal } from './terminal.ts';

/** The parts for commands that deal with tenants, and what a dry run would have sent. */
export function openOps(terminal: Terminal, portal: Portal, { dryRun = false }: { dryRun?: boolean } = {}) {
  const planned: PlannedCall[] = [];
  const deps = composeOps(portal, {
    patience: ({ reason, ms }) => terminal.err(`waiting ${Math.ceil(ms / 1000)} s: ${printable(reason)}`),
    ...(dryRun && { dryRun: (call: PlannedCall) => void planned.push(call) }),
  });
  return { deps, planned };
}

/** One planned call as people read it. */
export function callText({ method, url, headers, body }: PlannedCall): string {
  const lines = Object.entries(headers).map(([name, value]) => `  ${name}: ${value}`);
  const json =
    body === undefined
      ? []
      : JSON.stringify(body, undefined, 2)
          .split('\n')
          .map((line) => `  ${line}`);
  return [`${method} ${url}`, ...lines, ...json].join('\n');
}
