import type { Command } from 'commander';
import { z } from 'zod';
import { verifyTenant, type Verification } from '../../portal/tenants/verify-tenant.ts';
import { addAdminOptions, adminOptions, findAdmin } from '../management-options.ts';
import { work } from '../command.ts';
import type { CliContext } from '../context.ts';
import { EXIT } from '../../domain/exit-codes.ts';
import { addUserOptions, globalOptions, tenantArgument, tenantId, userOptions, userRef } from '../options.ts';
import { openOps } from '../ops.ts';
import { show } from '../console/output.ts';
import { driftText } from './drift-text.ts';

const schema = z.object({
  ...globalOptions.shape,
  ...adminOptions.shape,
  ...userOptions.shape,
  tenant: tenantId,
});

export function register(tenant: Command, context: CliContext): void {
  const command = tenant
    .command('verify')
    .description('compare the client with what it ought to be, and try it; changes nothing')
    .addArgument(tenantArgument());
  work(addUserOptions(addAdminOptions(command)), schema, async (input) => {
    const { terminal } = context;
    const portal = await context.portal();
    const { deps } = openOps(terminal, portal);
    const known = await deps.tenants.find(input.tenant);
    const result = await verifyTenant(deps, {
      tenantId: input.tenant,
      admin: await findAdmin(terminal, input, known),
      proofUser: userRef(input),
      portalOrigin: portal.config.publicUrl,
    });
    if (result.drift !== undefined && result.drift.length > 0) context.exitWith(EXIT.found);
    const { clientId, drift = null, provedAs } = result;
    const data = { clientId, drift, provedAs: provedAs?.id ?? null };
    show(terminal, input, { data, text: () => verificationText(result) });
  });
}

function verificationText({ clientId, drift, provedAs }: Verification): string {
  const compared =
    drift === undefined
      ? ['not compared: no administration was given or is stored']
      : drift.map((each) => `drifted  ${driftText(each)}`);
  const proof =
    provedAs === undefined ? 'the tenant takes its credentials' : `a token of it speaks for ${provedAs.id}`;
  return [`client ${clientId}`, ...(drift?.length === 0 ? ['as it ought to be'] : compared), proof].join(
    '\n',
  );
}
