import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import { networkInterfaces } from 'node:os';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { tenantApp } from '../src/engine/apps.ts';
import { PortUnavailableError, startRegion } from '../src/region.ts';
import {
  analyst,
  call,
  impersonate,
  impersonationClient,
  someText,
  testRegion,
  testTenant,
  textLike,
} from './support.ts';

describe('a region', () => {
  test('holds many tenants, each with its own address, users and clients', async () => {
    const region = await testRegion({ tenants: [{ name: 'acme' }, { name: 'globex' }] });
    const [acme, globex] = [region.tenant('acme'), region.tenant('globex')];
    expect(acme.host).not.toBe(globex.host);
    expect(acme.state.id).not.toBe(globex.state.id);
    const client = await impersonationClient(acme);
    expect((await impersonate(globex, client, analyst(globex).id)).status).toBe(401);
    expect(() => region.tenant('initech')).toThrow('initech');
  });

  test('listens on loopback and on no other address of the machine', async () => {
    const tenant = await testTenant();
    const { port, hostname } = new URL(tenant.host);
    expect(hostname).toBe('127.0.0.1');
    const others = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ family, internal }) => family === 'IPv4' && !internal)
      .map(({ address }) => address);
    const reached = await Promise.all(
      ['127.0.0.2', ...others].map((address) => accepts(address, Number(port))),
    );
    expect(reached).not.toContain(true);
  });

  test('a taken port is named, and the tenants already started are stopped', async () => {
    const squatter = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void squatter.close());
    await once(squatter, 'listening');
    const port = portOf(squatter);
    const before = listeners();
    const attempt = startRegion({
      tenants: [
        { name: 'acme', port: 0 },
        { name: 'globex', port },
      ],
    });
    await expect(attempt).rejects.toBeInstanceOf(PortUnavailableError);
    await expect(attempt).rejects.toMatchObject({
      code: 'PORT_UNAVAILABLE',
      port,
      tenant: 'globex',
      message: textLike(new RegExp(`${port}`)),
    });
    await expect.poll(listeners).toBeLessThanOrEqual(before);
  });

  test('close ends idle, hung and half-sent requests at once', async () => {
    const region = await testRegion();
    const tenant = region.tenant('acme');
    tenant.state.faults.add({ kind: 'hang', match: { path: '/hang' } });
    tenant.state.faults.add({ kind: 'delay', ms: 60_000, match: { path: '/late' } });
    const waiting = ['/hang', '/late'].map((path) =>
      fetch(tenant.host + path).then(
        () => 'answered',
        () => 'cut',
      ),
    );
    const idle = connect(Number(new URL(tenant.host).port), '127.0.0.1');
    idle.write(
      'POST /oauth/token HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"half',
    );
    const ended = once(idle, 'close');
    await expect.poll(() => tenant.state.journal.count({ status: 0 })).toBe(3);
    await region.close();
    expect(await Promise.all(waiting)).toEqual(['cut', 'cut']);
    await ended;
    expect(idle.destroyed).toBe(true);
  });

  test('close ends open websockets too', async () => {
    const region = await testRegion();
    const { host, state } = region.tenant('acme');
    const socket = new WebSocket(`${host.replace('http', 'ws')}/app/${tenantApp('acme').appId}`, {
      headers: { authorization: `Bearer ${state.adminToken()}` },
    });
    await once(socket, 'message');
    const closed = once(socket, 'close');
    await region.close();
    expect((await closed)[0]).toBe(1006);
  });
});

describe('every answer', () => {
  test('says that it is a sandbox: the page in words, all in a header', async () => {
    const tenant = await testTenant();
    const page = await call(tenant, 'GET', '/');
    expect(page.text).toContain('This is a sandbox, not Qlik Cloud.');
    const answers = [
      page,
      await call(tenant, 'GET', '/nowhere'),
      await call(tenant, 'GET', '/__sandbox/journal'),
    ];
    expect(answers.map(({ headers }) => headers.get('x-sandbox'))).toEqual(['true', 'true', 'true']);
    expect(answers[1]?.body).toMatchObject({
      errors: [{ code: 'HTTP-404', title: 'Not found' }],
      traceId: someText,
    });
  });

  test.each([
    ['malformed JSON', '{"a":', 400],
    ['no JSON object', '"text"', 400],
    ['an empty body', '', 400],
    ['a body of more than 1 MB', JSON.stringify({ clientName: 'x'.repeat(1_100_000) }), 413],
    ['prototype keys', '{"__proto__":{"subject":"x"},"constructor":{"prototype":{}}}', 400],
    ['wrong types', '{"subject":{"toString":null}}', 400],
  ])('to %s is an error in Qlik’s shape, never a 500', async (_name, body, status) => {
    const tenant = await testTenant();
    const token = tenant.state.adminToken();
    for (const path of [
      '/api/v1/users',
      '/api/v1/oauth-clients',
      '/api/v1/groups',
      '/oauth/token',
      '/oauth/revoke',
    ]) {
      const answer = await call(tenant, 'POST', path, { body, token });
      expect([path, answer.status]).toEqual([path, status]);
      expect(answer.body).toMatchObject({
        errors: [{ code: `HTTP-${status}` }],
        traceId: someText,
      });
    }
  });

  test.each([
    '/api/v1/users/%00',
    '/api/v1/users/%ff',
    '/api/v1/users/constructor',
    '/api/v1/oauth-clients/__proto__',
    '/api/v1/users?filter=a&filter=b',
    '/api/v1/users?fields=__proto__&limit=1',
    '/%',
  ])('to an odd path is no 500: %s', async (path) => {
    const tenant = await testTenant();
    const { status } = await call(tenant, 'GET', path, { token: tenant.state.adminToken() });
    expect(status).toBeLessThan(500);
  });
});

test('main.ts runs a region by hand and stops on SIGTERM', async () => {
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('../src/main.ts', import.meta.url)), '--tenant', 'acme:0', '--json'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  const exited = once(child, 'exit');
  const { tenants } = announced.parse(JSON.parse(String((await once(child.stdout, 'data'))[0])));
  const [acme] = tenants;
  const answer = await fetch(`${acme?.host}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      client_id: acme?.managementClient.clientId ?? '',
      client_secret: acme?.managementClient.clientSecret ?? '',
      grant_type: 'client_credentials',
    }),
  });
  expect(answer.status).toBe(200);
  child.kill('SIGTERM');
  expect(await exited).toEqual([0, null]);
});

const announced = z.object({
  tenants: z.array(
    z.object({
      host: z.url(),
      managementClient: z.object({ clientId: z.string(), clientSecret: z.string() }),
    }),
  ),
});

/** How many sockets this process listens on. */
function listeners(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'TCPServerWrap').length;
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

function accepts(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, timeout: 1_000 });
    const settle = (reached: boolean) => {
      socket.destroy();
      resolve(reached);
    };
    socket
      .once('connect', () => settle(true))
      .once('error', () => settle(false))
      .once('timeout', () => settle(false));
  });
}
