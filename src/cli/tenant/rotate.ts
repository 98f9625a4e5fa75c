import type { Command } from 'commander';
import { z } from 'zod';
import type { RotateResult } from '../../portal/tenants/rotate/rotate-credentials.ts';
import type { RotateTo } from '../../portal/tenants/rotate/rotation.ts';
import { work } from '../command.ts';
import { show } from '../console/output.ts';
import type { CliContext } from '../context.ts';
import { addDryRunOption, dryRunOption, showPlan } from '../dry-run.ts';
import { addManagementOptions, managementOptions, requireManagement } from '../management-options.ts';
import { addUserOptions, globalOptions, tenantArgument, tenantId, userOptions, userRef } from '../options.ts';

const DEFAULT_GRACE_S = 30;

const schema = z
  .object({
    ...globalOptions.shape,
    ...managementOptions.shape,
    ...userOptions.shape,
    tenant: tenantId,
    privateKeyJwt: z
      .union(
        [z.literal(true).transform(() => 'ES384' as const), z.enum(['ES384', 'RS256', 'RS512'])],
        'ES384, RS256 or RS512',
      )
      .optional(),
    clientSecret: z.boolean().default(false),
    grace: z.coerce.number('a number of seconds').min(0).max(3600).default(DEFAULT_GRACE_S),
    prune: z.boolean().default(false),
    ...dryRunOption.shape,
  })
  .refine(({ privateKeyJwt, clientSecret }) => privateKeyJwt === undefined || !clientSecret, {
    path: ['clientSecret'],
    message: 'not together with --private-key-jwt',
  });

export function register(tenant: Command, context: CliContext): void {
  const command = tenant
    .command('rotate')
    .description("replace the client's secret or key without downtime")
    .addArgument(tenantArgument())
    .option(
      '--private-key-jwt [algorithm]',
      'authenticate with a key instead of a secret (RFC 7523): ES384 (default), RS256 or RS512',
    )
    .option('--client-secret', 'authenticate with a secret again instead of a key')
    .option(
      '--grace <seconds>',
      `time until the old one is removed, for requests under way (default: ${DEFAULT_GRACE_S})`,
    )
    .option('--prune', 'also delete secrets and keys of the client that the portal does not use');
  work(addUserOptions(addManagementOptions(addDryRunOption(command))), schema, (input) =>
    rotate(context, input),
  );
}

async function rotate(context: CliContext, input: z.output<typeof schema>): Promise<void> {
  const { terminal, actor } = context;
  const { tenants } = await context.administration();
  const stored = await tenants.get(input.tenant);
  const to = wanted(input);
  const proofUser = userRef(input);
  const request = {
    tenantId: input.tenant,
    management: await requireManagement(terminal, input, stored),
    actor,
    graceMs: input.grace * 1000,
    prune: input.prune,
    ...(to !== undefined && { to }),
    ...(proofUser !== undefined && { proofUser }),
    progress: (step: string) => input.json || terminal.err(`${input.tenant}: ${step}`),
  };
  if (input.dryRun) showPlan(terminal, input, await tenants.planRotation(request));
  else show(terminal, input, { data: await tenants.rotate(request), text: resultText });
}

function wanted({ privateKeyJwt, clientSecret }: z.output<typeof schema>): RotateTo | undefined {
  if (privateKeyJwt !== undefined) return { method: 'private_key_jwt', algorithm: privateKeyJwt };
  return clientSecret ? { method: 'client_secret' } : undefined;
}

function resultText({ clientId, method, otherSecrets, otherKeys }: RotateResult): string {
  const others = [...otherSecrets, ...otherKeys].join(', ');
  const unused = others === '' ? '' : `\nnot used by the portal: ${others} (--prune deletes them)`;
  return `client ${clientId} has a new ${method === 'client_secret' ? 'secret' : 'key'}${unused}`;
}
