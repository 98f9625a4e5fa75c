import { beforeEach, describe, expect, test } from 'vitest';
import { EXIT } from '../../src/domain/exit-codes.ts';
import { newAccountId, type AccountId } from '../../src/domain/model/ids.ts';
import { openCliHarness, type CliHarness } from './support/cli-harness.ts';

const PREFIX = 'embed-portal:localhost:3000:';

interface Reconciled {
  readonly drifts: readonly {
    email: string | null;
    what: string;
    mended: boolean | null;
    fields: string[];
  }[];
}

/** The drifts of the test below, as {@link shown} shows them. */
function whatIs(mended: boolean): string[] {
  return [
    `stale@acme.example behind its account ${mended}`,
    `unlinked@acme.example not linked ${mended}`,
    `closed@acme.example active, but its account is disabled ${mended}`,
    `nobody active, but its account is gone ${mended}`,
    'by-tenant@acme.example disabled by the tenant null',
    'gone@acme.example gone from the tenant null',
  ].toSorted();
}

function shown({ drifts }: Reconciled): string[] {
  return drifts.map(({ email, what, mended }) => `${email || 'nobody'} ${what} ${mended}`).toSorted();
}

describe('portal user and the Qlik users of a tenant', () => {
  let cli: CliHarness;
  beforeEach(async () => {
    cli = await openCliHarness();
    const { code, stderr } = await cli.run([
      'tenant',
      'provision',
      'acme',
      '--host',
      cli.acme.host,
      ...(await cli.managementOptions()),
      '--management',
      'keep',
    ]);
    if (code !== 0) throw new Error(stderr);
    return () => cli[Symbol.asyncDispose]();
  });

  const json = async <Data>(...args: string[]): Promise<Data> => {
    const { stdout, stderr } = await cli.run([...args, '--json']);
    if (stdout === '') throw new Error(`${args.join(' ')}: ${stderr}`);
    return JSON.parse(stdout) as Data;
  };
  const reconcile = async (...more: string[]) => {
    const { code, stdout } = await cli.run(['user', 'reconcile', 'acme', '--json', ...more]);
    return { code, ...(JSON.parse(stdout) as Reconciled) };
  };

  /** An account with its Qlik user, as a sign-in leaves them. */
  async function addLinked(email: string, { groups = [] as string[], linked = true } = {}) {
    const options = groups.flatMap((group) => ['--group', group]);
    const { user } = await json<{ user: { id: AccountId } }>(
      'user',
      'add',
      email,
      '--tenant',
      'acme',
      ...options,
    );
    const name = email.split('@')[0]!;
    const qlikUser = cli.acme.state.users.add({ subject: PREFIX + user.id, name, email })!;
    if (linked) await json('user', 'link', email, '--qlik-user-id', qlikUser.id);
    return { id: user.id, qlikUser };
  }

  test('agree where nothing differs', async () => {
    await addLinked('europe@acme.example');
    expect(await reconcile()).toMatchObject({ code: EXIT.ok, drifts: [] });
  });

  test('follow at once when ops put a person into other groups', async () => {
    const { qlikUser } = await addLinked('stale@acme.example');
    for (const group of ['Europe', 'Sales']) await json('user', 'set-groups', 'stale@acme.example', group);
    expect(qlikUser.assignedGroups).toMatchObject([{ name: 'Sales' }]);
    const [event] = await (await cli.portal()).storage.audit.read({ action: 'qlik-user.update' });
    expect(event).toMatchObject({
      actor: 'ops:tester',
      detail: { qlikUserId: qlikUser.id, changed: 'groups' },
    });
    expect(await reconcile()).toMatchObject({ code: EXIT.ok, drifts: [] });
  });

  test('are compared without a change, and mended on request', async () => {
    const stale = await addLinked('stale@acme.example', { groups: ['Europe'] });
    stale.qlikUser.name = 'Another name';
    const unlinked = await addLinked('unlinked@acme.example', { linked: false });
    const closed = await addLinked('closed@acme.example');
    await (await cli.portal()).storage.accounts.setStatus(closed.id, 'disabled');
    const left = cli.acme.state.users.add({ subject: PREFIX + newAccountId() })!;
    const byTenant = await addLinked('by-tenant@acme.example');
    byTenant.qlikUser.status = 'disabled';
    const gone = await addLinked('gone@acme.example');
    cli.acme.state.users.remove(gone.qlikUser.id);
    const native = cli.acme.state.users.add({ subject: 'auth0|native', email: 'stale@acme.example' })!;
    const others = cli.acme.state.users.add({ subject: `embed-portal:staging.example:${stale.id}` })!;

    const writes = () => cli.acme.state.journal.count({ method: 'PATCH', path: '/api/v1/users/*' });
    const before = writes();
    const reported = await reconcile();
    expect(reported.code).toBe(EXIT.found);
    expect(shown(reported)).toEqual(whatIs(false));
    expect(writes()).toBe(before);

    expect(shown(await reconcile('--repair'))).toEqual(whatIs(true));
    expect(stale.qlikUser).toMatchObject({ name: 'stale', assignedGroups: [{ name: 'Europe' }] });
    expect([closed.qlikUser.status, left.status]).toEqual(['disabled', 'disabled']);
    expect([byTenant.qlikUser.status, native.status, others.status]).toEqual([
      'disabled',
      'active',
      'active',
    ]);
    expect(await json('user', 'show', unlinked.id)).toMatchObject({
      qlikUser: { value: unlinked.qlikUser.id },
    });

    const after = await reconcile();
    expect(after.drifts.map(({ mended }) => mended)).toEqual([null, null]);
  });

  test('are read page by page', async () => {
    for (let index = 0; index < 130; index += 1) {
      cli.acme.state.users.add({ subject: PREFIX + newAccountId() });
    }
    expect((await reconcile()).drifts).toHaveLength(130);
  });

  test('are mended inside half of the limits', async () => {
    const slow = await openCliHarness(['acme'], { env: { QLIK_EXCHANGES_PER_MINUTE: '2' } });
    const admin = await slow.managementOptions();
    const { state, host } = slow.acme;
    await slow.run(['tenant', 'provision', 'acme', '--host', host, ...admin, '--management', 'keep']);
    for (let index = 0; index < 7; index += 1) state.users.add({ subject: PREFIX + newAccountId() });
    const disabled = () => state.users.people().filter(({ status }) => status === 'disabled').length;

    const mending = slow.run(['user', 'reconcile', 'acme', '--mend']).then(() => 'done');
    await expect.poll(disabled).toBe(5);
    const later = new Promise((resolve) => setTimeout(resolve, 200, 'waits'));
    expect(await Promise.race([mending, later])).toBe('waits');
    expect(disabled()).toBe(5);
    await slow[Symbol.asyncDispose]();
  });

  test('follow when an account is disabled, enabled and removed', async () => {
    const email = 'europe@acme.example';
    const { qlikUser } = await addLinked(email);
    expect(await json('user', 'disable', email)).toMatchObject({ qlikUserId: qlikUser.id });
    expect(qlikUser.status).toBe('disabled');
    await json('user', 'enable', email);
    expect(qlikUser.status).toBe('active');
    await json('user', 'remove', email, '--yes');
    expect(qlikUser.status).toBe('disabled');
  });

  test('are not opened again where the tenant closed them', async () => {
    const email = 'europe@acme.example';
    const { qlikUser } = await addLinked(email);
    qlikUser.status = 'disabled';
    await json('user', 'disable', email);
    expect(await json('user', 'enable', email)).toMatchObject({ qlikUserId: null });
    expect(qlikUser.status).toBe('disabled');

    qlikUser.status = 'active';
    await json('user', 'disable', email);
    await json('user', 'enable', email);
    qlikUser.status = 'disabled';
    await json('user', 'enable', email);
    expect(qlikUser.status).toBe('disabled');
  });

  test('are left to the other account that speaks for them, also by reconcile', async () => {
    const two = await addLinked('two@acme.example');
    await json('user', 'add', 'three@acme.example', '--tenant', 'acme', '--qlik-user-id', two.qlikUser.id);
    const left = cli.acme.state.users.add({ subject: PREFIX + newAccountId() })!;
    await json('user', 'add', 'four@acme.example', '--tenant', 'acme', '--qlik-subject', left.subject);
    await (await cli.portal()).storage.accounts.setStatus(two.id, 'disabled');
    expect((await reconcile('--repair')).drifts).toEqual([]);
    expect([two.qlikUser.status, left.status]).toEqual(['active', 'active']);
  });

  test('are opened with the account again where reconcile closed them', async () => {
    const { id, qlikUser } = await addLinked('europe@acme.example');
    await (await cli.portal()).storage.accounts.setStatus(id, 'disabled');
    await reconcile('--mend');
    expect(qlikUser.status).toBe('disabled');
    await json('user', 'enable', 'europe@acme.example');
    expect(qlikUser.status).toBe('active');
  });

  test('do not follow where they are others’, or another account speaks for them', async () => {
    const native = cli.acme.state.users.add({ subject: 'auth0|native' })!;
    await json('user', 'add', 'one@acme.example', '--tenant', 'acme', '--qlik-user-id', native.id);
    expect(await json('user', 'disable', 'one@acme.example')).toMatchObject({ qlikUserId: null });
    const { qlikUser } = await addLinked('two@acme.example');
    await json('user', 'add', 'three@acme.example', '--tenant', 'acme', '--qlik-user-id', qlikUser.id);
    await json('user', 'disable', 'two@acme.example');
    await json('user', 'disable', 'three@acme.example');
    expect([native.status, qlikUser.status]).toEqual(['active', 'active']);
  });

  test('a tenant that does not answer stops nobody from being shut out', async () => {
    const { id, qlikUser } = await addLinked('europe@acme.example');
    cli.acme.state.faults.add({ kind: 'status', status: 403, match: { path: '/api/v1/users*' } });
    const { code, stderr } = await cli.run(['user', 'disable', 'europe@acme.example']);
    expect(code).toBe(EXIT.ok);
    expect(stderr).toContain('portal user reconcile acme');
    expect((await (await cli.portal()).storage.accounts.find(id))?.status).toBe('disabled');
    expect(qlikUser.status).toBe('active');
  });

  test('whether the portal makes them is a setting of the tenant, and outlives provisioning again', async () => {
    expect(await json('tenant', 'show', 'acme')).toMatchObject({ createQlikUsers: false });
    await json('tenant', 'update', 'acme', '--jit-users', 'on');
    await cli.run([
      'tenant',
      'provision',
      'acme',
      '--host',
      cli.acme.host,
      ...(await cli.managementOptions()),
    ]);
    expect(await json('tenant', 'show', 'acme')).toMatchObject({ createQlikUsers: true });
    await json('tenant', 'update', 'acme', '--jit-users', 'off');
    expect(await json('tenant', 'show', 'acme')).toMatchObject({ createQlikUsers: false });
  });
});
