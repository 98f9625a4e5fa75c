import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { openCliHarness, type CliHarness } from './support/cli-harness.ts';

let cli: CliHarness;
let provision: string[];

beforeEach(async () => {
  cli = await openCliHarness(['acme'], { env: { QLIK_TIMEOUT: '10s' } });
  const args = ['tenant', 'provision', 'acme', '--host', cli.acme.host, '--management', 'keep'];
  provision = args.concat(await cli.managementOptions());
});
afterEach(() => cli[Symbol.asyncDispose]());

const CLIENTS = '/api/v1/oauth-clients';
const ours = () =>
  cli.acme.state.clients.all().filter(({ description }) => description.includes('client of acme'));

/** Begins a command whose next call to this endpoint is answered late, and comes back while it waits. */
async function beginSlowly(args: readonly string[], path: string) {
  const { faults, journal } = cli.acme.state;
  const match = { method: 'POST', path };
  const before = journal.count({ status: 0 });
  faults.add({ kind: 'delay', ms: 1500, match, times: 1 });
  const ended = cli.run(args);
  await vi.waitFor(() => expect(journal.count({ status: 0 })).toBe(before + 1), 5000);
  return { ended };
}
const verify = () => cli.run(['tenant', 'verify', 'acme']);

function onDatabase(sql: string): void {
  const database = new DatabaseSync(join(cli.folder, 'portal.db'));
  database.exec(sql);
  database.close();
}

/** From now on nothing is stored in the place of a tenant's credentials, as with a disk that is full. */
function breakStore(): () => void {
  onDatabase(
    "CREATE TRIGGER full BEFORE UPDATE OF impersonation ON tenants BEGIN SELECT RAISE(ABORT, 'disk full'); END",
  );
  return () => onDatabase('DROP TRIGGER full');
}

describe('two people at once', () => {
  it('provisioning the same tenant leave one client that works, and the slower is told', async () => {
    const slower = await beginSlowly(provision, CLIENTS);
    expect(await cli.run(provision)).toMatchObject({ code: 0 });
    expect(await slower.ended).toMatchObject({ code: 73 });
    expect(ours()).toHaveLength(1);
    expect(ours()[0]!.secrets).toHaveLength(1);
    expect(await verify()).toMatchObject({ code: 0 });
    expect(await cli.run(provision)).toMatchObject({ code: 0 });
  });

  it('finishing the same half-made client leave one secret, and it works', async () => {
    await cli.run(['tenant', 'list']);
    const mend = breakStore();
    expect((await cli.run(provision)).code).not.toBe(0);
    mend();
    const slower = await beginSlowly(provision, `${CLIENTS}/*`);
    expect(await cli.run(provision)).toMatchObject({ code: 0 });
    expect(await slower.ended).toMatchObject({ code: 73 });
    expect(ours().map(({ secrets }) => secrets.length)).toEqual([1]);
    expect(await verify()).toMatchObject({ code: 0 });
  });

  it('rotating the same secret leave one that works', async () => {
    await cli.run(provision);
    const rotate = ['tenant', 'rotate', 'acme', '--grace', '0'];
    const slower = await beginSlowly(rotate, `${CLIENTS}/*`);
    expect(await cli.run([...rotate, '--prune'])).toMatchObject({ code: 0 });
    expect(await slower.ended).toMatchObject({ code: 73 });
    expect(ours().map(({ secrets }) => secrets.length)).toEqual([1]);
    expect(await verify()).toMatchObject({ code: 0 });
  });

  it('what one changes while the other rotates stays changed', async () => {
    await cli.run(provision);
    const rotating = await beginSlowly(['tenant', 'rotate', 'acme', '--grace', '0'], `${CLIENTS}/*`);
    await cli.run(['tenant', 'disable', 'acme']);
    await cli.run(['tenant', 'update', 'acme', '--name', 'Acme & Sons']);
    expect(await rotating.ended).toMatchObject({ code: 0 });
    const shown = await cli.run(['tenant', 'show', 'acme', '--json']);
    expect(JSON.parse(shown.stdout)).toMatchObject({ name: 'Acme & Sons', status: 'disabled' });
    expect(await verify()).toMatchObject({ code: 0 });
  });
});

describe('a database that stops storing', () => {
  it('while a client is made: the next run finishes it', async () => {
    await cli.run(['tenant', 'list']);
    const mend = breakStore();
    expect((await cli.run(provision)).code).not.toBe(0);
    expect(ours()).toHaveLength(1);
    mend();
    expect(await cli.run(provision)).toMatchObject({ code: 0 });
    expect(ours().map(({ secrets }) => secrets.length)).toEqual([1]);
    expect(await verify()).toMatchObject({ code: 0 });
  });

  it.each([[[]], [['--private-key-jwt']]])(
    'while credentials are rotated %j: the tenant is as before, and the old ones go on working',
    async (options) => {
      await cli.run(provision);
      const [before] = structuredClone(ours());
      const mend = breakStore();
      expect((await cli.run(['tenant', 'rotate', 'acme', '--grace', '0', ...options])).code).not.toBe(0);
      mend();
      expect(ours()[0]!.secrets.map(({ hint }) => hint)).toEqual(before!.secrets.map(({ hint }) => hint));
      expect(ours()[0]!.publicKeys).toEqual(before!.publicKeys);
      expect(await verify()).toMatchObject({ code: 0 });
    },
  );
});
