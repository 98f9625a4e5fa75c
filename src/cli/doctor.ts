import type { Command } from 'commander';
import { z } from 'zod';
import type { Administration } from '../compose/administration.ts';
import { ConfigError } from '../config/config.ts';
import { invalidConfiguration, type Examination } from '../portal/doctor/examine.ts';
import { work } from './command.ts';
import { EXIT } from '../domain/exit-codes.ts';
import { show } from './console/output.ts';
import type { CliContext } from './context.ts';
import { doctorText } from './doctor-text.ts';
import { addManagementOptions, findManagement, managementOptions } from './management-options.ts';
import { addUserOptions, globalOptions, tenantId, userOptions, userRef } from './options.ts';

const schema = z.object({
  ...globalOptions.shape,
  ...managementOptions.shape,
  ...userOptions.shape,
  tenant: tenantId.optional(),
});
type Input = z.output<typeof schema>;

export function register(program: Command, context: CliContext): void {
  const command = program
    .command('doctor')
    .description('check the portal and its tenants: what is wrong, why it matters, how to fix it')
    .argument('[tenant]', 'check this tenant only');
  work(addUserOptions(addManagementOptions(command)), schema, async (input) => {
    const examinations = await examine(context, input);
    const faults = examinations
      .flatMap(({ checks }) => checks)
      .filter(({ status }) => status === 'fault').length;
    if (faults > 0) context.exitWith(EXIT.found);
    show(context.terminal, input, {
      data: { healthy: faults === 0, examinations: examinations.map(examinationData) },
      text: () => doctorText(examinations),
    });
  });
}

async function examine(context: CliContext, input: Input): Promise<Examination[]> {
  let portal: Administration;
  try {
    portal = await context.administrationAsIs();
  } catch (error) {
    if (error instanceof ConfigError) return [invalidConfiguration(error.message)];
    throw error;
  }
  return portal.examine({
    tenantId: input.tenant,
    user: userRef(input),
    management: await findManagement(context.terminal, input),
  });
}

function examinationData({ tenant, checks }: Examination) {
  return {
    tenant,
    checks: checks.map(({ fix, ...check }) => ({ ...check, ...(fix !== undefined && { mend: fix }) })),
  };
}
