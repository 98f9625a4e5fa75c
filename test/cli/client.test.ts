import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { composeAdministration } from '../../src/compose/administration.ts';
import { Secret } from '../../src/domain/model/secret.ts';
import { MANAGEMENT_SCOPES } from '../../src/portal/tenants/management-token.ts';
import { addForeignClient, openCliHarness, type CliHarness } from './support/cli-harness.ts';

let cli: CliHarness;

beforeEach(async () => {
  cli = await openCliHarness();
  const args = ['tenant', 'provision', 'acme', '--host', cli.acme.host, '--management', 'create'];
  await cli.run(args.concat(await cli.managementOptions()));
});
afterEach(() => cli[Symbol.asyncDispose]());

const client = (...args: string[]) => cli.run(['client', ...args]);
const all = () => cli.acme.state.clients.all();
const pageSchema = z.object({
  clients: z.array(z.object({ clientId: z.string(), clientName: z.string() })),
  next: z.string().nullable(),
});

describe('portal client', () => {
  it('lists every client once, page after page', async () => {
    for (let i = 0; i < 25; i++) addForeignClient(cli.acme, { clientName: `foreign ${i}` });
    const seen: string[] = [];
    let next: string | null = null;
    let pages = 0;
    do {
      const result = await client(
        'list',
        'acme',
        '--limit',
        '10',
        '--json',
        ...(next === null ? [] : ['--next', next]),
      );
      const page: z.infer<typeof pageSchema> = pageSchema.parse(JSON.parse(result.stdout));
      seen.push(...page.clients.map(({ clientId }) => clientId));
      ({ next } = page);
      pages += 1;
    } while (next !== null);
    expect(pages).toBe(3);
    expect(seen.toSorted()).toEqual(
      all()
        .map(({ clientId }) => clientId)
        .toSorted(),
    );
    expect((await client('list', 'acme', '--limit', '10')).stdout).toMatch(/^more: --next \S+$/m);
  });

  it('lists also clients that prove themselves in ways this portal does not know', async () => {
    const stranger = addForeignClient(cli.acme, { clientName: 'stranger' });
    const publicKeys = [{ kid: 'k1', kty: 'OKP', alg: 'EdDSA', crv: 'Ed25519', x: 'x' }];
    Object.assign(stranger, { publicKeys, allowedAuthMethods: ['tls_client_auth'] });
    expect((await client('list', 'acme')).stdout).toContain('stranger');
    const shown = await client('get', 'acme', stranger.clientId, '--json');
    expect(JSON.parse(shown.stdout)).toMatchObject({ publicKeys, allowedAuthMethods: ['tls_client_auth'] });
  });

  it('filters as RFC 7644 says, and passes on what the tenant says of a wrong filter', async () => {
    addForeignClient(cli.acme, { clientName: 'needle' });
    const found = await client('list', 'acme', '--json', '--filter', 'clientName eq "needle"');
    expect(pageSchema.parse(JSON.parse(found.stdout)).clients).toMatchObject([{ clientName: 'needle' }]);
    const wrong = await client('list', 'acme', '--filter', 'clientName like x');
    expect(wrong).toMatchObject({ code: 77 });
    expect(wrong.stderr).toContain('qlik_bad_request');
  });

  it('shows one, and says when there is none', async () => {
    const foreign = addForeignClient(cli.acme, { clientName: 'a \u001b[31mred\u0007 name' });
    const shown = await client('get', 'acme', foreign.clientId);
    expect(shown.stdout).toMatch(/^consent +required$/m);
    expect(shown.stdout).toContain('a \u{fffd}[31mred\u{fffd} name');
    expect(await client('get', 'acme', 'no-such-client')).toMatchObject({ code: 66 });
    expect(await client('get', 'acme', '../users/me')).toMatchObject({ code: 66 });
  });

  it('creates one and puts its secret into a file that only its owner reads', async () => {
    const secretFile = join(cli.folder, 'new.secret');
    const result = await client(
      'create',
      'acme',
      '--name',
      'reporting',
      '--trust',
      '--secret-file',
      secretFile,
    );
    expect(result).toMatchObject({ code: 0 });
    expect((await stat(secretFile)).mode & 0o777).toBe(0o600);
    const secret = (await readFile(secretFile, 'utf8')).trim();
    expect(result.stdout + result.stderr).not.toContain(secret);
    const made = all().find(({ clientName }) => clientName === 'reporting');
    expect(made).toMatchObject({ consentMethod: 'trusted', allowedScopes: ['user_default'] });
    const refused = join(cli.folder, 'refused.secret');
    expect(await client('create', 'acme', '--name', ' ', '--secret-file', refused)).toMatchObject({
      code: 77,
    });
    await expect(stat(refused)).rejects.toMatchObject({ code: 'ENOENT' });
    const count = all().length;
    expect(await client('create', 'acme', '--name', 'again', '--secret-file', secretFile)).toMatchObject({
      code: 73,
    });
    expect(all()).toHaveLength(count);
  });

  it('leaves no client behind whose secret could not be kept, and writes that down', async () => {
    const before = all().length;
    const { tenants } = composeAdministration(await cli.portal());
    const { clientId, clientSecret } = cli.acme.managementClient;
    const secret = new Secret(clientSecret);
    const management = {
      client: { clientId, authentication: { method: 'client_secret', secret } },
      scopes: MANAGEMENT_SCOPES,
    } as const;
    const [tenant] = await tenants.list();
    const made = tenants.withClients({ tenantId: tenant!.id, management, actor: 'ops:tester' }, (clients) =>
      clients.change({
        action: 'create',
        settings: {
          clientName: 'x',
          description: '',
          allowedScopes: ['user_default'],
          allowedGrantTypes: ['client_credentials'],
          redirectUris: [],
          allowedOrigins: [],
        },
        trusted: false,
        keep: () => Promise.reject(new Error('disk full')),
      }),
    );
    await expect(made).rejects.toThrow('disk full');
    expect(all()).toHaveLength(before);
    const told = await cli.run(['audit', '--failed', '--action', 'oauth-client.create']);
    expect(told.stdout).toContain('internal_error');
  });

  it('updates, publishes and deletes, each in the audit log', async () => {
    const { clientId } = addForeignClient(cli.acme, { clientName: 'old name' });
    expect(
      await client('update', 'acme', clientId, '--name', 'new name', '--origin', 'https://www.example'),
    ).toMatchObject({ code: 0 });
    expect(cli.acme.state.clients.byId(clientId)).toMatchObject({
      clientName: 'new name',
      allowedOrigins: ['https://www.example'],
    });
    expect(await client('publish', 'acme', clientId)).toMatchObject({ code: 0 });
    expect(cli.acme.state.clients.byId(clientId)?.publishedAt).toBeTruthy();
    expect(await client('delete', 'acme', clientId)).toMatchObject({ code: 64 });
    expect(await client('delete', 'acme', clientId, '--yes')).toMatchObject({ code: 0 });
    expect(cli.acme.state.clients.byId(clientId)).toBeUndefined();
    expect(await client('delete', 'acme', clientId, '--yes')).toMatchObject({ code: 66 });
    const events = await (await cli.portal()).storage.audit.read({ limit: 4 });
    expect(events.map(({ action, result, detail }) => [action, result, detail?.['clientId']])).toEqual([
      ['oauth-client.remove', 'failed', clientId],
      ['oauth-client.remove', 'ok', clientId],
      ['oauth-client.publish', 'ok', clientId],
      ['oauth-client.update', 'ok', clientId],
    ]);
  });

  it('a dry run of every command prints its plan, sends only reads, and changes nothing', async () => {
    const { clientId } = addForeignClient(cli.acme, { clientName: 'foreign' });
    const before = structuredClone(all());
    const secretFile = join(cli.folder, 'dry.secret');
    const runs = [];
    for (const args of [
      ['client', 'create', 'acme', '--name', 'dry', '--trust', '--secret-file', secretFile],
      ['client', 'update', 'acme', clientId, '--name', 'other'],
      ['client', 'publish', 'acme', clientId],
      ['client', 'delete', 'acme', clientId],
      ['tenant', 'remove', 'acme'],
    ]) {
      runs.push(await cli.dryRun(args));
    }
    const [created, updated, published, deleted, removed] = runs;
    expect(created).toMatchObject([{ where: 'tenant', action: 'create', object: 'OAuth client' }]);
    expect(created?.[0]?.fields).toContainEqual({ field: 'clientName', found: [], wanted: ['dry'] });
    expect(created?.[0]?.fields).toContainEqual({ field: 'consentMethod', found: [], wanted: ['trusted'] });
    expect(updated).toMatchObject([
      {
        action: 'update',
        id: clientId,
        fields: [{ field: 'clientName', found: ['foreign'], wanted: ['other'] }],
      },
    ]);
    expect(published).toMatchObject([{ action: 'update', id: clientId, fields: [{ field: 'published' }] }]);
    expect(deleted).toMatchObject([{ action: 'delete', object: 'OAuth client', id: clientId }]);
    expect(removed).toMatchObject([
      { where: 'tenant', action: 'delete', object: 'OAuth client' },
      { where: 'tenant', action: 'delete', object: 'OAuth client' },
      { where: 'portal', action: 'delete', object: 'tenant', id: 'acme' },
    ]);
    expect(all()).toEqual(before);
    await expect(stat(secretFile)).rejects.toMatchObject({ code: 'ENOENT' });
    expect((await cli.run(['tenant', 'show', 'acme', '--json'])).stdout).toContain('"status": "active"');
  });

  it('a dry run of a change that is refused fails like the change', async () => {
    const own = all().find(({ description }) => description.includes('client of acme'))!;
    const options = ['--dry-run', '--json'];
    expect(await client('delete', 'acme', own.clientId, ...options)).toMatchObject({ code: 73 });
    expect(await client('delete', 'acme', 'no-such-client', ...options)).toMatchObject({ code: 66 });
  });

  it('does not delete what the portal lives by', async () => {
    for (const { clientId, description } of all().filter((each) =>
      each.description.includes('client of acme'),
    )) {
      expect(description).toContain('made by');
      expect(await client('delete', 'acme', clientId, '--yes')).toMatchObject({ code: 73 });
    }
    expect(all()).toHaveLength(3);
  });
});
