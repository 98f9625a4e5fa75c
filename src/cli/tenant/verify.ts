import type { Command } from 'commander';
import { z } from 'zod';
import type { Verification } from '../../portal/tenants/verify-tenant.ts';
import { changeText } from '../change-text.ts';
import { work } from '../command.ts';
import { EXIT } from '../../domain/exit-codes.ts';
import { show } from '../console/output.ts';
import type { CliContext } from '../context.ts';
import { addManagementOptions, findManagement, managementOptions } from '../management-options.ts';
import { addUserOptions, globalOptions, tenantArgument, tenantId, userOptions, userRef } from '../options.ts';

const schema = z.object({
  ...globalOptions.shape,
  ...managementOptions.shape,
  ...userOptions.shape,
  tenant: tenantId,
});

export function register(tenant: Command, context: CliContext): void {
  const command = tenant
    .command('verify')
    .description('compare the OAuth client with its wanted settings, and request a token; changes nothing')
    .addArgument(tenantArgument());
  work(addUserOptions(addManagementOptions(command)), schema, async (input) => {
    const { terminal } = context;
    const { tenants } = await context.administration();
    const result = await tenants.verify({
      tenantId: input.tenant,
      management: await findManagement(terminal, input, await tenants.find(input.tenant)),
      proofUser: userRef(input),
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
      ? ['not compared: no management credentials given or stored']
      : drift.map((each) => `differs  ${changeText(each)}`);
  return [
    `client ${clientId}`,
    ...(drift?.length === 0 ? ['settings are as wanted'] : compared),
    provedAs === undefined ? 'the tenant accepts its credentials' : `its token impersonates ${provedAs.id}`,
  ].join('\n');
}
