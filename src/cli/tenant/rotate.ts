import type { Command } from 'commander';
import { z } from 'zod';
import { PortalError } from '../../domain/errors.ts';
import { requireTenant } from '../../portal/tenants/provision/tenant-record.ts';
import {
  rotateCredentials,
  type RotateResult,
  type RotateTo,
} from '../../portal/tenants/rotate/rotate-credentials.ts';
import { addAdminOptions, adminOptions, requireAdmin } from '../management-options.ts';
import { work } from '../command.ts';
import type { CliContext } from '../context.ts';
import { addUserOptions, globalOptions, tenantArgument, tenantId, userOptions, userRef } from '../options.ts';
import { addDryRunOption, dryRunOption, openOps, showPlanned } from '../ops.ts';
import { show } from '../console/output.ts';

const DEFAULT_GRACE_S = 30;

const schema = z
  .object({
    ...globalOptions.shape,
    ...adminOptions.shape,
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
    .description("replace the client's secret or key; people notice nothing")
    .addArgument(tenantArgument())
    .option(
      '--private-key-jwt [algorithm]',
      'sign with a key instead of a secret (RFC 7523): ES384, RS256 or RS512',
    )
    .option('--client-secret', 'go back from a key to a secret')
    .option(
      '--grace <seconds>',
      `how long the old one stays good for requests under way (${DEFAULT_GRACE_S})`,
    )
    .option('--prune', 'also remove secrets and keys of the client that the portal does not use');
  work(addUserOptions(addAdminOptions(addDryRunOption(command))), schema, (input) => rotate(context, input));
}

async function rotate(context: CliContext, input: z.output<typeof schema>): Promise<void> {
  const { terminal } = context;
  const portal = await context.portal();
  if (portal.config.singleTenant?.id === input.tenant) {
    // The next start would write the variable over whatever is stored.
    throw new PortalError('conflict', {
      detail: `the secret of ${input.tenant} is set by QLIK_CLIENT_SECRET`,
    });
  }
  const { deps, planned } = openOps(terminal, portal, input);
  const known = await requireTenant(deps.tenants, input.tenant);
  const to = wanted(input);
  const proofUser = userRef(input);
  const result = await rotateCredentials(deps, {
    tenantId: input.tenant,
    admin: await requireAdmin(terminal, input, known),
    actor: context.actor,
    graceMs: input.dryRun ? 0 : input.grace * 1000,
    prune: input.prune,
    ...(to !== undefined && { to }),
    ...(proofUser !== undefined && { proofUser }),
    progress: (step) => input.json || input.dryRun || terminal.err(`${input.tenant}: ${step}`),
  });
  if (input.dryRun) showPlanned(terminal, input, planned);
  else show(terminal, input, { data: result, text: resultText });
}

function wanted({ privateKeyJwt, clientSecret }: z.output<typeof schema>): RotateTo | undefined {
  if (privateKeyJwt !== undefined) return { method: 'private_key_jwt', algorithm: privateKeyJwt };
  return clientSecret ? { method: 'client_secret' } : undefined;
}

function resultText({ clientId, method, otherSecrets, otherKeys }: RotateResult): string {
  const others = [...otherSecrets, ...otherKeys].join(', ');
  const unused = others === '' ? '' : `\nthe portal does not use: ${others} (--prune removes them)`;
  return `client ${clientId} has a new ${method === 'client_secret' ? 'secret' : 'key'}${unused}`;
}
