import { expect, it } from 'vitest';
import { Secret } from '../../src/domain/model/secret.ts';
import { createLogger } from '../../src/logger.ts';

function logged(fields: object): unknown {
  const lines: string[] = [];
  createLogger('info', { write: (line) => void lines.push(line) }).info(fields, 'said');
  expect(lines).toHaveLength(1);
  return JSON.parse(lines[0]!);
}

it('what is secret by its name is hidden, at the top and inside [ASVS 16.2.5]', () => {
  const fields = {
    tenantId: 'acme',
    password: 'p',
    request: { headers: { authorization: 'Bearer t', cookie: 'c', accept: 'json' } },
    client: { client_secret: 's', accessToken: new Secret('t') },
    list: [1, 2],
  };
  expect(logged(fields)).toMatchObject({
    level: 'info',
    tenantId: 'acme',
    password: '***',
    request: { headers: { authorization: '***', cookie: '***', accept: 'json' } },
    client: { client_secret: '***', accessToken: '***' },
    list: [1, 2],
  });
});

it('what was logged is left as it was', () => {
  const fields = { inner: { password: 'p' } };
  logged(fields);
  expect(fields).toEqual({ inner: { password: 'p' } });
});

it('an error that was logged says what happened', () => {
  expect(logged({ err: new Error('it broke') })).toMatchObject({ err: { message: 'it broke' } });
});
