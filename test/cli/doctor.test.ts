import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { tenantApp } from 'qlik-sandbox/engine/apps.ts';
import { Secret } from '../../src/domain/model/secret.ts';
import { openCliHarness, type CliHarness } from './support/cli-harness.ts';

const IMPERSONATION = 'urn:qlik:oauth:user-impersonation';
const reportSchema = z.object({
  healthy: z.boolean(),
  examinations: z.array(
    z.object({
      tenant: z.string().nullable(),
      checks: z.array(
        z.object({
          id: z.string(),
          title: z.string(),
          why: z.string(),
          status: z.string(),
          found: z.string(),
          mend: z.string().optional(),
        }),
      ),
    }),
  ),
});

let cli: CliHarness;
let userId: string;

beforeEach(async () => {
  cli = await openCliHarness();
  const { state } = cli.acme;
  userId = state.users.add({ subject: 'idp|analyst', name: 'Analyst', assignedRoles: [] })!.id;
  const app = tenantApp('acme');
  const embed = [
    '--app',
    app.appId,
    ...app.sheets.flatMap(({ id }) => ['--sheet', id]),
    '--object',
    app.objects[0]!.id,
  ];
  const args = ['tenant', 'provision', 'acme', '--host', cli.acme.host, '--management', 'create', ...embed];
  await cli.run(args.concat(await cli.managementOptions()));
});
afterEach(() => cli[Symbol.asyncDispose]());

async function examine(...args: string[]) {
  const result = await cli.run(['doctor', 'acme', '--user', userId, '--json', ...args]);
  const report = reportSchema.parse(JSON.parse(result.stdout));
  const checks = report.examinations.flatMap((examination) => examination.checks);
  const at = (status: string) => checks.filter((check) => check.status === status);
  return {
    code: result.code,
    healthy: report.healthy,
    checks,
    faults: at('fault'),
    warnings: at('warning'),
    skipped: at('skipped'),
  };
}

const brief = (checks: readonly { id: string; found: string }[]) =>
  checks.map(({ id, found }) => `${id}: ${found}`).join('\n');
const client = () =>
  cli.acme.state.clients.all().find(({ description }) => description.includes('[impersonation client'))!;

async function storeSecret(plain: string): Promise<void> {
  const { tenants } = (await cli.portal()).storage;
  const [tenant] = await tenants.list();
  const authentication = { method: 'client_secret', secret: new Secret(plain) } as const;
  await tenants.save({ ...tenant!, impersonation: { clientId: client().clientId, authentication } });
}

describe('portal doctor', () => {
  it('finds nothing wrong with a tenant that was just provisioned, and looks at everything in order', async () => {
    const { code, healthy, checks } = await examine();
    expect(checks.filter(({ status }) => status !== 'ok')).toEqual([]);
    expect({ code, healthy }).toEqual({ code: 0, healthy: true });
    expect(checks.map(({ id }) => id)).toEqual([
      'configuration',
      'database',
      'encryption',
      'address',
      'clock',
      'administration',
      'client',
      'grants',
      'scopes',
      'consent',
      'origins',
      'secrets',
      'exchange',
      'identity',
      'app',
      'csp',
      'cookies',
    ]);
  });

  it('leaves no token behind, and changes nothing', async () => {
    const before = structuredClone(client());
    await examine();
    expect(client()).toEqual(before);
    for (const { clientId } of cli.acme.state.clients.all()) {
      expect(cli.acme.state.tokens.list(cli.acme.state.botOf(clientId).id)).toEqual([]);
    }
    expect(cli.acme.state.tokens.list(userId)).toEqual([]);
  });

  it('says what it can without administration, and what it could not look at', async () => {
    const { tenants } = (await cli.portal()).storage;
    const [tenant] = await tenants.list();
    await tenants.save({ ...tenant!, management: null });
    const { code, faults, skipped } = await examine();
    expect({ code, faults }).toEqual({ code: 0, faults: [] });
    expect(skipped.map(({ id }) => id)).toEqual([
      'administration',
      'client',
      'grants',
      'scopes',
      'consent',
      'origins',
      'secrets',
    ]);
  });

  it('is readable for people: why it matters and how to mend it', async () => {
    client().consentMethod = 'required';
    const result = await cli.run(['doctor', 'acme', '--user', userId]);
    expect(result).toMatchObject({ code: 1 });
    expect(result.stdout).toContain('✗ consent method of the client: consent is required, not trusted');
    expect(result.stdout).toContain('why  only a trusted client can impersonate');
    expect(result.stdout).toContain('fix  portal tenant provision acme');
    expect(result.stdout).toMatch(/1 faults, 0 warnings$/m);
  });
});

type Case = [what: string, arrange: () => void | Promise<void>, check: string, found: RegExp];

describe('portal doctor names the right cause, and nothing else', () => {
  const cases: Case[] = [
    ['a wrong secret', () => storeSecret('not-the-secret'), 'exchange', /refuses the stored secret/],
    ['consent required', () => void (client().consentMethod = 'required'), 'consent', /not trusted/],
    [
      'a missing grant',
      () => void (client().allowedGrantTypes = ['client_credentials']),
      'grants',
      /user-impersonation is missing/,
    ],
    [
      'a missing scope',
      () => void (client().allowedScopes = ['admin_classic']),
      'scopes',
      /missing: user_default/,
    ],
    [
      'a missing origin',
      () => void (client().allowedOrigins = ['https://other.example']),
      'origins',
      /localhost:3000 is missing/,
    ],
    [
      'a deleted client',
      () => void cli.acme.state.clients.remove(client().clientId),
      'client',
      /does not exist$/,
    ],
    ['deleted secrets', () => void (client().secrets = []), 'secrets', /has no secret$/],
    [
      'a disabled user',
      () => void (cli.acme.state.users.byId(userId)!.status = 'disabled'),
      'exchange',
      /is disabled$/,
    ],
    ['a user who is not there', () => void cli.acme.state.users.remove(userId), 'exchange', /has no user/],
    [
      'a clock ahead',
      () => void cli.acme.state.faults.add({ kind: 'clock-skew', ms: 600_000 }),
      'clock',
      /600 s ahead|599 s ahead|601 s ahead/,
    ],
    [
      'a clock behind',
      () => void cli.acme.state.faults.add({ kind: 'clock-skew', ms: -600_000 }),
      'clock',
      /s behind/,
    ],
    [
      'a rate limit',
      () => void cli.acme.state.faults.add({ kind: 'status', status: 429, retryAfterSeconds: 17 }),
      'address',
      /wait 17 s/,
    ],
    [
      'a rate limit of the tier of tokens',
      () =>
        void cli.acme.state.faults.add({
          kind: 'status',
          status: 429,
          retryAfterSeconds: 17,
          match: { path: '/oauth/token' },
        }),
      'administration',
      /rate limit.*wait 17 s/,
    ],
    ['an outage', () => void cli.acme.state.faults.add({ kind: 'status', status: 503 }), 'address', /503/],
    ['a tenant that hangs', () => void cli.acme.state.faults.add({ kind: 'hang' }), 'address', /in time/],
    ['a tenant that cuts', () => void cli.acme.state.faults.add({ kind: 'reset' }), 'address', /closed/],
    ['an unreachable tenant', () => cli.region.close(), 'address', /connection refused/],
    [
      'a tenant that refuses its own tokens',
      () => void cli.acme.state.faults.add({ kind: 'revoked-token', match: { grant: IMPERSONATION } }),
      'identity',
      /refuses the token that it has just issued/,
    ],
  ];

  it.each(cases)('%s', async (_what, arrange, check, found) => {
    await arrange();
    const { code, healthy, faults, warnings } = await examine();
    expect(faults.map(({ id }) => id)).toEqual([check]);
    expect(faults[0]?.found).toMatch(found);
    expect(faults[0]?.mend).toBeTruthy();
    expect(warnings).toEqual([]);
    expect({ code, healthy }).toEqual({ code: 1, healthy: false });
  });

  it('the token cap of a person', async () => {
    const { state } = cli.acme;
    state.settings.maxLiveTokensPerUser = 2;
    for (let i = 0; i < 2; i++) {
      state.tokens.issue({
        kind: 'impersonation',
        userId,
        clientId: client().clientId,
        scopes: [],
        lifetimeSeconds: 600,
      });
    }
    const { faults } = await examine();
    expect(faults).toMatchObject([{ id: 'exchange' }]);
    expect(faults[0]?.found).toMatch(/is active, so the maximum number of tokens is reached/);
  });

  it('an app and a sheet that are not there', async () => {
    await cli.run(['tenant', 'update', 'acme', '--sheet', 'no-such-sheet=Gone']);
    expect(brief((await examine()).faults)).toMatch(/^app: .*no-such-sheet$/);
    await cli.run(['tenant', 'update', 'acme', '--app', 'no-such-app']);
    expect((await examine()).faults).toMatchObject([
      { id: 'app', found: 'this user has no access to app no-such-app' },
    ]);
  });

  it('no app named, an old secret, a secret too many, a tenant switched off: warnings', async () => {
    const { tenants } = (await cli.portal()).storage;
    const [tenant] = await tenants.list();
    await tenants.save({ ...tenant!, embed: null });
    expect((await examine()).warnings.map(({ id }) => id)).toEqual(['app']);
    await tenants.save(tenant!);
    const [secret] = client().secrets;
    client().secrets = [{ ...secret!, createdAt: '2020-01-01T00:00:00Z' }];
    expect(brief((await examine()).warnings)).toMatch(/^secrets: .*days old/);
    cli.acme.state.clients.addSecret(client(), 'someone');
    expect(brief((await examine()).warnings)).toMatch(/^secrets: .*2 secrets/);
    client().secrets = [secret!];
    await cli.run(['tenant', 'disable', 'acme']);
    const { code, warnings } = await examine();
    expect(warnings.map(({ id }) => id)).toEqual(['encryption']);
    expect(code).toBe(0);
  });

  it('a key that is not registered any more', async () => {
    await cli.run(['tenant', 'rotate', 'acme', '--private-key-jwt', '--grace', '0']);
    expect((await examine()).faults).toEqual([]);
    client().publicKeys = [];
    expect((await examine()).faults).toMatchObject([
      { id: 'secrets', found: 'the key of the portal is not registered' },
    ]);
  });

  it('a stored secret that does not open', async () => {
    const environment = { ENCRYPTION_KEYS: `other:${Buffer.alloc(32, 7).toString('base64')}` };
    const one = await cli.spawn(['doctor', 'acme', '--json'], { env: environment });
    const all = await cli.spawn(['doctor', '--json'], { env: environment });
    for (const { code, stdout } of [one, all]) {
      const faults = reportSchema
        .parse(JSON.parse(stdout))
        .examinations.flatMap(({ checks }) => checks)
        .filter(({ status }) => status === 'fault');
      expect(code).toBe(1);
      expect(brief(faults)).toMatch(/^encryption: .*key id test/);
    }
  });

  it('a configuration that cannot be read, a database that is not there', async () => {
    const broken = await cli.spawn(['doctor', '--json'], { env: { PUBLIC_URL: 'nonsense' } });
    expect(broken).toMatchObject({ code: 1, stderr: '' });
    expect(broken.stdout).toContain('PUBLIC_URL');
    const empty = await cli.spawn(['doctor', '--json'], {
      env: { DATABASE_URL: `file:${cli.folder}/new.db` },
    });
    expect(empty).toMatchObject({ code: 1, stderr: '' });
    expect(empty.stdout).toContain('migrations are missing');
  });

  it.each([
    [{}, 'warning'],
    [{ TRUST_PROXY: '1' }, 'ok'],
  ])('a proxy in front that nobody told the portal of: %j', async (more, status) => {
    const env = { PUBLIC_URL: 'https://portal.example', INSECURE_ALLOW_LOOPBACK_TENANTS: 'false', ...more };
    const { stdout } = await cli.spawn(['doctor', '--json'], { env });
    const checks = reportSchema.parse(JSON.parse(stdout)).examinations.flatMap((each) => each.checks);
    expect(checks.find(({ id }) => id === 'cookies')).toMatchObject({ status });
  });

  it('the switch for the sandbox on a public portal', async () => {
    const { code, stdout } = await cli.spawn(['doctor'], { env: { PUBLIC_URL: 'https://portal.example' } });
    expect(code).toBe(1);
    expect(stdout).toContain('✗ configuration: INSECURE_ALLOW_LOOPBACK_TENANTS');
  });
});
