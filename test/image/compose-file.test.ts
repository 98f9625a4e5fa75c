import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse as parseDotenv } from 'dotenv';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';

interface Service {
  readonly image: string;
  readonly build?: string;
  readonly profiles?: readonly string[];
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly stop_grace_period?: string;
  readonly ports?: readonly string[];
  readonly secrets?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: Readonly<Record<string, { condition: string }>> | readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly pull_policy?: string;
}

const { services, secrets } = parse(readFileSync('docker-compose.yml', 'utf8'), { merge: true }) as {
  services: Record<string, Service>;
  secrets: Record<string, { file: string }>;
};
const example = parseDotenv(readFileSync('.env.example', 'utf8'));
const caddyfile = readFileSync('Caddyfile', 'utf8');

/** The services that `docker compose --profile PROFILE up` starts. */
const startedWith = (profile: string) =>
  Object.entries(services).filter(([, { profiles = [profile] }]) => profiles.includes(profile));
const portals = Object.entries(services).filter(([, { image }]) => image === 'embed-portal');
const portalsOfMany = portals.filter(([, { profiles }]) => profiles?.includes('scale'));
const namesOf = (some: [string, Service][]) => some.map(([name]) => name);
const secondsOf = (text: string) => Number(/^(\d+)s$/.exec(text)?.[1]);

describe('docker-compose.yml', () => {
  test('starts one portal and nothing else as .env.example has it, three and what they need with --profile scale', () => {
    expect(namesOf(startedWith(example.COMPOSE_PROFILES!))).toEqual(['portal']);
    expect(namesOf(startedWith('scale'))).toEqual([
      'portal-1',
      'portal-2',
      'portal-3',
      'caddy',
      'postgres',
      'redis',
    ]);
  });

  test.each(['single', 'scale'])(
    'builds the image once with profile %s, and fetches no stranger’s',
    (profile) => {
      const started = startedWith(profile).filter(([, { image }]) => image === 'embed-portal');
      expect(started.filter(([, { build }]) => build !== undefined)).toHaveLength(1);
      const others = started.filter(([, { build }]) => build === undefined);
      expect(new Set(others.map(([, each]) => each.pull_policy))).not.toContain(undefined);
    },
  );

  test.each(portals)('%s can write nothing but its data, and gain no rights', (_name, portal) => {
    expect(portal).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
  });

  test('publishes the single portal to this machine alone, the others behind Caddy only, and metrics never', () => {
    expect(portals.flatMap(([, { ports = [] }]) => ports)).toEqual(['127.0.0.1:3000:3000']);
    const published = Object.entries(services).filter(([, { ports }]) => ports !== undefined);
    expect(namesOf(published)).toEqual(['portal', 'caddy']);
  });

  test.each(portals)('%s is given its delay and 10 s to stop', (_name, portal) => {
    const delay = secondsOf(portal.environment?.SHUTDOWN_DELAY ?? '0s');
    expect(secondsOf(portal.stop_grace_period!)).toBeGreaterThanOrEqual(delay + 10);
  });

  test('has no secret in the environment of a service: each names a file that is given to that service', () => {
    const variables = Object.values(services).flatMap(({ environment = {}, secrets: given = [] }) =>
      Object.entries(environment).map(([name, value]) => ({ name, value, given })),
    );
    const plain = variables.filter(({ name }) =>
      /(PASSWORD|SECRET|KEYS?|DATABASE_URL|REDIS_URL)$/.test(name),
    );
    expect(plain.filter(({ value }) => value !== '' && !value.startsWith('file:'))).toEqual([]);
    const files = variables.filter(({ name }) => name.endsWith('_FILE'));
    expect(files.length).toBeGreaterThan(0);
    for (const { value, given } of files) {
      const secret = value.replace('/run/secrets/', '');
      expect(given).toContain(secret);
      expect(secrets).toHaveProperty(secret);
    }
  });

  test.each(portalsOfMany)('%s waits until PostgreSQL and Redis can be used', (_name, portal) => {
    expect(portal.depends_on).toEqual({
      postgres: { condition: 'service_healthy' },
      redis: { condition: 'service_healthy' },
    });
  });

  test('PostgreSQL is not healthy while it is being made, when it answers on its socket only', () => {
    expect(services.postgres!.healthcheck!.test.join(' ')).toContain('--host 127.0.0.1');
  });

  test.each([
    ['PONG', 0],
    ['LOADING Redis is loading the dataset in memory', 1],
    ['NOAUTH Authentication required.', 1],
    ['', 1],
  ])('Redis that answers "%s" to ping: the health check ends with %i', (answer, code) => {
    const folder = mkdtempSync(join(tmpdir(), 'portal-compose-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'redis.conf'), 'requirepass from-the-file\ndir /data\n');
    // As the real one: ends with 0 whatever the answer is.
    writeFileSync(
      join(folder, 'redis-cli'),
      `#!/bin/sh\n[ "$*" = ping ] && [ "$REDISCLI_AUTH" = from-the-file ] && echo '${answer}'\n`,
    );
    chmodSync(join(folder, 'redis-cli'), 0o755);
    const [kind, command] = services.redis!.healthcheck!.test;
    expect(kind).toBe('CMD-SHELL');
    const script = command!
      .replaceAll('$$', '$')
      .replaceAll('/run/secrets/redis_conf', join(folder, 'redis.conf'));
    const { status } = spawnSync('sh', ['-c', script], {
      env: { PATH: `${folder}:${process.env.PATH ?? ''}` },
    });
    expect(status).toBe(code);
  });
});

describe('Caddyfile', () => {
  test('hands requests to all portals of the compose file, and to them alone', () => {
    const to = /reverse_proxy (.+) \{/.exec(caddyfile)?.[1]?.split(' ');
    expect(to).toEqual(portalsOfMany.map(([name, { environment }]) => `${name}:${environment!.PORT}`));
  });

  test('notices a portal that stops sooner than that stops serving', () => {
    expect(caddyfile).toContain('health_uri /readyz');
    const every = secondsOf(/health_interval (\S+)/.exec(caddyfile)![1]!);
    for (const [, { environment }] of portalsOfMany) {
      expect(every).toBeLessThan(secondsOf(environment!.SHUTDOWN_DELAY!));
    }
  });
});
