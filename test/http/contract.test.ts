import { Validator } from '@seriousme/openapi-schema-validator';
import * as fc from 'fast-check';
import supertest from 'supertest';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { composeApp } from '../../src/compose/web.ts';
import { composePortal } from '../../src/compose/portal.ts';
import { parseConfig } from '../../src/config/config.ts';
import { ERROR_CODES } from '../../src/domain/error-codes.ts';
import { createLogger } from '../../src/logger.ts';
import { operations } from '../../src/web/routes/operations.ts';
import { readContract } from '../support/contract.ts';
import { contractCases } from '../support/contract-cases.ts';
import {
  FOREIGN,
  HTML,
  JSON_TYPE,
  ssoEnvironment,
  startContractWorld,
  type ContractWorld,
} from '../support/contract-world.ts';
import { PUBLIC_URL, SESSION_SECRET } from '../support/portal.ts';

const contract = readContract();
let world: ContractWorld;
beforeAll(async () => {
  world = await startContractWorld();
});
afterAll(() => world.close());
beforeEach(() => world.repair());

const cases = contractCases(() => world);

/** A portal that has been put together and neither listens nor has opened anything. */
function composed() {
  const env = {
    PUBLIC_URL,
    SESSION_SECRET,
    ENCRYPTION_KEYS: `test:${Buffer.alloc(32, 7).toString('base64')}`,
    DATABASE_URL: 'file::memory:',
    ...ssoEnvironment(world.provider),
  };
  return composePortal(
    parseConfig(env, () => ''),
    { log: createLogger('silent') },
  );
}

describe('every route answers as docs/openapi.json says [ASVS 8.2.1, 8.2.3] [RFC 10017 6.2.4.2]', () => {
  test.each(cases)('%s, %s: %i %s', async (operation, _what, status, code, send) => {
    const answer = await send();
    const said = /"code":"([a-z_]+)"/.exec(answer.text)?.[1] ?? null;
    expect([answer.status, said]).toEqual([status, code]);
    expect(contract.answerFaults(operation, answer)).toEqual([]);
  });

  test('also a portal that is stopping', async () => {
    const portal = await composed();
    const answer = await supertest(composeApp(portal, AbortSignal.abort())).get('/readyz');
    await portal.close();
    expect([answer.status, answer.body]).toEqual([503, { status: 'stopping' }]);
    expect(contract.answerFaults('getReadiness', answer)).toEqual([]);
  });

  test('and nothing is documented that none of these requests was answered with', () => {
    const reached = cases.map(([operation, , status, code]) => `${operation} ${status} ${code ?? 'well'}`);
    const documented = Object.entries(operations).flatMap(([id, { answers, problems }]) => {
      const well = Object.keys(answers).map((status) => `${id} ${status} well`);
      return well.concat(problems.map((code) => `${id} ${ERROR_CODES[code].status} ${code}`));
    });
    // Of a portal that is stopping: above.
    const expected = new Set(documented.filter((each) => each !== 'getReadiness 503 well'));
    expect(new Set(reached)).toEqual(expected);
  });

  test.each([
    ['getEmbedPage', '/', 'subjects'],
    ['getReadiness', '/readyz', 'ping'],
  ] as const)('%s, failing, for a person: a page', async (operation, path, part) => {
    const answer = await world.whileFailing(part, 'storage_unavailable', () =>
      world.send('get', path, { Accept: HTML, ...world.signedIn }),
    );
    expect([answer.status, answer.type]).toEqual([503, 'text/html']);
    expect(contract.answerFaults(operation, answer)).toEqual([]);
  });
});

describe('a body that the document does not allow is refused, any other is answered as it says [ASVS 8.3.1]', () => {
  const text = fc.oneof(fc.string({ maxLength: 400 }), fc.constant('a@b.example'), fc.uuid());
  const near = fc.record(
    { email: text, password: text, rejected: text, code: text, repeated: text, current: text, more: text },
    { requiredKeys: [] },
  );

  test.each([
    ['signIn', '/login'],
    ['rejectQlikToken', '/api/qlik-token'],
    ['setPassword', '/set-password'],
    ['changePassword', '/api/account/password'],
  ])('%s', async (operation, path) => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.jsonValue({ maxDepth: 2 }), near), async (body) => {
        const answer = await world.post(path, JSON.stringify(body), JSON_TYPE, world.signedIn);
        const fits = contract.bodyFaults(operation, JSON_TYPE, body).length === 0;
        expect(fits || answer.status === 400).toBe(true);
        expect(contract.answerFaults(operation, answer)).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });
});

describe('the document', () => {
  test('the OpenAPI document is valid OpenAPI 3.1', async () => {
    const validator = new Validator();
    expect(await validator.validate(structuredClone(contract.document))).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
  });

  test('the OpenAPI document is served to any origin as the repository has it, with ETag and cacheable for five minutes', async () => {
    const answer = await world.send('get', '/api/openapi.json', FOREIGN);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual(contract.document);
    expect(answer.get('Cache-Control')).toBe('public, max-age=300');
    expect(answer.get('ETag')).toMatch(/^"[\w-]{43}"$/);
    expect(answer.get('Set-Cookie')).toBeUndefined();
  });

  test('the OpenAPI document names every route of the portal and no other', async () => {
    const portal = await composed();
    const routes = routesOf(composeApp(portal, new AbortController().signal).router);
    await portal.close();
    const files = /^\w+ \/(?:assets|css|js|vendor|favicon)/;
    const documented = contract.operations.map(({ method, path }) => `${method} ${path}`);
    expect(routes.filter((route) => !files.test(route)).toSorted()).toEqual(documented.toSorted());
  });
});

const router = z.custom<{ readonly stack: readonly unknown[] }>(
  (value) => typeof value === 'function' && 'stack' in value && Array.isArray(value.stack),
);
const layer = z.looseObject({
  route: z.looseObject({ path: z.string(), methods: z.record(z.string(), z.boolean()) }).optional(),
  handle: z.unknown(),
});

/** Every `get /login/sso/{provider}` of an Express router, in the words of OpenAPI. */
function routesOf(found: unknown): readonly string[] {
  const { data } = router.safeParse(found);
  if (data === undefined) return [];
  return data.stack.flatMap((each) => {
    const { route, handle } = layer.parse(each);
    if (route === undefined) return routesOf(handle);
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    return Object.keys(route.methods)
      .filter((method) => method !== '_all')
      .map((method) => `${method} ${path}`);
  });
}
