import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { SandboxClient } from 'qlik-sandbox/tenant-state.ts';
import { addForeignClient, openCliHarness, type CliHarness } from './support/cli-harness.ts';

let cli: CliHarness;
let userId: string;

beforeEach(async () => {
  cli = await openCliHarness();
  userId = cli.acme.state.users.add({ subject: 'idp|analyst', name: 'Analyst', assignedRoles: [] })!.id;
});
afterEach(() => cli[Symbol.asyncDispose]());

const ours = (role = 'impersonation'): SandboxClient[] =>
  cli.acme.state.clients.all().filter(({ description }) => description.includes(`[${role} client of acme`));
const provision = async (...more: string[]) =>
  ['tenant', 'provision', 'ACME', '--host', cli.acme.host, '--user', userId].concat(
    await cli.managementOptions(),
    more,
  );
const calls = () => cli.acme.state.journal.list().map(({ method, path }) => `${method} ${path}`);
const parsed = (text: string) => z.record(z.string(), z.unknown()).parse(JSON.parse(text));

describe('portal tenant provision', () => {
  it('makes the calls of the document, in its words, and proves the result', async () => {
    const result = await cli.spawn(await provision('--json'));
    expect(result).toMatchObject({ code: 0, stderr: '' });
    const [client] = ours();
    expect(JSON.parse(result.stdout)).toMatchObject({
      tenant: { id: 'acme', host: cli.acme.host },
      clientId: client?.clientId,
      how: 'created',
      provedAs: userId,
      warnings: [],
    });
    expect(client).toMatchObject({
      appType: 'web',
      clientName: 'my-embedded-portal',
      allowedScopes: ['user_default'],
      allowedGrantTypes: ['client_credentials', 'urn:qlik:oauth:user-impersonation'],
      redirectUris: ['http://localhost:3000/callback'],
      allowedOrigins: ['http://localhost:3000'],
      consentMethod: 'trusted',
    });
    expect(client?.description).toMatch(/^This is an OAuth client created using API calls\. /);
    const base = '/api/v1/oauth-clients';
    expect(calls().filter((call) => !call.startsWith('GET') && !call.endsWith('/oauth/revoke'))).toEqual([
      'POST /oauth/token',
      `POST ${base}`,
      `PATCH ${base}/${client?.clientId}/connection-configs/me`,
      'POST /oauth/token',
    ]);
  });

  it('changes nothing when it is run again', async () => {
    await cli.run(await provision());
    const [before] = structuredClone(ours());
    const again = await cli.run(await provision('--json'));
    expect(parsed(again.stdout)).toMatchObject({ how: 'found', changed: [] });
    expect(ours()).toEqual([before]);
  });

  it('brings a client that drifted back, and says what it changed', async () => {
    await cli.run(await provision());
    const [client] = ours();
    Object.assign(client!, {
      allowedScopes: ['admin_classic'],
      allowedOrigins: ['https://other.example'],
      consentMethod: 'required',
    });
    const again = await cli.run(await provision());
    expect(again.stdout).toContain('allowedScopes: admin_classic → user_default');
    expect(again.stdout).toContain(
      'allowedOrigins: https://other.example → https://other.example, http://localhost:3000',
    );
    expect(again.stdout).toContain('consentMethod: required → trusted');
    expect(ours()[0]).toMatchObject({
      allowedScopes: ['user_default'],
      allowedOrigins: ['https://other.example', 'http://localhost:3000'],
      consentMethod: 'trusted',
    });
  });

  it('takes its choices from the command line', async () => {
    const choices = [
      '--name',
      'Acme Ltd',
      '--client-name',
      'analytics',
      '--description',
      'For Acme.',
      '--scope',
      'user_default',
    ];
    const uris = ['--redirect-uri', 'https://portal.example/cb', '--origin', 'https://www.example'];
    const embed = ['--app', 'app-1', '--sheet', 'sheet-1=Overview', '--object', 'object-1'];
    const result = await cli.run(await provision(...choices, ...uris, ...embed));
    expect(result).toMatchObject({ code: 0 });
    expect(ours()[0]).toMatchObject({
      clientName: 'analytics',
      redirectUris: ['https://portal.example/cb'],
      allowedOrigins: ['http://localhost:3000', 'https://www.example'],
    });
    const shown = await cli.run(['tenant', 'show', 'acme', '--json']);
    expect(parsed(shown.stdout)).toMatchObject({
      name: 'Acme Ltd',
      embed: {
        appId: 'app-1',
        sheets: [{ id: 'sheet-1', title: 'Overview' }],
        objects: [{ id: 'object-1', title: 'object-1' }],
      },
    });
  });

  it('goes on without allowedOrigins where the tenant refuses them, and says so', async () => {
    Object.assign(cli.acme.state.settings, { originsOnWebClients: false });
    const result = await cli.run(await provision());
    expect(result.code).toBe(0);
    expect(result.stdout).toContain('warning  The tenant refuses allowedOrigins');
    expect(ours()[0]?.allowedOrigins).toEqual([]);
    const again = await cli.run(await provision());
    expect(again.code).toBe(0);
    expect(again.stdout).toContain('warning  The tenant refuses allowedOrigins');
    expect(ours()).toHaveLength(1);
  });

  it('takes over the client it is told to, and leaves its other secrets alone', async () => {
    const { state } = cli.acme;
    const foreign = addForeignClient(cli.acme, { clientName: 'older portal', description: 'By hand.' });
    const theirs = state.clients.addSecret(foreign, 'someone')!;
    const result = await cli.run(await provision('--adopt', foreign.clientId, '--json'));
    expect(parsed(result.stdout)).toMatchObject({ how: 'adopted', clientId: foreign.clientId });
    expect(foreign).toMatchObject({
      clientName: 'older portal',
      consentMethod: 'trusted',
      allowedScopes: ['user_default'],
    });
    expect(foreign.secrets.map(({ hint }) => hint)).toContain(theirs.hint);
    expect(foreign.secrets).toHaveLength(2);
    const again = await cli.run(await provision('--json'));
    expect(parsed(again.stdout)).toMatchObject({ how: 'found', clientId: foreign.clientId });
  });

  it('goes on taking a client over where an earlier run stopped, and leaves its other secrets alone', async () => {
    const foreign = addForeignClient(cli.acme, { clientName: 'older portal', description: 'By hand.' });
    const theirs = cli.acme.state.clients.addSecret(foreign, 'someone')!;
    cli.acme.state.faults.add({
      kind: 'reset',
      afterBytes: 3,
      times: 1,
      match: { path: `/api/v1/oauth-clients/${foreign.clientId}/client-secrets` },
    });
    expect(await cli.run(await provision('--adopt', foreign.clientId))).toMatchObject({ code: 69 });
    expect(await cli.run(await provision())).toMatchObject({ code: 0 });
    expect(foreign.secrets.map(({ hint }) => hint)).toContain(theirs.hint);
    expect(ours()).toEqual([foreign]);
  });

  it('makes a client of its own for administration, which later commands use', async () => {
    const first = await cli.run(await provision('--management', 'create'));
    expect(first).toMatchObject({ code: 0 });
    expect(ours('management')).toMatchObject([
      { allowedGrantTypes: ['client_credentials'], allowedOrigins: [] },
    ]);
    const again = await cli.run(['tenant', 'provision', 'acme', '--host', cli.acme.host, '--user', userId]);
    expect(again).toMatchObject({ code: 0 });
  });

  it('leaves no token behind', async () => {
    await cli.run(await provision('--management', 'create'));
    expect(cli.acme.state.tokens.list(userId)).toEqual([]);
    expect(cli.acme.state.tokens.list(cli.acme.state.botOf(cli.acme.managementClient.clientId).id)).toEqual(
      [],
    );
  });

  it('removes the client of a create whose answer came after all', async () => {
    await cli.run(await provision());
    const [client] = ours();
    addForeignClient(cli.acme, client!);
    expect(ours()).toHaveLength(2);
    await cli.run(await provision());
    expect(ours()).toEqual([client]);
  });

  it('finds its client among hundreds of others', async () => {
    for (let i = 0; i < 250; i++) addForeignClient(cli.acme, { clientName: `client ${i}` });
    await cli.run(await provision());
    const file = await cli.file('empty.db', '');
    const [client] = ours();
    // Another database: what was stored is lost, the client is there.
    const result = await cli.spawn(await provision('--json'), { env: { DATABASE_URL: `file:${file}` } });
    expect(parsed(result.stdout)).toMatchObject({ how: 'adopted', clientId: client?.clientId });
    expect(ours()).toHaveLength(1);
  });
});

describe('when a call of it fails', () => {
  it.each([
    [
      'the tenant cuts the answer to the create',
      { kind: 'reset', afterBytes: 5, match: { method: 'POST', path: '/api/v1/oauth-clients' } },
      69,
    ],
    [
      'the tenant fails at the create',
      { kind: 'status', status: 500, match: { method: 'POST', path: '/api/v1/oauth-clients' } },
      69,
    ],
    [
      'the answer to the create is spoilt',
      { kind: 'malformed', match: { method: 'POST', path: '/api/v1/oauth-clients' } },
      76,
    ],
    [
      'trusting fails',
      { kind: 'status', status: 503, match: { method: 'PATCH', path: '/api/v1/oauth-clients/*' } },
      69,
    ],
    [
      'the person cannot have a token',
      { kind: 'disabled-user', match: { grant: 'urn:qlik:oauth:user-impersonation' } },
      77,
    ],
  ] as const)('%s: it is not repeated blindly, and the next run ends well', async (_what, fault, code) => {
    cli.acme.state.faults.add({ ...fault, times: 1 });
    const failed = await cli.run(await provision());
    expect(failed.code).toBe(code);
    expect(calls().filter((call) => call === 'POST /api/v1/oauth-clients')).toHaveLength(1);
    const again = await cli.run(await provision());
    expect(again).toMatchObject({ code: 0 });
    expect(ours()).toHaveLength(1);
    expect(ours()[0]?.secrets).toHaveLength(1);
  });

  it('waits as long as a 429 says, and no longer', async () => {
    cli.acme.state.faults.add({
      kind: 'status',
      status: 429,
      retryAfterSeconds: 1,
      times: 1,
      match: { method: 'POST', path: '/api/v1/oauth-clients' },
    });
    const result = await cli.run(await provision());
    expect(result.code).toBe(0);
    expect(result.stderr).toContain('waiting 1 s');
    expect(ours()).toHaveLength(1);
  });

  it('works itself free of a client that has five secrets nobody knows', async () => {
    await cli.run(await provision());
    const [client] = ours();
    while (cli.acme.state.clients.addSecret(client!, 'x') !== undefined);
    const result = await cli.spawn(await provision(), {
      env: { DATABASE_URL: `file:${cli.folder}/other.db` },
    });
    expect(result).toMatchObject({ code: 0 });
    expect(client?.secrets).toHaveLength(1);
  });

  it.each([
    [['--admin-token-file', '/nowhere/token'], 66],
    [['--admin-token-file', '-'], 65],
    [['--admin-client-id', 'no-such-client', '--admin-client-secret-file', '-'], 65],
    [[], 64],
  ])('without usable administration %j it does nothing', async (options, code) => {
    const result = await cli.run(['tenant', 'provision', 'acme', '--host', cli.acme.host, ...options]);
    expect(result.code).toBe(code);
    expect(calls().filter((call) => call.includes('oauth-clients'))).toEqual([]);
  });

  it('refuses sheets of no app', async () => {
    const result = await cli.run([...(await provision()), '--sheet', 'sheet-1=Overview']);
    expect(result).toMatchObject({ code: 64 });
    expect(result.stderr).toContain('--app');
    expect(calls()).toEqual([]);
  });

  it('refuses another host for a tenant it knows', async () => {
    await cli.run(await provision());
    const elsewhere = await cli.run([
      'tenant',
      'provision',
      'acme',
      '--host',
      'https://acme.example',
      ...(await cli.managementOptions()),
    ]);
    expect(elsewhere.code).toBe(73);
  });

  it('forgives a mistyped host, as long as nothing was made there', async () => {
    await using other = await openCliHarness(['globex']);
    const admin = await cli.managementOptions();
    const mistyped = ['tenant', 'provision', 'acme', '--host', other.acme.host, '--name', 'Acme', ...admin];
    expect(await cli.run(mistyped)).toMatchObject({ code: 77 });
    expect(await cli.run(await provision())).toMatchObject({ code: 0 });
    const shown = await cli.run(['tenant', 'show', 'acme', '--json']);
    expect(JSON.parse(shown.stdout)).toMatchObject({ host: cli.acme.host, name: 'Acme' });
  });

  it.each(['https://acme.example/path', 'http://acme.example', 'https://10.0.0.1', 'nonsense'])(
    'refuses the host %s',
    async (host) => {
      const result = await cli.run([
        'tenant',
        'provision',
        'acme',
        '--host',
        host,
        ...(await cli.managementOptions()),
      ]);
      expect(result.code).toBe(65);
    },
  );
});

describe('what provisioning leaves behind', () => {
  it('is in the audit log: who, what, result', async () => {
    await cli.run(await provision());
    const events = await (await cli.portal()).storage.audit.read({ tenantId: 'acme' });
    const [client] = ours();
    expect(
      events.map(({ action, result, actor, detail }) => ({ action, result, actor, detail })).toReversed(),
    ).toMatchObject([
      {
        action: 'oauth-client.create',
        result: 'ok',
        actor: 'ops:tester',
        detail: { clientId: client?.clientId },
      },
      { action: 'oauth-client.trust', result: 'ok', actor: 'ops:tester' },
      { action: 'tenant.provision', result: 'ok', actor: 'ops:tester' },
    ]);
    cli.acme.state.faults.add({ kind: 'status', status: 403 });
    await cli.run(await provision());
    const [last] = await (await cli.portal()).storage.audit.read({ limit: 1 });
    expect(last).toMatchObject({
      action: 'tenant.provision',
      result: 'failed',
      detail: { code: 'qlik_user_disabled' },
    });
  });
});

describe('portal tenant provision --dry-run prints what would change, and changes nothing', () => {
  it('for a new tenant: the client to create, its consent, and what would be stored', async () => {
    const planned = await cli.dryRun(await provision());
    expect(planned).toMatchObject([
      { where: 'portal', action: 'create', object: 'tenant', id: 'acme' },
      { where: 'tenant', action: 'create', object: 'OAuth client', id: null },
      { where: 'portal', action: 'update', object: 'stored impersonation credentials', id: null },
    ]);
    expect(planned[1]?.fields).toEqual(
      expect.arrayContaining([
        { field: 'clientName', found: [], wanted: ['my-embedded-portal'] },
        { field: 'allowedOrigins', found: [], wanted: ['http://localhost:3000'] },
        { field: 'consentMethod', found: [], wanted: ['trusted'] },
      ]),
    );
  });

  it('for a provisioned tenant: nothing', async () => {
    await cli.run(await provision());
    expect(await cli.dryRun(await provision())).toEqual([]);
    const result = await cli.run(await provision('--dry-run'));
    expect(result).toMatchObject({ code: 0, stdout: 'nothing to change\n' });
  });

  it('for a client that drifted: its fields, exactly as the run reports them', async () => {
    await cli.run(await provision());
    const [client] = ours();
    Object.assign(client!, { allowedScopes: ['admin_classic'], consentMethod: 'required' });
    const planned = await cli.dryRun(await provision('--name', 'Acme Ltd'));
    expect(planned).toMatchObject([
      {
        where: 'portal',
        action: 'update',
        object: 'tenant',
        fields: [{ field: 'name', found: ['acme'], wanted: ['Acme Ltd'] }],
      },
      { where: 'tenant', action: 'update', object: 'OAuth client', id: client?.clientId },
    ]);
    const run = await cli.run(await provision('--json', '--name', 'Acme Ltd'));
    expect(parsed(run.stdout)['changed']).toEqual(planned[1]?.fields);
  });

  it('for a client to adopt, duplicates and a management client', async () => {
    await cli.run(await provision());
    const [own] = ours();
    const duplicate = addForeignClient(cli.acme, own!);
    const foreign = addForeignClient(cli.acme, { clientName: 'older portal', description: 'By hand.' });
    expect(await cli.dryRun(await provision('--management', 'create'))).toMatchObject([
      { where: 'tenant', action: 'delete', object: 'OAuth client', id: duplicate.clientId },
      { where: 'tenant', action: 'create', object: 'OAuth client' },
      { where: 'portal', action: 'update', object: 'stored management credentials' },
    ]);
    const id = foreign.clientId;
    const adopted = await cli.dryRun(await provision('--adopt', id, '--management', 'keep'));
    expect(adopted).toMatchObject([
      { where: 'tenant', action: 'update', object: 'OAuth client', id },
      { where: 'tenant', action: 'create', object: `secret of client ${id}` },
      { where: 'portal', action: 'update', object: 'stored impersonation credentials', id },
      { where: 'portal', action: 'update', object: 'stored management credentials' },
    ]);
    expect(adopted[0]?.fields.map(({ field }) => field)).toContain('description');
  });

  it('as lines of text', async () => {
    const { stdout } = await cli.run(await provision('--dry-run'));
    expect(stdout).toContain('+ portal: tenant acme\n');
    expect(stdout).toContain('+ Qlik tenant: OAuth client\n    clientName: nothing → my-embedded-portal\n');
    expect(stdout).toContain('~ portal: stored impersonation credentials\n');
  });
});
