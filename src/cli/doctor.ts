import type { Command } from 'commander';
import { z } from 'zod';
import { composeDoctor } from '../compose/administration.ts';
import type { Portal } from '../compose/portal.ts';
import { ConfigError } from '../config/config.ts';
import type { TenantId } from '../domain/model/ids.ts';
import type { QlikUserRef } from '../domain/model/account.ts';
import {
  examineCookies,
  examinePortal,
  examineTenant,
  findingOf,
  type CheckReport,
} from '../portal/doctor/examine.ts';
import { addAdminOptions, adminOptions, findAdmin } from './management-options.ts';
import { work } from './command.ts';
import type { CliContext } from './context.ts';
import { doctorText } from './doctor-text.ts';
import { EXIT } from '../domain/exit-codes.ts';
import { addUserOptions, globalOptions, tenantId, userOptions, userRef } from './options.ts';
import { show } from './console/output.ts';

const schema = z.object({
  ...globalOptions.shape,
  ...adminOptions.shape,
  ...userOptions.shape,
  tenant: tenantId.optional(),
});
type Input = z.output<typeof schema>;

/** Checks of the portal, or of one tenant. */
export interface Examination {
  /** null for the portal itself. */
  readonly tenant: TenantId | null;
  readonly checks: readonly CheckReport[];
}

export function register(program: Command, context: CliContext): void {
  const command = program
    .command('doctor')
    .description('check the portal and its tenants: what was found, why it matters, how to mend it')
    .argument('[tenant]', 'one tenant only');
  work(addUserOptions(addAdminOptions(command)), schema, async (input) => {
    const examinations = await examine(context, input);
    const faults = examinations
      .flatMap(({ checks }) => checks)
      .filter(({ status }) => status === 'fault').length;
    if (faults > 0) context.exitWith(EXIT.found);
    show(context.terminal, input, {
      data: { healthy: faults === 0, examinations },
      text: () => doctorText(examinations),
    });
  });
}

async function examine(context: CliContext, input: Input): Promise<Examination[]> {
  const portal = await openPortal(context);
  if ('broken' in portal) return [portal.broken];
  const { config, storage } = portal;
  const facts = { ...config, ...config.qlik, storage };
  const first: Examination = { tenant: null, checks: await examinePortal(facts) };
  if (first.checks.some(({ status }) => status === 'fault')) return [first];
  const ids = input.tenant === undefined ? await tenantIds(portal) : [input.tenant];
  if ('unreadable' in ids) return [first, ids.unreadable];
  const tenants: Examination[] = [];
  for (const tenant of ids)
    tenants.push({ tenant, checks: await examineOne(context, portal, tenant, input) });
  return [first, ...tenants, { tenant: null, checks: await examineCookies(facts) }];
}

/** A configuration that cannot be read is the first thing the doctor has to tell, not a reason to fail. */
async function openPortal(context: CliContext): Promise<Portal | { readonly broken: Examination }> {
  try {
    return await context.portalAsIs();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const why = 'a portal that starts by chance stops by chance';
    const mend = 'Mend the variables; .env.example explains each.';
    const check: CheckReport = {
      id: 'configuration',
      title: 'configuration',
      why,
      status: 'fault',
      found: error.message,
      mend,
    };
    return { broken: { tenant: null, checks: [check] } };
  }
}

/** One tenant whose secret does not open stops the list of all, so that is what there is to report then. */
async function tenantIds({
  storage,
}: Portal): Promise<readonly TenantId[] | { readonly unreadable: Examination }> {
  try {
    return (await storage.tenants.list()).map(({ id }) => id);
  } catch (error) {
    const why = 'they are opened with every token';
    const check = { id: 'encryption', title: 'stored secrets of the tenants', why, ...findingOf(error) };
    return { unreadable: { tenant: null, checks: [check] } };
  }
}

async function examineOne(
  context: CliContext,
  portal: Portal,
  id: TenantId,
  input: Input,
): Promise<CheckReport[]> {
  const { config, storage } = portal;
  return examineTenant(composeDoctor(portal), {
    tenantId: id,
    portalOrigin: config.publicUrl,
    user: userRef(input) ?? (await someLinkedUser(storage.accounts, id)),
    admin: await findAdmin(context.terminal, input, undefined),
    cspReportOnly: config.cspReportOnly,
  });
}

async function someLinkedUser(
  users: Portal['storage']['accounts'],
  id: TenantId,
): Promise<QlikUserRef | undefined> {
  const accounts = await users.list(id);
  return (
    accounts.find(({ status, qlikUser }) => status === 'active' && qlikUser !== null)?.qlikUser ?? undefined
  );
}
