import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isAccountId, isTenantId } from '../../src/domain/model/ids.ts';
import { openCliHarness, type CliHarness } from './support/cli-harness.ts';

let cli: CliHarness;

beforeEach(async () => {
  cli = await openCliHarness();
  const args = [
    'tenant',
    'provision',
    'acme',
    '--host',
    cli.acme.host,
    '--management',
    'create',
    '--app',
    'app-1',
  ];
  await cli.run(args.concat(await cli.managementOptions()));
});
afterEach(() => cli[Symbol.asyncDispose]());

const json = async (...args: string[]): Promise<unknown> =>
  JSON.parse((await cli.run([...args, '--json'])).stdout);
const clientNames = () => cli.acme.state.clients.all().map(({ clientName }) => clientName);

async function addAccount(): Promise<void> {
  const { accounts } = (await cli.portal()).storage;
  const id = randomUUID();
  const tenantId = 'acme';
  if (!isAccountId(id) || !isTenantId(tenantId)) throw new Error('unreachable');
  await accounts.save({
    id,
    email: 'europe@acme.example',
    name: 'Europe analyst',
    tenantId,
    qlikUser: null,
    groups: [],
    status: 'active',
  });
}

describe('portal tenant', () => {
  it('lists and shows without secrets', async () => {
    expect(await json('tenant', 'list')).toMatchObject([
      { id: 'acme', host: cli.acme.host, status: 'active', authentication: 'client_secret' },
    ]);
    const shown = await cli.run(['tenant', 'show', 'acme']);
    expect(shown.stdout).toMatch(/^app +app-1$/m);
    expect(shown.stdout).not.toContain('***');
    expect((await cli.run(['tenant', 'list'])).stdout).toMatch(/^ID +NAME +HOST +STATUS +CLIENT$/m);
  });

  it.each([['show'], ['verify'], ['rotate'], ['update', '--name', 'x'], ['disable'], ['remove', '--yes']])(
    '%s says when there is no such tenant',
    async (...args) => {
      const result = await cli.run(['tenant', args[0], 'nobody', ...args.slice(1)]);
      expect(result).toMatchObject({ code: 66, stdout: '' });
      expect(result.stderr).toContain('no tenant');
    },
  );

  it('changes what the portal knows, and nothing else', async () => {
    const before = (await (await cli.portal()).storage.tenants.list())[0];
    const changed = await json(
      'tenant',
      'update',
      'acme',
      '--name',
      'Acme Ltd',
      '--sheet',
      's1=One',
      '--sheet',
      's2',
    );
    expect(changed).toMatchObject({
      name: 'Acme Ltd',
      embed: {
        appId: 'app-1',
        sheets: [
          { id: 's1', title: 'One' },
          { id: 's2', title: 's2' },
        ],
      },
    });
    const after = (await (await cli.portal()).storage.tenants.list())[0];
    expect(after?.impersonation?.clientId).toBe(before?.impersonation?.clientId);
    expect(after?.scopes).toEqual(before?.scopes);
  });

  it.each([
    [[], 'no change given'],
    [['--name', ''], '--name:'],
  ])('says what is missing: update %j', async (options, told) => {
    const result = await cli.run(['tenant', 'update', 'acme', ...options]);
    expect(result).toMatchObject({ code: 64 });
    expect(result.stderr).toContain(told);
  });

  it('disables and enables, and says so in the audit log', async () => {
    expect(await json('tenant', 'disable', 'acme')).toMatchObject({ status: 'disabled' });
    expect(await json('tenant', 'show', 'acme')).toMatchObject({ status: 'disabled' });
    expect(await json('tenant', 'enable', 'acme')).toMatchObject({ status: 'active' });
    const actions = (await (await cli.portal()).storage.audit.read({ limit: 2 })).map(({ action }) => action);
    expect(actions).toEqual(['tenant.enable', 'tenant.disable']);
  });

  it('verify names what drifted, and ends with 1', async () => {
    expect(await cli.run(['tenant', 'verify', 'acme'])).toMatchObject({ code: 0 });
    const client = cli.acme.state.clients
      .all()
      .find(({ description }) => description.includes('impersonation client'))!;
    client.allowedOrigins = [];
    client.allowedScopes = ['user_default', 'admin_classic'];
    const result = await cli.run(['tenant', 'verify', 'acme']);
    expect(result).toMatchObject({ code: 1 });
    expect(result.stdout).toContain('differs  allowedScopes: user_default, admin_classic → user_default');
    expect(result.stdout).toContain('differs  allowedOrigins: nothing → http://localhost:3000');
  });
});

describe('portal tenant remove', () => {
  it('asks first, and does nothing without an answer', async () => {
    expect(await cli.run(['tenant', 'remove', 'acme'])).toMatchObject({ code: 64 });
    expect(await json('tenant', 'list')).toHaveLength(1);
  });

  it('deletes the clients it made, and everything here', async () => {
    expect(await cli.run(['tenant', 'remove', 'acme', '--yes'])).toMatchObject({ code: 0 });
    expect(clientNames()).toEqual(['Sandbox management client']);
    expect(await json('tenant', 'list')).toEqual([]);
  });

  it('does not leave accounts without a tenant, nor deletes them unasked', async () => {
    await addAccount();
    expect(await cli.run(['tenant', 'remove', 'acme', '--yes'])).toMatchObject({ code: 73 });
    expect(clientNames()).toHaveLength(3);
    expect(await cli.run(['tenant', 'remove', 'acme', '--yes', '--with-accounts'])).toMatchObject({
      code: 0,
    });
    expect(await (await cli.portal()).storage.accounts.list()).toEqual([]);
  });

  it('goes on where it stopped', async () => {
    cli.acme.state.faults.add({ kind: 'status', status: 500, match: { method: 'DELETE' }, times: 1 });
    expect(await cli.run(['tenant', 'remove', 'acme', '--yes'])).toMatchObject({ code: 69 });
    // Its people are signed out although the tenant did not answer.
    expect(await json('tenant', 'show', 'acme')).toMatchObject({ status: 'disabled' });
    expect(await json('tenant', 'show', 'acme')).toMatchObject({ status: 'disabled' });
    expect(await cli.run(['tenant', 'remove', 'acme', '--yes'])).toMatchObject({ code: 0 });
    expect(clientNames()).toEqual(['Sandbox management client']);
  });

  it('forgets a tenant that is gone', async () => {
    await cli.region.close();
    expect(await cli.run(['tenant', 'remove', 'acme', '--yes'])).toMatchObject({ code: 69 });
    const result = await cli.run(['tenant', 'remove', 'acme', '--yes', '--here-only']);
    expect(result).toMatchObject({ code: 0 });
    expect(result.stdout).toContain('warning');
  });
});
