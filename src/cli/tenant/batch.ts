import type { Command } from 'commander';
import { z } from 'zod';
import type { ApplyOutcome, PlanOutcome } from '../../portal/tenants/apply-tenants.ts';
import type { TenantPlan } from '../../portal/tenants/plan-tenants.ts';
import { work } from '../command.ts';
import type { CliContext } from '../context.ts';
import { EXIT } from '../../domain/exit-codes.ts';
import { failureOf } from '../console/failure.ts';
import { globalOptions } from '../options.ts';
import { show } from '../console/output.ts';
import { progressBar } from '../console/progress-bar.ts';
import { changeText } from '../change-text.ts';
import { readTenantsFile } from './tenants-file.ts';

const schema = z.object({
  ...globalOptions.shape,
  file: z.string().min(1),
  concurrency: z.coerce.number().int().min(1).max(32).default(4),
});

export function register(tenant: Command, context: CliContext): void {
  const plan = batchCommand(
    tenant,
    'plan',
    'compare a tenants file with the portal and its tenants; changes nothing',
  );
  work(plan, schema, async (input) => {
    const { tenants, batch } = await prepare(context, input);
    const outcomes = await tenants.plan(batch);
    if (outcomes.some((each) => 'error' in each || each.action !== 'none')) context.exitWith(EXIT.found);
    show(context.terminal, input, {
      data: outcomes.map(planData),
      text: () => outcomes.map(planText).join('\n'),
    });
  });

  const apply = batchCommand(tenant, 'apply', 'apply a tenants file');
  work(apply, schema, async (input) => {
    const { tenants, batch } = await prepare(context, input);
    const outcomes = await tenants.apply({ ...batch, actor: context.actor });
    const failed = outcomes.filter((each) => 'error' in each).length;
    if (failed > 0) context.exitWith(EXIT.found);
    const summary = `${outcomes.length - failed} tenants applied, ${failed} failed`;
    const text = () => [...outcomes.map(applyText), summary].join('\n');
    show(context.terminal, input, { data: outcomes.map(applyData), text });
  });
}

function batchCommand(tenant: Command, name: string, description: string): Command {
  return tenant
    .command(name)
    .description(description)
    .requiredOption('-f, --file <file>', 'tenants.yaml; - reads standard input')
    .option('--concurrency <count>', 'tenants in parallel (default: 4)');
}

async function prepare(context: CliContext, { file, json, concurrency }: z.output<typeof schema>) {
  const { terminal } = context;
  const { tenants } = await context.administration();
  const specs = await readTenantsFile(terminal, file);
  const bar = progressBar(terminal, { total: specs.length, silent: json });
  return {
    tenants,
    batch: {
      specs,
      concurrency,
      done: (outcome: PlanOutcome | ApplyOutcome) =>
        bar(`${outcome.id}${'error' in outcome ? ' failed' : ''}`),
    },
  };
}

function errorData(error: unknown) {
  const { exitCode: _exitCode, ...failure } = failureOf(error);
  return failure;
}

function errorText(id: string, error: unknown): string {
  const failure = failureOf(error);
  return `✗ ${id}: ${'message' in failure ? failure.message : 'failed'}`;
}

function planData(outcome: PlanOutcome) {
  return 'error' in outcome ? { id: outcome.id, error: errorData(outcome.error) } : outcome;
}

function planText(outcome: PlanOutcome): string {
  return 'error' in outcome ? errorText(outcome.id, outcome.error) : changeLines(outcome).join('\n');
}

const SIGNS = { create: '+', change: '~', none: '=' } as const;

function changeLines({ id, action, here, drift, clientIsGone }: TenantPlan): string[] {
  const unasked = action !== 'create' && drift === undefined && !clientIsGone;
  return [
    `${SIGNS[action]} ${id}${action === 'create' ? ': not provisioned yet' : ''}${unasked ? ' (client not compared: no management credentials)' : ''}`,
    ...here.map((field) => `    ${field} differs in the portal`),
    ...(clientIsGone ? ['    the client was deleted in the tenant'] : []),
    ...(drift ?? []).map((each) => `    ${changeText(each)}`),
  ];
}

function applyData(outcome: ApplyOutcome) {
  if ('error' in outcome) return { id: outcome.id, error: errorData(outcome.error) };
  const { id, plan, clientId = null, warnings } = outcome;
  return { id, action: plan.action, clientId, warnings };
}

const DONE = { create: 'provisioned', change: 'changed', none: 'unchanged' } as const;

function applyText(outcome: ApplyOutcome): string {
  if ('error' in outcome) return errorText(outcome.id, outcome.error);
  const { id, plan, warnings } = outcome;
  return [`✓ ${id}: ${DONE[plan.action]}`, ...warnings.map((each) => `    warning  ${each}`)].join('\n');
}
