import { describe, expect, it } from 'vitest';
import { IMPERSONATION_GRANT } from 'qlik-sandbox/state/clients.ts';
import { standBetween, type Moment } from './support/interruption.ts';
import { addForeignClient, openCliHarness } from './support/cli-harness.ts';

/** Token, list, create, trust, list, impersonate, users/me, revoke, revoke. */
const CALLS = 9;
const MOMENTS: Moment[] = ['before the tenant hears it', 'before the command hears the answer'];

describe('portal tenant provision, killed (-9) at any point and run again', () => {
  const cases = MOMENTS.flatMap((moment) =>
    Array.from({ length: CALLS }, (_, index) => ({ call: index + 1, moment })),
  );

  it.each(cases)('leaves exactly one working client: call $call, $moment', async ({ call, moment }) => {
    await using cli = await openCliHarness();
    const { state } = cli.acme;
    const user = state.users.add({ subject: 'idp|analyst', name: 'Analyst', assignedRoles: [] })!;
    const foreign = addForeignClient(cli.acme, { clientName: 'my-embedded-portal' });
    const untouched = structuredClone(foreign);
    await using interruption = await standBetween(cli.acme.host);
    interruption.arm({ call, moment });
    const args = [
      'tenant',
      'provision',
      'acme',
      '--host',
      interruption.host,
      '--user',
      user.id,
      ...(await cli.managementOptions()),
    ];

    const killed = await cli.spawn(args, { started: (child) => interruption.victim(child) });
    expect(killed.signal).toBe('SIGKILL');

    const again = await cli.run([...args, '--json']);
    expect(again).toMatchObject({ code: 0 });
    const clients = state.clients.all().filter(({ description }) => description.includes('client of acme'));
    expect(clients).toHaveLength(1);
    expect(clients[0]).toMatchObject({
      consentMethod: 'trusted',
      allowedGrantTypes: ['client_credentials', IMPERSONATION_GRANT],
      allowedOrigins: ['http://localhost:3000'],
    });
    expect(clients[0]?.secrets).toHaveLength(1);
    expect(state.clients.byId(foreign.clientId)).toEqual(untouched);

    // The stored secret is the one that works.
    const portal = await cli.portal();
    const tenant = (await portal.storage.tenants.list())[0]!;
    expect(tenant.impersonation?.clientId).toBe(clients[0]?.clientId);
    const token = await portal.qlik.oauth.clientCredentials({
      host: tenant.host,
      client: tenant.impersonation!,
      scopes: tenant.scopes,
    });
    expect(token.scope).toBe('user_default');
  });
});
