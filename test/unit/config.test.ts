import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { parse } from 'dotenv';
import { describe, expect, test } from 'vitest';
import { variables } from '../../src/config/environment.ts';
import { ConfigError, parseConfig } from '../../src/config/config.ts';

const SESSION_SECRET = 'u7Jq0rD2mXw9Lk4TzB6vYc1NsH8eGf3P';
const KEY = Buffer.alloc(32, 7).toString('base64');
const sound = {
  PUBLIC_URL: 'https://portal.example.com',
  SESSION_SECRET,
  ENCRYPTION_KEYS: `2026a:${KEY}`,
};
const noFiles = (): string => {
  throw new Error('no such file');
};

function faultsOf(environment: Record<string, string>): ConfigError {
  try {
    parseConfig(environment, noFiles);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('accepted');
}

describe('configuration', () => {
  test('three variables are enough, the rest has safe defaults', () => {
    const config = parseConfig(sound, noFiles);
    expect(config.listen).toEqual({ host: '127.0.0.1', port: 3000 });
    expect(config.trustProxy).toBe(false);
    expect(config.qlik.allowLoopbackTenants).toBe(false);
    expect(config.singleTenant).toBeUndefined();
    expect(Object.isFrozen(config.session)).toBe(true);
  });

  test('every fault is in one report, by name, with an example', () => {
    const { faults, message } = faultsOf({
      PUBLIC_URL: 'portal.example.com',
      PORT: '99999',
      SESSION_IDLE_LIMIT: '3 days',
      TRUST_PROXY: 'true',
      DATABASE_URL: 'mysql://somewhere',
    });
    expect(faults.map(({ variable }) => variable)).toEqual([
      'PUBLIC_URL',
      'SESSION_SECRET',
      'ENCRYPTION_KEYS',
      'PORT',
      'TRUST_PROXY',
      'SESSION_IDLE_LIMIT',
      'DATABASE_URL',
    ]);
    expect(message).toContain('PORT=3000');
    expect(message).toContain('example: PUBLIC_URL=https://portal.example.com');
    expect(message).toContain('PORT: must be a whole number from 0 to 65535');
  });

  test.each([
    ['SESSION_SECRET', 'short'],
    ['SESSION_SECRET', 'a'.repeat(64)],
    ['SESSION_SECRET', `${SESSION_SECRET},tiny`],
    ['ENCRYPTION_KEYS', KEY],
    ['ENCRYPTION_KEYS', `a:${KEY},a:${KEY}`],
    ['ENCRYPTION_KEYS', 'a:c2hvcnQ='],
    ['PUBLIC_URL', 'http://portal.example.com'],
    ['PUBLIC_URL', 'https://portal.example.com/path'],
    ['PUBLIC_URL', 'https://user:word@portal.example.com'],
    ['QLIK_TENANT_URL', 'http://127.0.0.1.example.com'],
    ['TRUST_PROXY', 'true'],
    ['TRUST_PROXY', '999'],
    ['TRUST_PROXY', '10.0.0.0/99'],
    ['TRUST_PROXY', '0.0.0.0/0'],
    ['TRUST_PROXY', '0.0.0.0/1,128.0.0.0/1'],
    ['TRUST_PROXY', '::/1'],
    ['TRUST_PROXY', '2000::/3'],
    ['TRUST_PROXY', '::ffff:0:0/96'],
    ['TRUST_PROXY', 'loopback,,10.0.0.1'],
    ['SIGN_IN_WINDOW', '25d'],
    ['SIGN_IN_WINDOW', '999ms'],
    ['DATABASE_STATEMENT_TIMEOUT', '10ms'],
    ['DATABASE_POOL_SIZE', 'ten'],
    ['REDIS_URL', 'redis://localhost/sessions'],
    ['REDIS_URL', 'redis://:100%@localhost'],
    ['REDIS_URL', 'http://localhost:6379'],
    ['QLIK_TIMEOUT', '999999999d'],
    ['SESSION_ABSOLUTE_LIMIT', '366d'],
  ])('%s refuses %j and does not repeat it', (variable, value) => {
    const error = faultsOf({ ...sound, [variable]: value });
    expect(error.faults.map((fault) => fault.variable)).toContain(variable);
    expect(error.message).not.toContain(value);
  });

  test('proxies are counted, or named by address, network or kind', () => {
    for (const [given, trusted] of [
      ['2', 2],
      ['loopback, 10.0.0.0/8', ['loopback', '10.0.0.0/8']],
      ['192.0.2.1,2001:db8::/32,::1', ['192.0.2.1', '2001:db8::/32', '::1']],
      ['fd00::/8,::ffff:10.0.0.0/104', ['fd00::/8', '::ffff:10.0.0.0/104']],
    ] as const) {
      expect(parseConfig({ ...sound, TRUST_PROXY: given }, noFiles).trustProxy).toEqual(trusted);
    }
  });

  test('a number of no proxies is not the way to say that there is none', () => {
    expect(faultsOf({ ...sound, TRUST_PROXY: '0' }).faults).toMatchObject([{ variable: 'TRUST_PROXY' }]);
  });

  test('PostgreSQL gets as many connections, and as much patience, as ops say', () => {
    const postgres = { ...sound, DATABASE_URL: 'postgres://portal@db.example.com/portal' };
    expect(parseConfig(postgres, noFiles).database).toMatchObject({
      poolSize: 10,
      statementTimeoutMs: 10_000,
    });
    const chosen = { DATABASE_POOL_SIZE: '25', DATABASE_STATEMENT_TIMEOUT: '3s' };
    expect(parseConfig({ ...postgres, ...chosen }, noFiles).database).toMatchObject({
      kind: 'postgres',
      poolSize: 25,
      statementTimeoutMs: 3_000,
    });
  });

  test('plain http is for this machine only', () => {
    for (const url of ['http://localhost:3000', 'http://127.0.0.1:3000', 'http://[::1]:3000']) {
      expect(parseConfig({ ...sound, PUBLIC_URL: url }, noFiles).publicUrl).toBe(url);
    }
  });

  test('a secret may come from a file, but from one place only', () => {
    const { SESSION_SECRET: _, ...rest } = sound;
    const config = parseConfig(
      { ...rest, SESSION_SECRET_FILE: '/run/secrets/session' },
      () => `${SESSION_SECRET}\n`,
    );
    expect(config.session.secrets.map((secret) => secret.reveal())).toEqual([SESSION_SECRET]);
    expect(faultsOf({ ...rest, SESSION_SECRET_FILE: '/nowhere' }).faults).toEqual([
      { variable: 'SESSION_SECRET_FILE', problem: 'names a file that cannot be read' },
    ]);
    expect(faultsOf({ ...sound, SESSION_SECRET_FILE: '/nowhere' }).message).toContain('is set twice');
  });

  test('lists rotate: the first signs or encrypts, all are kept', () => {
    const config = parseConfig(
      {
        ...sound,
        SESSION_SECRET: `${SESSION_SECRET}, ${SESSION_SECRET}2`,
        ENCRYPTION_KEYS: `b:${KEY},a:${KEY}`,
      },
      noFiles,
    );
    expect(config.session.secrets).toHaveLength(2);
    expect(config.encryptionKeys.map(({ id }) => id)).toEqual(['b', 'a']);
  });

  test('one tenant can be configured whole, and not by halves', () => {
    const tenant = {
      QLIK_TENANT_URL: 'https://acme.eu.qlikcloud.com/',
      QLIK_CLIENT_ID: 'client',
      QLIK_CLIENT_SECRET: 'hidden-secret',
    };
    const config = parseConfig(
      { ...sound, ...tenant, QLIK_APP_ID: 'app', QLIK_SHEETS: 's1=Sales=2026, s2' },
      noFiles,
    );
    expect(config.singleTenant).toMatchObject({
      id: 'main',
      host: 'https://acme.eu.qlikcloud.com',
      scopes: ['user_default'],
      embed: {
        appId: 'app',
        sheets: [
          { id: 's1', title: 'Sales=2026' },
          { id: 's2', title: 's2' },
        ],
      },
    });
    expect(inspect(config, { depth: 9 })).not.toContain('hidden-secret');
    expect(JSON.stringify(config)).not.toContain(SESSION_SECRET);
    const { QLIK_CLIENT_SECRET: _, ...half } = tenant;
    expect(faultsOf({ ...sound, ...half }).faults).toHaveLength(1);
  });
});

describe('.env.example', () => {
  const text = readFileSync('.env.example', 'utf8');
  const written = [...text.matchAll(/^#? ?([A-Z_]+)=/gm)].map((match) => match[1]);

  test('names every variable once, and of others only what docker compose reads from the same file', () => {
    const names = ['COMPOSE_PROFILES', ...Object.keys(variables.shape)];
    expect(new Set(written)).toEqual(new Set(names));
    expect(written).toHaveLength(names.length);
  });

  test('is usable as soon as the two secrets are filled in, and not before [ASVS 6.3.2]', () => {
    const values = parse(text);
    expect(faultsOf(values).faults.map(({ variable }) => variable)).toEqual([
      'SESSION_SECRET',
      'ENCRYPTION_KEYS',
    ]);
    expect(
      parseConfig({ ...values, SESSION_SECRET, ENCRYPTION_KEYS: `2026a:${KEY}` }, noFiles),
    ).toBeDefined();
  });

  test('its commented defaults are the defaults', () => {
    const optional = Object.fromEntries(
      [...text.matchAll(/^# ([A-Z_]+)=(.+)$/gm)]
        .filter(
          ([, name]) => !/^QLIK_(TENANT|CLIENT|APP|SHEETS|OBJECTS)|^REDIS_URL|^METRICS_PORT/.test(name!),
        )
        .map(([, name, value]) => [name!, value!]),
    );
    expect(parseConfig({ ...sound, ...optional }, noFiles)).toEqual(parseConfig(sound, noFiles));
  });
});
