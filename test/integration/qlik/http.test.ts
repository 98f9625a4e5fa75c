import { createServer, type RequestListener, type Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { PortalError } from '../../../src/domain/errors.ts';
import { Secret } from '../../../src/domain/model/secret.ts';
import { readAnswer } from '../../../src/qlik/answer.ts';
import { createQlikHttp, type QlikHttp } from '../../../src/qlik/http.ts';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const TIMEOUT_MS = 400;

describe('the HTTP client for Qlik Cloud', () => {
  let server: Server;
  let http: QlikHttp;
  let host: string;
  let answer: RequestListener;

  beforeEach(async () => {
    server = createServer((req, res) => answer(req, res));
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    host = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
    const clock = { now: () => Date.now() };
    http = createQlikHttp({ clock, log: quiet, allowLoopbackTenants: true, timeoutMs: TIMEOUT_MS });
  });

  afterEach(async () => {
    await http.close();
    server.closeAllConnections();
    await new Promise((resolve) => void server.close(resolve));
  });

  const schema = z.object({ clientSecret: z.string() });
  const ask = async () =>
    readAnswer(await http.send({ host, method: 'GET', path: '/api/v1/thing' }), { status: 200, schema });
  const failure = async (): Promise<PortalError> => {
    const error: unknown = await ask().catch((caught: unknown) => caught);
    if (error instanceof PortalError) return error;
    throw new Error('expected a PortalError', { cause: error });
  };
  const json = (status: number, body: unknown, headers: Record<string, string> = {}) => {
    answer = (_req, res) => {
      res.writeHead(status, { 'content-type': 'application/json', ...headers });
      res.end(JSON.stringify(body));
    };
  };

  it('accepts unknown fields in a response', async () => {
    json(200, { clientSecret: 'x', something: { new: true } });
    expect(await ask()).toEqual({ clientSecret: 'x' });
  });

  it('names endpoint and field of an unreadable response, never the value', async () => {
    json(200, { clientSecret: { oops: 'TOP-SECRET-VALUE' } });
    const error = await failure();
    expect(error.code).toBe('qlik_bad_response');
    expect(error.message).toContain('GET /api/v1/thing: field "clientSecret"');
    expect(JSON.stringify([error, error.message, error.cause])).not.toContain('TOP-SECRET');
  });

  it.each([
    [400, 'qlik_bad_request'],
    [401, 'qlik_client_rejected'],
    [403, 'qlik_forbidden'],
    [404, 'qlik_not_found'],
    [405, 'qlik_bad_request'],
    [409, 'qlik_conflict'],
    [429, 'qlik_rate_limited'],
    [500, 'qlik_unavailable'],
    [503, 'qlik_unavailable'],
    [204, 'qlik_bad_response'],
  ])('means by %i: %s', async (status, code) => {
    json(status, { errors: [{ code: 'X-1', title: 'No' }], traceId: 'trace-1' });
    expect((await failure()).code).toBe(code);
  });

  it('keeps trace id and text of a refusal, with tokens and e-mails masked', async () => {
    const detail = 'for someone@acme.example with eyJhbGciOiJFUzM4NCJ9.eyJzdWIiOiJ4In0.c2ln\nforged log line';
    json(404, { errors: [{ code: 'USERS-7', title: 'Not found', detail }], traceId: 'trace-1' });
    const error = await failure();
    expect(error.qlikTraceId).toBe('trace-1');
    expect(error.detail).toContain('USERS-7: Not found');
    expect(error.detail).not.toMatch(/someone|eyJ|\n/);
  });

  it.each([
    [{ 'retry-after': '7' }, 7],
    [{ 'retry-after': '999999' }, 3600],
    [{ 'retry-after': '0' }, 1],
    [{ 'retry-after': 'soon' }, 30],
    [{}, 30],
  ])('says when to come back: %j', async (headers, seconds) => {
    json(429, {}, headers);
    expect((await failure()).retryAfterS).toBe(seconds);
  });

  it('does not follow redirects', async () => {
    const asked: (string | undefined)[] = [];
    answer = (req, res) => {
      asked.push(req.url);
      res.writeHead(302, { location: `${host}/inside` }).end();
    };
    expect((await failure()).message).toContain('redirects');
    expect(asked).toEqual(['/api/v1/thing']);
  });

  it('reads a body only where its content type is JSON', async () => {
    answer = (_req, res) =>
      void res.writeHead(200, { 'content-type': 'text/html' }).end('{"clientSecret":"x"}');
    expect((await failure()).code).toBe('qlik_bad_response');
    answer = (_req, res) =>
      void res.writeHead(200, { 'content-type': 'application/json' }).end('{"clientSecret":');
    expect((await failure()).code).toBe('qlik_bad_response');
  });

  it('refuses a response body that is too large', async () => {
    answer = (_req, res) => {
      res.writeHead(200, { 'content-type': 'application/json' });
      res.end(JSON.stringify({ clientSecret: 'x'.repeat(5 * 1024 * 1024) }));
    };
    expect((await failure()).code).toBe('qlik_bad_response');
  });

  it.each<[string, RequestListener]>([
    ['never answers', () => {}],
    [
      'stops in the middle',
      (_req, res) => void res.writeHead(200, { 'content-type': 'application/json' }).write('{'),
    ],
    [
      'drips for ever',
      (_req, res) => {
        res.writeHead(200, { 'content-type': 'application/json' });
        const drip = setInterval(() => res.write(' '), 50);
        res.on('close', () => clearInterval(drip));
      },
    ],
  ])('gives up on a tenant that %s', async (_what, listener) => {
    answer = listener;
    expect((await failure()).code).toBe('qlik_timeout');
  });

  it.each<[string, RequestListener]>([
    ['cuts the connection', (req) => void req.socket.destroy()],
    [
      'cuts the answer',
      (req, res) => {
        res.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
        res.write('{', () => req.socket.destroy());
      },
    ],
  ])('tells of a tenant that %s', async (_what, listener) => {
    answer = listener;
    expect((await failure()).code).toBe('qlik_unavailable');
  });

  it('reports a tenant that refuses the connection as qlik_unavailable', async () => {
    const closed = host;
    await new Promise((resolve) => void server.close(resolve));
    host = closed;
    expect((await failure()).message).toContain('ECONNREFUSED');
  });

  it('refuses a host that is not an origin before it sends the token', async () => {
    const token = new Secret('t');
    const request = { method: 'GET', path: '/', bearer: token } as const;
    await expect(http.send({ ...request, host: `${host}@evil.example` })).rejects.toMatchObject({
      code: 'invalid_request',
    });
    await expect(http.send({ ...request, host: 'https://10.0.0.1' })).rejects.toMatchObject({
      code: 'invalid_request',
    });
  });

  it('measures the clock skew of the tenant', async () => {
    const skews: (number | undefined)[] = [];
    for (const off of [0, 300_000, -300_000]) {
      json(200, {}, { date: new Date(Date.now() + off).toUTCString() });
      skews.push((await http.send({ host, method: 'GET', path: '/' })).clockSkewMs);
    }
    expect(skews[0]).toBe(0);
    expect(skews[1]).toBeGreaterThan(298_000);
    expect(skews[2]).toBeLessThan(-298_000);
  });

  it('escapes variable path segments', async () => {
    let seen = '';
    answer = (req, res) => {
      seen = req.url ?? '';
      res.writeHead(200).end();
    };
    await http.send({
      host,
      method: 'GET',
      path: '/x',
      query: { filter: 'a eq "b&c=d"', limit: 1, next: undefined },
    });
    expect(new URL(seen, host).searchParams.get('filter')).toBe('a eq "b&c=d"');
    expect([...new URL(seen, host).searchParams.keys()]).toEqual(['filter', 'limit']);
  });

  it('closes its connections', async () => {
    json(200, { clientSecret: 'x' });
    await ask();
    await http.close();
    await expect(ask()).rejects.toMatchObject({ code: 'qlik_unavailable' });
  });
});
