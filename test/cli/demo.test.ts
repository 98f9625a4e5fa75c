import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { text } from 'node:stream/consumers';
import supertest from 'supertest';
import { expect, onTestFinished, test } from 'vitest';
import type { DemoSummary } from '../../scripts/demo/start-demo.ts';
import { atProvider } from '../support/identity-provider.ts';

function demo(...options: string[]): ChildProcess & { stdout: NonNullable<ChildProcess['stdout']> } {
  const child = spawn(process.execPath, ['scripts/demo.ts', ...options], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

async function exitCode(child: ChildProcess): Promise<unknown> {
  const [code] = (await once(child, 'exit')) as [number | null];
  return code;
}

async function occupiedPort(): Promise<{ port: number; server: Server }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { server, port: (server.address() as AddressInfo).port };
}

test('--json says in one line who can sign in where, it is true, and Ctrl-C leaves nothing behind', async () => {
  const child = demo('--json', '--port', '0', '--tenant-port', '0');
  const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
  const line = chunk.toString();
  expect(line.trim().split('\n')).toHaveLength(1);
  const { portal, tenants, users } = JSON.parse(line) as DemoSummary;
  expect(tenants.map(({ name }) => name)).toEqual(['acme', 'globex']);
  expect(users.length).toBeGreaterThanOrEqual(4);

  for (const { email, password, tenant, qlikUserId } of users) {
    const signedIn = await fetch(`${portal}/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: portal },
      body: JSON.stringify({ email, password }),
    });
    expect(signedIn.status).toBe(200);
    const cookie = signedIn.headers.get('set-cookie')!.split(';')[0]!;
    const answer = await fetch(`${portal}/api/qlik-token`, { headers: { cookie } });
    const token = (await answer.json()) as { access_token: string; host: string };
    expect(token.host).toBe(tenants.find(({ name }) => name === tenant)!.host);
    const me = await fetch(`${token.host}/api/v1/users/me`, {
      headers: { authorization: `Bearer ${token.access_token}` },
    });
    expect(await me.json()).toMatchObject({ id: qlikUserId });
  }

  child.kill('SIGINT');
  expect(await exitCode(child)).toBe(0);
  for (const address of [portal, ...tenants.map(({ host }) => host)]) {
    await expect(fetch(address)).rejects.toThrow('fetch failed');
  }
});

test('--sso lets people of the second tenant in by their company, to the accounts that they have', async () => {
  const child = demo('--json', '--sso', '--port', '0', '--tenant-port', '0', '--sso-port', '0');
  const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
  const { portal, tenants, users, sso } = JSON.parse(chunk.toString()) as DemoSummary;
  expect(sso).toBe('globex');
  const { email, qlikUserId } = users.find(({ tenant }) => tenant === sso)!;

  const browser = supertest.agent(portal);
  const begun = await browser.get(`/login/sso/${sso}`).expect(302);
  const authorization = String(begun.headers['location']);
  const { origin } = new URL(authorization);
  const callback = await atProvider(origin).approve(authorization, { subject: `${sso}:${email}` });
  expect(callback.startsWith(`${portal}/login/sso/${sso}/callback?`)).toBe(true);
  await browser.get(callback.slice(portal.length)).expect(303).expect('Location', '/');

  const answer = await browser.get('/api/qlik-token').expect(200);
  const token = answer.body as { access_token: string; host: string };
  expect(token.host).toBe(tenants.find(({ name }) => name === sso)!.host);
  const me = await fetch(`${token.host}/api/v1/users/me`, {
    headers: { authorization: `Bearer ${token.access_token}` },
  });
  expect(await me.json()).toMatchObject({ id: qlikUserId });

  child.kill('SIGINT');
  expect(await exitCode(child)).toBe(0);
  for (const address of [portal, origin]) await expect(fetch(address)).rejects.toThrow('fetch failed');
});

test.each([
  ['--port', '--tenant-port'],
  ['--tenant-port', '--port'],
])('a taken %s is told with the option that moves it', async (taken, other) => {
  const { port } = await occupiedPort();
  const child = demo(taken, String(port), other, '0');
  const [said, code] = await Promise.all([text(child.stderr!), exitCode(child)]);
  expect(said).toContain(`Port ${port} is taken`);
  expect(said).toContain(`${taken} N`);
  expect(code).toBe(2);
});

test('a port that is none is told', async () => {
  const child = demo('--port', '99999');
  const [said, code] = await Promise.all([text(child.stderr!), exitCode(child)]);
  expect(said).toBe('--port takes a port from 0 to 65535; 0 takes a free one\n');
  expect(code).toBe(2);
});
