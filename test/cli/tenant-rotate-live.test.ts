import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Portal } from '../../src/compose/portal.ts';
import { isAccountId, isTenantId } from '../../src/domain/model/ids.ts';
import type { TenantMember } from '../../src/domain/model/tenant-member.ts';
import { standBetween, type Moment } from './support/interruption.ts';
import { openCliHarness, type CliHarness } from './support/cli-harness.ts';

async function provisioned(cli: CliHarness, host = cli.acme.host): Promise<void> {
  const args = ['tenant', 'provision', 'acme', '--host', host, '--management', 'keep'];
  const result = await cli.run(args.concat(await cli.managementOptions()));
  if (result.code !== 0) throw new Error(result.stderr);
}

/** Mints a token for one new person after another, each by an exchange of its own, as a replica under load does. */
async function mintUntil(
  stopped: () => boolean,
  portal: Portal,
  cli: CliHarness,
): Promise<{ minted: number; failures: unknown[] }> {
  const failures: unknown[] = [];
  let minted = 0;
  while (!stopped()) {
    const qlikUser = cli.acme.state.users.add({ subject: randomUUID(), name: 'Load', assignedRoles: [] })!;
    const [tenant] = await portal.storage.tenants.list();
    const id = randomUUID();
    if (!tenant || !isAccountId(id) || !isTenantId(tenant.id)) throw new Error('unreachable');
    const account: TenantMember['account'] = {
      id,
      email: `${id}@acme.example`,
      name: 'Load',
      tenantId: tenant.id,
      groups: [],
      status: 'active',
      qlikUser: { field: 'userId', value: qlikUser.id },
    };
    await portal.tokens.issue({ account, tenant }).then(
      () => (minted += 1),
      (error: unknown) => failures.push(error),
    );
  }
  return { minted, failures };
}

describe('rotating while people work', () => {
  it('fails no token request in any replica', async () => {
    await using cli = await openCliHarness(['acme'], { env: { QLIK_EXCHANGES_PER_MINUTE: '10000' } });
    Object.assign(cli.acme.state.settings, { tier1PerMinute: 1e6, tier2PerMinute: 1e6 });
    await provisioned(cli);
    let stop = false;
    const replicas = [await cli.portal(), await cli.portal()];
    const load = Promise.all(
      replicas.flatMap((portal) => [1, 2, 3].map(() => mintUntil(() => stop, portal, cli))),
    );
    const runs = [];
    for (const options of [[], ['--private-key-jwt'], [], ['--client-secret']]) {
      runs.push(await cli.run(['tenant', 'rotate', 'acme', '--grace', '1', ...options]));
    }
    stop = true;
    const results = await load;
    expect(runs).toMatchObject([{ code: 0 }, { code: 0 }, { code: 0 }, { code: 0 }]);
    expect(results.flatMap(({ failures }) => failures)).toEqual([]);
    expect(results.reduce((sum, { minted }) => sum + minted, 0)).toBeGreaterThan(50);
  });
});

describe('portal tenant rotate, killed (-9) at any point', () => {
  /** Token, client, second secret, proof, revoke, client, removal, client, revoke. */
  const CALLS = 9;
  const MOMENTS: Moment[] = ['before the tenant hears it', 'before the command hears the answer'];
  const cases = MOMENTS.flatMap((moment) =>
    Array.from({ length: CALLS }, (_, index) => ({ call: index + 1, moment })),
  );

  it.each(cases)(
    'the stored secret works, and the next run tidies up: call $call, $moment',
    async ({ call, moment }) => {
      await using cli = await openCliHarness();
      await using between = await standBetween(cli.acme.host);
      await provisioned(cli, between.host);
      between.arm({ call, moment });
      const args = ['tenant', 'rotate', 'acme', '--grace', '0', '--prune'];
      const killed = await cli.spawn(args, { started: (child) => between.victim(child) });
      expect(killed.signal).toBe('SIGKILL');
      expect(await cli.run(['tenant', 'verify', 'acme'])).toMatchObject({ code: 0 });
      expect(await cli.run(args)).toMatchObject({ code: 0 });
      const client = cli.acme.state.clients
        .all()
        .find(({ description }) => description.includes('client of acme'));
      expect(client?.secrets).toHaveLength(1);
      expect(await cli.run(['tenant', 'verify', 'acme'])).toMatchObject({ code: 0 });
    },
  );
});
