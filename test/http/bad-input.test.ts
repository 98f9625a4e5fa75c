import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { startPortal, type TestPortal, type TestUser } from '../support/portal.ts';

let portal: TestPortal;
let analyst: TestUser;
let cookie: string;
beforeAll(async () => {
  portal = await startPortal();
  analyst = await portal.addUser(await portal.addTenant());
  cookie = await portal.signIn(analyst);
});
afterAll(() => portal.close());

const MEGABYTE = 'x'.repeat(1_000_000);
const JSON_TYPE = 'application/json';
const FORM_TYPE = 'application/x-www-form-urlencoded';

function post(path: string, { type, body }: { type: string | undefined; body: string | Buffer }) {
  return fetch(portal.url + path, {
    method: 'POST',
    redirect: 'manual',
    headers: { Cookie: cookie, ...(type !== undefined && { 'Content-Type': type }) },
    // Bytes, so that fetch adds no type of its own.
    body: Buffer.from(body),
  });
}

/** Status and code, where the answer is a whole problem document. */
async function problemIn(answer: Response): Promise<[number, string]> {
  const body: unknown = await answer.json();
  expect(answer.headers.get('Content-Type')).toBe('application/problem+json; charset=utf-8');
  const problem = z
    .strictObject({
      type: z.string().startsWith('urn:problem-type:portal:'),
      title: z.string().min(1),
      status: z.literal(answer.status),
      detail: z.string().min(1),
      code: z.string().regex(/^[a-z_]+$/),
      traceId: z.literal(answer.headers.get('X-Request-Id')),
    })
    .parse(body);
  return [problem.status, problem.code];
}

const fields = (more: string) => `{"email":"a@b.example","password":"x"${more}}`;

describe.each(['/login', '/api/qlik-token'])('POST %s as JSON', (path) => {
  test.each<[string, string, string | Buffer, number, string]>([
    ['not JSON', JSON_TYPE, '{"email":', 400, 'malformed_json'],
    ['a bare word', JSON_TYPE, 'hello', 400, 'malformed_json'],
    ['a string', JSON_TYPE, '"text"', 400, 'malformed_json'],
    ['null', JSON_TYPE, 'null', 400, 'malformed_json'],
    ['an array', JSON_TYPE, '[]', 400, 'invalid_request'],
    ['empty', JSON_TYPE, '', 400, 'invalid_request'],
    ['an empty object', JSON_TYPE, '{}', 400, 'invalid_request'],
    ['wrong types', JSON_TYPE, '{"email":1,"password":true,"rejected":[]}', 400, 'invalid_request'],
    [
      'arrays instead of strings',
      JSON_TYPE,
      '{"email":["a@b.example"],"password":["x"]}',
      400,
      'invalid_request',
    ],
    [
      'objects instead of strings',
      JSON_TYPE,
      '{"email":{"$ne":""},"rejected":{"$ne":""}}',
      400,
      'invalid_request',
    ],
    ['unknown fields', JSON_TYPE, fields(',"admin":true'), 400, 'invalid_request'],
    ['__proto__', JSON_TYPE, fields(',"__proto__":{"admin":true}'), 400, 'invalid_request'],
    ['constructor', JSON_TYPE, fields(',"constructor":{"prototype":{"x":1}}'), 400, 'invalid_request'],
    [
      'only __proto__',
      JSON_TYPE,
      '{"__proto__":{"email":"a@b.example","password":"x"}}',
      400,
      'invalid_request',
    ],
    ['deep nesting', JSON_TYPE, '['.repeat(8000) + ']'.repeat(8000), 400, 'invalid_request'],
    ['1 MB', JSON_TYPE, JSON.stringify({ email: MEGABYTE }), 413, 'payload_too_large'],
    ['1 MB that is not JSON', JSON_TYPE, MEGABYTE, 413, 'payload_too_large'],
    ['invalid UTF-8', JSON_TYPE, Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), 400, 'invalid_request'],
    [
      'UTF-16',
      `${JSON_TYPE}; charset=utf-16`,
      Buffer.from(fields(''), 'utf16le'),
      415,
      'unsupported_media_type',
    ],
    ['an unknown charset', `${JSON_TYPE}; charset=klingon`, fields(''), 415, 'unsupported_media_type'],
    ['a made-up utf charset', `${JSON_TYPE}; charset=utf-99`, fields(''), 415, 'unsupported_media_type'],
    ['plain text', 'text/plain', fields(''), 415, 'unsupported_media_type'],
    ['no type', '', fields(''), 415, 'unsupported_media_type'],
    ['a broken type', 'application/', fields(''), 415, 'unsupported_media_type'],
    ['a broken parameter', `${JSON_TYPE}; charset="`, fields(',"x":1'), 400, 'invalid_request'],
    ['another JSON', 'application/vnd.api+json', fields(''), 415, 'unsupported_media_type'],
    ['multipart', 'multipart/form-data; boundary=x', '--x--', 415, 'unsupported_media_type'],
  ])('%s', async (_what, type, body, status, code) => {
    expect(await problemIn(await post(path, { type, body }))).toEqual([status, code]);
  });

  test('compressed bodies are not unpacked', async () => {
    const answer = await fetch(portal.url + path, {
      method: 'POST',
      headers: { 'Content-Type': JSON_TYPE, 'Content-Encoding': 'gzip', Cookie: cookie },
      body: 'no gzip at all',
    });
    expect(await problemIn(answer)).toEqual([415, 'unsupported_media_type']);
  });
});

describe('POST /login', () => {
  test.each([
    ['a NUL in the e-mail', { email: 'a\0@b.example', password: 'x' }, 400],
    ['a line break in the e-mail', { email: 'a@b.example\r\nBcc: c@d.example', password: 'x' }, 400],
    ['a lone surrogate in the e-mail', { email: '\ud800@b.example', password: 'x' }, 400],
    ['a lone surrogate in the password', { email: 'a@b.example', password: '\ud800' }, 400],
    ['two @', { email: 'a@b@c.example', password: 'x' }, 400],
    ['an endless e-mail', { email: `${'a'.repeat(400)}@b.example`, password: 'x' }, 400],
    ['an endless password', { email: 'a@b.example', password: 'x'.repeat(5000) }, 400],
    ['a NUL in the password', { email: 'a@b.example', password: 'x\0y' }, 401],
    ['an e-mail of another script', { email: 'δοκιμή@παράδειγμα.example', password: 'x' }, 401],
    ['an e-mail of emoji', { email: '🦊@b.example', password: '🦊' }, 401],
    ['an e-mail that looks like SQL', { email: `a'--@b.example`, password: `' OR 1=1` }, 401],
  ])('%s', async (_what, body, status) => {
    const answer = await post('/login', { type: JSON_TYPE, body: JSON.stringify(body) });
    const code = status === 400 ? 'invalid_request' : 'invalid_credentials';
    expect(await problemIn(answer)).toEqual([status, code]);
  });

  test('tells which fields are at fault, and never what was in them', async () => {
    const answer = await portal.request.post('/login').send({ email: 12_345_678, password: ['hunter2'] });
    expect(answer.body).toHaveProperty('detail', expect.stringMatching(/email: .*; password: /));
    expect(answer.text).not.toMatch(/12345678|hunter2/);
  });

  test.each([
    ['fields twice', 'email=a@b.example&email=c@d.example&password=x'],
    ['fields as arrays', 'email[]=a@b.example&password[]=x'],
    ['__proto__', '__proto__[email]=a@b.example&__proto__=x&password=x'],
    ['more fields', 'email=a@b.example&password=x&role=admin'],
    ['Latin-1 bytes', Buffer.from('email=jörg@b.example&password=x', 'latin1')],
    ['broken percent encoding', 'email=%E0%A4%A&password=%'],
    ['a NUL', 'email=a%00@b.example&password=x'],
  ])('as a form with %s', async (_what, body) => {
    const answer = await post('/login', { type: FORM_TYPE, body });
    expect([answer.status, answer.headers.get('Location')]).toEqual([303, '/login#invalid_request']);
  });

  test.each([
    ['of 1 MB', FORM_TYPE, `email=${MEGABYTE}`, 413, 'payload_too_large'],
    ['of a thousand fields', FORM_TYPE, 'a=1&'.repeat(1000), 413, 'payload_too_large'],
    ['in another charset', `${FORM_TYPE}; charset=shift_jis`, 'email=a', 415, 'unsupported_media_type'],
  ])('as a form %s', async (_what, type, body, status, code) => {
    const answer = await post('/login', { type, body });
    expect(await problemIn(answer)).toEqual([status, code]);
  });
});

describe('POST /api/qlik-token', () => {
  test.each(['', 'x', '../../etc', 'a'.repeat(10_000), "' OR 1=1", '0d0c0b0a-0000-4000-8000'])(
    'rejected: %.20s',
    async (rejected) => {
      const answer = await post('/api/qlik-token', { type: JSON_TYPE, body: JSON.stringify({ rejected }) });
      expect(await problemIn(answer)).toEqual([400, 'invalid_request']);
    },
  );

  test('asks for a session before it looks at the body [ASVS 8.2.1]', async () => {
    const answer = await portal.request.post('/api/qlik-token').send({ rejected: 1 });
    expect([answer.status, answer.body]).toEqual([
      401,
      expect.objectContaining({ code: 'session_required' }),
    ]);
  });
});

describe('addresses', () => {
  test.each([
    ['/api/nowhere', 404],
    ['/api/%', 404],
    ['/api/../api/embed%00', 404],
    ['/%61pi/embed', 404],
    ['/api%2fembed', 404],
    ['//api/embed', 404],
    ['/css/%', 400],
    ['/css/..%2ftsconfig.json', 404],
    ['/css/../tsconfig.json', 404],
    ['/js/%2e%2e/%2e%2e/package.json', 404],
    ['/js/..%5c..%5cpackage.json', 404],
    ['/css/%00', 400],
    ['/css/', 404],
    ['/css/.hidden', 404],
    ['/js/embed', 404],
    ['/js/embed/', 404],
    ['/public/login.html', 404],
    ['/login.html', 404],
    ['/embed.html', 404],
    ['//evil.example/', 404],
  ])('%s', async (path, status) => {
    const answer = await rawRequest(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).toContain('"code":');
  });
});

describe('requests that are no HTTP are turned away, and the server lives on', () => {
  test.each([
    ['huge headers', `GET / HTTP/1.1\r\nHost: x\r\nCookie: ${'a'.repeat(100_000)}\r\n\r\n`, 431],
    ['a thousand headers', `GET /api/embed HTTP/1.1\r\nHost: x\r\n${'A: b\r\n'.repeat(5000)}\r\n`, 431],
    ['no HTTP', 'hello\r\n\r\n', 400],
    [
      'two lengths',
      'POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
      400,
    ],
    [
      'length and chunks (request smuggling)',
      'POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['no Host', 'GET / HTTP/1.1\r\n\r\n', 400],
  ])('%s', async (_what, bytes, status) => {
    const answer = await rawRequest(bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect((await portal.request.get('/healthz')).status).toBe(200);
  });

  test('a truncated body is not answered by 500', async () => {
    const socket = connect(Number(new URL(portal.url).port), '127.0.0.1');
    socket.write(
      `POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: ${JSON_TYPE}\r\nContent-Length: 100\r\n\r\n{"em`,
    );
    socket.end();
    await text(socket);
    expect((await portal.request.get('/healthz')).status).toBe(200);
  });

  test('a broken body of a request for a file is not answered by 500', async () => {
    await rawRequest(
      'GET /css/base.css HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}broken',
    );
    await vi.waitFor(() => expect(portal.logged.at(-1)).toContain('"route":"/css/*file"'));
    expect(portal.logged.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  });
});

test('none of it was a 500', () => {
  const statuses = portal.logged.map((line) => /"status":(\d+)/.exec(line)?.[1]).filter(Boolean);
  expect(statuses.length).toBeGreaterThan(100);
  expect(statuses.filter((status) => status!.startsWith('5'))).toEqual([]);
});

async function rawRequest(bytes: string): Promise<string> {
  const socket = connect(Number(new URL(portal.url).port), '127.0.0.1');
  socket.write(bytes);
  // A refused request may end in a reset after its answer.
  let answer = '';
  socket.on('data', (chunk: Buffer) => void (answer += chunk.toString()));
  await new Promise<void>((resolve) => {
    socket.once('close', () => resolve()).on('error', () => undefined);
  });
  return answer;
}
