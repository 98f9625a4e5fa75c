import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

const FILES = ['database_url', 'postgres_password', 'redis.conf', 'redis_url'];

function project(publicUrl: string) {
  const folder = mkdtempSync(join(tmpdir(), 'portal-secrets-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  cpSync('docker', join(folder, 'docker'), { recursive: true });
  writeFileSync(join(folder, '.env'), `PUBLIC_URL=${publicUrl}\n`);
  const secrets = join(folder, 'secrets');
  return {
    secrets,
    run: () => spawnSync(join(folder, 'docker/make-secrets.sh'), { encoding: 'utf8' }),
    made: () =>
      Object.fromEntries(
        readdirSync(secrets)
          .toSorted()
          .map((name) => [name, readFileSync(join(secrets, name), 'utf8')]),
      ),
  };
}

test('makes passwords that agree with each other, for nobody else on the machine', () => {
  const { run, made, secrets } = project('https://portal.example.com');
  const { status, stdout } = run();
  expect(status).toBe(0);
  const files = made();
  expect(Object.keys(files)).toEqual(FILES);
  const postgres = files.postgres_password!;
  const redis = /^requirepass ([0-9a-f]{48})$/m.exec(files['redis.conf']!)![1]!;
  expect(postgres).toMatch(/^[0-9a-f]{48}$/);
  expect(files.database_url).toBe(`postgres://portal:${postgres}@postgres:5432/portal`);
  expect(files.redis_url).toBe(`redis://:${redis}@redis:6379`);
  expect(statSync(secrets).mode & 0o777).toBe(0o700);
  expect(stdout).not.toContain(postgres);
  expect(stdout).not.toContain(redis);
});

test('run again, changes nothing', () => {
  const { run, made } = project('https://localhost');
  run();
  const before = made();
  expect(run().status).toBe(0);
  expect(made()).toEqual(before);
});

test.each(FILES.map((file, index) => [file, FILES.toSpliced(index, 1)] as const))(
  'interrupted before %s, is finished by the next run',
  (file, others) => {
    const { run, made, secrets } = project('https://localhost');
    run();
    const before = made();
    rmSync(join(secrets, file));
    // What was being written when it ended.
    writeFileSync(join(secrets, `.${file}`), 'half', { mode: 0o444 });
    expect(run().status).toBe(0);
    const after = made();
    expect(Object.keys(after)).toEqual(FILES);
    for (const other of others) expect(after[other]).toBe(before[other]);
  },
);

test.each(['http://localhost:3000', 'http://portal.example.com', 'https://portal.example.com:8443', ''])(
  'refuses PUBLIC_URL=%s, where Caddy could not be reached',
  (publicUrl) => {
    const { status, stderr } = project(publicUrl).run();
    expect(status).toBe(1);
    expect(stderr).toContain('https://NAME');
  },
);
