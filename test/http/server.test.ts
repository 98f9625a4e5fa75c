import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createLogger } from '../../src/logger.ts';
import { serve } from '../../src/web/http/server.ts';
import { startPortal } from '../support/portal.ts';

/** A portal with one request under way, which the returned function lets finish. */
async function busyPortal(options: { stopWithinMs?: number } = {}) {
  const portal = await startPortal(options);
  const cookie = await portal.signIn(await portal.addUser(await portal.addTenant()));
  const asked = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  portal.broker.onRequest = asked.resolve;
  portal.broker.gate = gate.promise;
  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  const answer = new Promise<IncomingMessage>((resolve, reject) => {
    get(`${portal.url}/api/qlik-token`, { agent, headers: { Cookie: cookie } }, resolve).once(
      'error',
      reject,
    );
  });
  await asked.promise;
  return { portal, answer, finish: () => gate.resolve() };
}

describe('a graceful stop', () => {
  test('finishes what runs, takes nothing new, and closes the stores last', async () => {
    const { portal, answer, finish } = await busyPortal();
    const closeStorage = vi.spyOn(portal.storage, 'close');
    const closed = portal.close();

    const refused = connect(Number(new URL(portal.url).port), '127.0.0.1');
    await expect(once(refused, 'connect')).rejects.toThrow('ECONNREFUSED');
    expect(closeStorage).not.toHaveBeenCalled();

    finish();
    const { statusCode, headers } = await answer;
    expect(statusCode).toBe(200);
    await closed;
    expect(headers['connection']).toBe('close');
    expect(closeStorage).toHaveBeenCalledOnce();
  });

  test('tells connections that are kept alive to go, and /readyz that it is over', async () => {
    const { portal, answer, finish } = await busyPortal();
    const port = Number(new URL(portal.url).port);
    // Half a request keeps this connection busy over the stop.
    const socket = connect(port, '127.0.0.1');
    let received = '';
    socket.on('data', (chunk: Buffer) => void (received += chunk.toString()));
    socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /readyz HTTP/1.1\r\nHost: x\r\n');
    await expect.poll(() => received).toContain('200 OK');

    const closed = portal.close();
    socket.write('\r\n');
    await once(socket, 'close');
    expect(received).toMatch(/HTTP\/1\.1 503 [^]*Connection: close[^]*"status":"stopping"/);
    finish();
    await answer;
    await closed;
  });

  test('does not wait for connections on which nothing runs', async () => {
    const portal = await startPortal();
    const port = Number(new URL(portal.url).port);
    const silent = connect(port, '127.0.0.1');
    const idle = connect(port, '127.0.0.1');
    idle.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(idle, 'data');
    const ends = Promise.all([once(silent, 'close'), once(idle, 'close')]);
    silent.resume();
    idle.resume();
    await portal.close();
    await ends;
    expect(portal.logged.join('')).not.toContain('cutting');
  });

  test('ends a connection with the answer that had begun before the stop', async () => {
    const stopping = new AbortController();
    const gate = Promise.withResolvers<void>();
    const log = vi.fn<() => void>();
    const server = await serve(
      (_req, res) => {
        res.write('begun');
        void gate.promise.then(() => res.end(', finished'));
      },
      {
        host: '127.0.0.1',
        port: 0,
        log: { debug: log, info: log, warn: log, error: log },
        stopping,
        onClose: async () => {},
        stopWithinMs: 5_000,
      },
    );
    const answer = await fetch(server.url);
    expect(answer.headers.get('Connection')).toBe('keep-alive');
    const closed = server.close();
    gate.resolve();
    expect(await answer.text()).toBe('begun, finished');
    await closed;
    expect(log).not.toHaveBeenCalled();
  });

  test('serves on while load balancers notice, on connections that are kept alive as on new ones', async () => {
    const stopping = new AbortController();
    const log = vi.fn<() => void>();
    const server = await serve((_req, res) => res.end(stopping.signal.aborted ? 'stopping' : 'serving'), {
      host: '127.0.0.1',
      port: 0,
      log: { debug: log, info: log, warn: log, error: log },
      stopping,
      onClose: async () => {},
      drainMs: 300,
    });
    const port = Number(new URL(server.url).port);
    const [kept, idle] = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1')];
    const ask = async (socket: typeof kept) => {
      socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
      const [answer] = (await once(socket, 'data')) as [Buffer];
      return answer.toString();
    };
    expect(await ask(kept)).toContain('serving');
    expect(await ask(idle)).toContain('serving');

    const closed = server.close();
    expect(await ask(kept)).toMatch(/Connection: close[^]*stopping/);
    expect(await (await fetch(server.url)).text()).toBe('stopping');
    // Another's answer is no reason to close it: a request may be on its way.
    expect(await ask(idle)).toMatch(/Connection: close[^]*stopping/);
    await closed;
    await expect(fetch(server.url)).rejects.toThrow('fetch failed');
  });

  test('cuts what is still running after its time, and says so', async () => {
    const { portal, answer, finish } = await busyPortal({ stopWithinMs: 50 });
    const [outcome] = await Promise.allSettled([answer, portal.close()]);
    expect(outcome).toMatchObject({ status: 'rejected', reason: { message: 'socket hang up' } });
    expect(portal.logged.join('')).toContain('cutting the requests that are still running');
    finish();
  });

  test('asked for twice is one', async () => {
    const portal = await startPortal();
    const closeStorage = vi.spyOn(portal.storage, 'close');
    await Promise.all([portal.server.close(), portal.server.close()]);
    await portal.server.close();
    expect(closeStorage).toHaveBeenCalledOnce();
  });
});

describe('listening', () => {
  const log = createLogger('silent');
  const start = (host: string, port: number) =>
    serve((_req, res) => void res.end('ok'), {
      host,
      port,
      log,
      stopping: new AbortController(),
      onClose: async () => {},
    });

  test('on a taken port fails with the code of the system', async () => {
    const first = await start('127.0.0.1', 0);
    await expect(start('127.0.0.1', Number(new URL(first.url).port))).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
    await first.close();
  });

  test('on IPv6 gives an address that works', async () => {
    const server = await start('::1', 0);
    expect(server.url).toMatch(/^http:\/\/\[::1\]:\d+$/);
    expect(await (await fetch(server.url)).text()).toBe('ok');
    await server.close();
  });
});
