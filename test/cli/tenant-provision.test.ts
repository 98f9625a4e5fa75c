import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { SandboxClient } from 'qlik-sandbox/tenant-state.ts';
import { addForeignClient, openWorkshop, type Workshop } from './support/portal-command.ts';

let shop: Workshop;
let userId: string;

beforeEach(async () => {
  shop = await openWorkshop();
  userId = shop.acme.state.users.add({ subject: 'idp|analyst', name: 'Analyst', assignedRoles: [] })!.id;
});
afterEach(() => shop[Symbol.asyncDispose]());

const ours = (role = 'impersonation'): SandboxClient[] =>
  shop.acme.state.clients.all().filter(({ description }) => description.includes(`[${role} client of acme`));
const provision = async (...more: string[]) =>
  ['tenant', 'provision', 'ACME', '--host', shop.acme.host, '--user', userId].concat(
    await shop.admin(),
    more,
  );
const calls = () => shop.acme.state.journal.list().map(({ method, path }) => `${method} ${path}`);
const parsed = (text: string) => z.record(z.string(), z.unknown()).parse(JSON.parse(text));

describe('portal tenant provision', () => {
  it('makes the calls of the document, in its words, and proves the result', async () => {
    const result = await shop.run(await provision('--json'));
    expect(result).toMatchObject({ code: 0, stderr: '' });
    const [client] = ours();
    expect(JSON.parse(result.stdout)).toMatchObject({
      tenant: { id: 'acme', host: shop.acme.host },
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
    await shop.here(await provision());
    const [before] = structuredClone(ours());
    const again = await shop.here(await provision('--json'));
    expect(parsed(again.stdout)).toMatchObject({ how: 'found', changed: [] });
    expect(ours()).toEqual([before]);
  });

  it('brings a client that drifted back, and says what it changed', async () => {
    await shop.here(await provision());
    const [client] = ours();
    Object.assign(client!, {
      allowedScopes: ['admin_classic'],
      allowedOrigins: ['https://other.example'],
      consentMethod: 'required',
    });
    const again = await shop.here(await provision());
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
    const result = await shop.here(await provision(...choices, ...uris, ...embed));
    expect(result).toMatchObject({ code: 0 });
    expect(ours()[0]).toMatchObject({
      clientName: 'analytics',
      redirectUris: ['https://portal.example/cb'],
      allowedOrigins: ['http://localhost:3000', 'https://www.example'],
    });
    const shown = await shop.here(['tenant', 'show', 'acme', '--json']);
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
    Object.assign(shop.acme.state.settings, { originsOnWebClients: false });
    const result = await shop.here(await provision());
    expect(result.code).toBe(0);
    expect(result.stdout).toContain('warning  The tenant refuses allowedOrigins');
    expect(ours()[0]?.allowedOrigins).toEqual([]);
    const again = await shop.here(await provision());
    expect(again.code).toBe(0);
    expect(again.stdout).toContain('warning  The tenant refuses allowedOrigins');
    expect(ours()).toHaveLength(1);
  });

  it('takes over the client it is told to, and leaves its other secrets alone', async () => {
    const { state } = shop.acme;
    const foreign = addForeignClient(shop.acme, { clientName: 'older portal', description: 'By hand.' });
    const theirs = state.clients.addSecret(foreign, 'someone')!;
    const result = await shop.here(await provision('--adopt', foreign.clientId, '--json'));
    expect(parsed(result.stdout)).toMatchObject({ how: 'adopted', clientId: foreign.clientId });
    expect(foreign).toMatchObject({
      clientName: 'older portal',
      consentMethod: 'trusted',
      allowedScopes: ['user_default'],
    });
    expect(foreign.secrets.map(({ hint }) => hint)).toContain(theirs.hint);
    expect(foreign.secrets).toHaveLength(2);
    const again = await shop.here(await provision('--json'));
    expect(parsed(again.stdout)).toMatchObject({ how: 'found', clientId: foreign.clientId });
  });

  it('goes on taking a client over where an earlier run stopped, and leaves its other secrets alone', async () => {
    const foreign = addForeignClient(shop.acme, { clientName: 'older portal', description: 'By hand.' });
    const theirs = shop.acme.state.clients.addSecret(foreign, 'someone')!;
    shop.acme.state.faults.add({
      kind: 'reset',
      afterBytes: 3,
      times: 1,
      match: { path: `/api/v1/oauth-clients/${foreign.clientId}/client-secrets` },
    });
    expect(await shop.here(await provision('--adopt', foreign.clientId))).toMatchObject({ code: 69 });
    expect(await shop.here(await provision())).toMatchObject({ code: 0 });
    expect(foreign.secrets.map(({ hint }) => hint)).toContain(theirs.hint);
    expect(ours()).toEqual([foreign]);
  });

  it('makes a client of its own for administration, which later commands use', async () => {
    const first = await shop.here(await provision('--management', 'create'));
    expect(first).toMatchObject({ code: 0 });
    expect(ours('management')).toMatchObject([
      { allowedGrantTypes: ['client_credentials'], allowedOrigins: [] },
    ]);
    const again = await shop.here([
      'tenant',
      'provision',
      'acme',
      '--host',
      shop.acme.host,
      '--user',
      userId,
    ]);
    expect(again).toMatchObject({ code: 0 });
  });

  it('leaves no token behind', async () => {
    await shop.here(await provision('--management', 'create'));
    expect(shop.acme.state.tokens.list(userId)).toEqual([]);
    expect(
      shop.acme.state.tokens.list(shop.acme.state.botOf(shop.acme.managementClient.clientId).id),
    ).toEqual([]);
  });

  it('removes the client of a create whose answer came after all', async () => {
    await shop.here(await provision());
    const [client] = ours();
    addForeignClient(shop.acme, client!);
    expect(ours()).toHaveLength(2);
    await shop.here(await provision());
    expect(ours()).toEqual([client]);
  });

  it('finds its client among hundreds of others', async () => {
    for (let i = 0; i < 250; i++) addForeignClient(shop.acme, { clientName: `client ${i}` });
    await shop.here(await provision());
    const file = await shop.file('empty.db', '');
    const [client] = ours();
    // Another database: what was stored is lost, the client is there.
    const result = await shop.run(await provision('--json'), { env: { DATABASE_URL: `file:${file}` } });
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
    shop.acme.state.faults.add({ ...fault, times: 1 });
    const failed = await shop.here(await provision());
    expect(failed.code).toBe(code);
    expect(calls().filter((call) => call === 'POST /api/v1/oauth-clients')).toHaveLength(1);
    const again = await shop.here(await provision());
    expect(again).toMatchObject({ code: 0 });
    expect(ours()).toHaveLength(1);
    expect(ours()[0]?.secrets).toHaveLength(1);
  });

  it('waits as long as a 429 says, and no longer', async () => {
    shop.acme.state.faults.add({
      kind: 'status',
      status: 429,
      retryAfterSeconds: 1,
      times: 1,
      match: { method: 'POST', path: '/api/v1/oauth-clients' },
    });
    const result = await shop.here(await provision());
    expect(result.code).toBe(0);
    expect(result.stderr).toContain('waiting 1 s');
    expect(ours()).toHaveLength(1);
  });

  it('works itself free of a client that has five secrets nobody knows', async () => {
    await shop.here(await provision());
    const [client] = ours();
    while (shop.acme.state.clients.addSecret(client!, 'x') !== undefined);
    const result = await shop.run(await provision(), {
      env: { DATABASE_URL: `file:${shop.folder}/other.db` },
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
    const result = await shop.here(['tenant', 'provision', 'acme', '--host', shop.acme.host, ...options]);
    expect(result.code).toBe(code);
    expect(calls().filter((call) => call.includes('oauth-clients'))).toEqual([]);
  });

  it('refuses sheets of no app', async () => {
    const result = await shop.here([...(await provision()), '--sheet', 'sheet-1=Overview']);
    expect(result).toMatchObject({ code: 64 });
    expect(result.stderr).toContain('--app');
    expect(calls()).toEqual([]);
  });

  it('refuses another host for a tenant it knows', async () => {
    await shop.here(await provision());
    const elsewhere = await shop.here([
      'tenant',
      'provision',
      'acme',
      '--host',
      'https://acme.example',
      ...(await shop.admin()),
    ]);
    expect(elsewhere.code).toBe(73);
  });

  it('forgives a mistyped host, as long as nothing was made there', async () => {
    await using other = await openWorkshop(['globex']);
    const admin = await shop.admin();
    const mistyped = ['tenant', 'provision', 'acme', '--host', other.acme.host, '--name', 'Acme', ...admin];
    expect(await shop.here(mistyped)).toMatchObject({ code: 77 });
    expect(await shop.here(await provision())).toMatchObject({ code: 0 });
    const shown = await shop.here(['tenant', 'show', 'acme', '--json']);
    expect(JSON.parse(shown.stdout)).toMatchObject({ host: shop.acme.host, name: 'Acme' });
  });

  it.each(['https://acme.example/path', 'http://acme.example', 'https://10.0.0.1', 'nonsense'])(
    'refuses the host %s',
    async (host) => {
      const result = await shop.here([
        'tenant',
        'provision',
        'acme',
        '--host',
        host,
        ...(await shop.admin()),
      ]);
      expect(result.code).toBe(65);
    },
  );
});

describe('what provisioning leaves behind', () => {
  it('is in the audit log: who, what, result', async () => {
    await shop.here(await provision());
    const events = await (await shop.portal()).storage.audit.read({ tenantId: 'acme' });
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
    shop.acme.state.faults.add({ kind: 'status', status: 403 });
    await shop.here(await provision());
    const [last] = await (await shop.portal()).storage.audit.read({ limit: 1 });
    expect(last).toMatchObject({
      action: 'tenant.provision',
      result: 'failed',
      detail: { code: 'qlik_user_disabled' },
    });
  });
});

describe('a dry run', () => {
  it('tells every call, with secrets as ***, and changes nothing anywhere', async () => {
    const before = structuredClone(shop.acme.state.clients.all());
    const result = await shop.here(await provision('--dry-run', '--json'));
    expect(result).toMatchObject({ code: 0 });
    const { planned } = z
      .object({
        planned: z.array(z.object({ method: z.string(), url: z.string(), body: z.unknown().optional() })),
      })
      .parse(JSON.parse(result.stdout));
    const base = `${shop.acme.host}/api/v1/oauth-clients`;
    expect(planned.map(({ method, url }) => `${method} ${url}`)).toEqual([
      `POST ${base}`,
      `PATCH ${base}/NEW-CLIENT-ID/connection-configs/me`,
      `POST ${shop.acme.host}/oauth/token`,
      `GET ${shop.acme.host}/api/v1/users/me`,
      `POST ${shop.acme.host}/oauth/revoke`,
    ]);
    expect(planned[0]?.body).toMatchObject({
      clientName: 'my-embedded-portal',
      allowedOrigins: ['http://localhost:3000'],
    });
    expect(planned[2]?.body).toMatchObject({
      client_secret: '***',
      user_lookup: { field: 'userId', value: userId },
    });
    expect(shop.acme.state.clients.all()).toEqual(before);
    expect((await shop.here(['tenant', 'list', '--json'])).stdout.trim()).toBe('[]');
    expect(await (await shop.portal()).storage.audit.read({})).toEqual([]);
  });

  it('is readable for people', async () => {
    const result = await shop.here(await provision('--dry-run'));
    expect(result.stdout).toContain(
      `POST ${shop.acme.host}/api/v1/oauth-clients\n  authorization: Bearer ***\n`,
    );
  });
});
