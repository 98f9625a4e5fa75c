import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { addForeignClient, openCliHarness, type CliHarness } from './support/cli-harness.ts';

const CLIENTS = '/api/v1/oauth-clients';
// Clears the screen; the same in one byte; writes the line from right to left.
const HOSTILE = 'Sales\u001b[2J\u009b2J\u202e\r\nacme: all is well';

let cli: CliHarness;
const servers: Server[] = [];

beforeEach(async () => {
  cli = await openCliHarness();
});
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
  await cli[Symbol.asyncDispose]();
});

/** A tenant that takes any credentials and answers about its clients what the test wants. */
async function startTenant(answer: (method: string, url: URL) => [status: number, json: unknown]) {
  const asked: string[] = [];
  const server = createServer((req, res) => {
    const url = new URL(req.url ?? '', 'http://tenant.invalid');
    asked.push(`${req.method} ${url.pathname}`);
    const [status, json] =
      url.pathname === '/oauth/token'
        ? [200, { access_token: 'token', token_type: 'bearer', expires_in: 60 }]
        : answer(req.method ?? '', url);
    res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json));
  });
  servers.push(server);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return { host: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`, asked };
}

const provision = async (host: string) =>
  cli.run(['tenant', 'provision', 'acme', '--host', host, ...(await cli.managementOptions())]);
// oxlint-disable-next-line no-control-regex -- the very characters that must not come through
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/;

describe('a tenant that means ill', () => {
  it('with a list that never ends ends the command', async () => {
    const tenant = await startTenant((_method, url) => {
      const next = Number(url.searchParams.get('next') ?? 0) + 1;
      return [200, { data: [], links: { next: { href: `https://elsewhere.example/?next=${next}` } } }];
    });
    const result = await provision(tenant.host);
    expect(result).toMatchObject({ code: 76 });
    expect(result.stderr).toContain('does not end');
    expect(tenant.asked.length).toBeLessThan(300);
  });

  it('with pages that are elsewhere is asked itself, and nobody else', async () => {
    const other = await startTenant(() => [200, { data: [] }]);
    const tenant = await startTenant((_method, url) => [
      200,
      url.searchParams.has('next')
        ? { data: [] }
        : { data: [], links: { next: { href: `${other.host}/?next=2` } } },
    ]);
    await provision(tenant.host);
    expect(tenant.asked.filter((call) => call === `GET ${CLIENTS}`)).toHaveLength(2);
    expect(other.asked).toEqual([]);
  });

  it.each([
    'x\u001b[2J',
    '../../users',
    '..',
    'a b',
    `a\nacme: all is well`,
    'x'.repeat(5000),
    '__proto__\u0000',
  ])('with a client called %j is told that this is no id', async (clientId) => {
    const tenant = await startTenant((method) =>
      method === 'GET' ? [200, { data: [] }] : [201, { clientId, clientSecret: 'secret' }],
    );
    const result = await provision(tenant.host);
    expect(result).toMatchObject({ code: 76 });
    expect(result.stderr).toContain(`POST ${CLIENTS}: field "clientId"`);
  });

  it('does not drive the terminal by its names, and programs get them unharmed', async () => {
    await provision(cli.acme.host);
    addForeignClient(cli.acme, { clientName: HOSTILE, description: HOSTILE });
    const { clientId } = cli.acme.state.clients.all().at(-1)!;
    const admin = await cli.managementOptions();
    const list = await cli.spawn(['client', 'list', 'acme', ...admin]);
    const get = await cli.spawn(['client', 'get', 'acme', clientId, ...admin]);
    for (const { stdout, stderr, code } of [list, get]) {
      expect(code).toBe(0);
      expect(stdout).toContain('Sales');
      expect(stdout + stderr).not.toMatch(CONTROL);
      expect(stdout).not.toMatch(/^acme: all is well/m);
    }
    const { stdout } = await cli.spawn(['client', 'get', 'acme', clientId, '--json', ...admin]);
    expect(stdout).not.toMatch(CONTROL);
    expect(z.object({ clientName: z.string() }).parse(JSON.parse(stdout)).clientName).toBe(HOSTILE);
  });

  it('that planted a client with the mark of the portal keeps nothing that opens it', async () => {
    await provision(cli.acme.host);
    const { description } = cli.acme.state.clients.all().find((each) => each.description.includes('acme'))!;
    await cli.run(['tenant', 'remove', 'acme', '--here-only', '--yes']);
    const before = cli.acme.state.clients.all().find((each) => each.description === description);
    const key = {
      kid: 'planted',
      kty: 'EC',
      alg: 'ES384',
      use: 'sig',
      crv: 'P-384',
      x: 'x',
      y: 'y',
    } as const;
    Object.assign(before!, { publicKeys: [key], allowedAuthMethods: ['private_key_jwt'] });
    const planted = before!.secrets.map(({ hint }) => hint);
    const result = await provision(cli.acme.host);
    expect(result).toMatchObject({ code: 0 });
    const after = cli.acme.state.clients.all().find(({ clientId }) => clientId === before!.clientId)!;
    expect(after).toMatchObject({ publicKeys: [], allowedAuthMethods: ['client_secret'] });
    expect(after.secrets.map(({ hint }) => hint)).not.toContain(planted[0]);
  });
});
