import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const WRITER = fileURLToPath(new URL('storage-writer.ts', import.meta.url));
const ENDLESS = 1_000_000;

describe('one SQLite file, several processes', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'portal-processes-'));
    file = join(folder, 'portal.db');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** Processes that are all up before the first of them opens the file. */
  async function startTogether(...writers: (readonly [name: string, accounts: number])[]) {
    const started = writers.map(([name, accounts]) => startWriter(name, accounts));
    for (const { child, said } of started) {
      while (!said.lines.includes('ready')) await once(child.stdout, 'data');
    }
    for (const { child } of started) child.stdin.write('go\n');
    return started;
  }

  function startWriter(name: string, accounts: number) {
    const child = spawn(process.execPath, ['--no-warnings', WRITER, file, name, String(accounts)], {
      stdio: 'pipe',
    });
    const said = { lines: [] as string[], errors: '' };
    let rest = '';
    child.stdout.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split('\n');
      rest = lines.pop() ?? '';
      said.lines.push(...lines);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      said.errors += chunk.toString();
    });
    const ended = once(child, 'close').then(([code]) => ({ code: code as unknown, ...said }));
    return { child, said, ended };
  }

  function savedEmails(): { emails: Set<unknown>; integrity: unknown } {
    const database = new DatabaseSync(file);
    const rows = database.prepare('select email from users').all();
    const [integrity] = database.prepare('pragma integrity_check').all();
    database.close();
    return { emails: new Set(rows.map(({ email }) => email)), integrity: integrity?.integrity_check };
  }

  test('kill -9 in mid-write loses nothing that was saved and leaves a sound file', async () => {
    const told: string[] = [];
    for (const round of ['first', 'second', 'third']) {
      const [{ child, said, ended } = expect.fail()] = await startTogether([round, ENDLESS]);
      while (said.lines.length < 50) await once(child.stdout, 'data');
      child.kill('SIGKILL');
      told.push(...(await ended).lines.filter((line) => line.includes('@')));
    }
    const { emails, integrity } = savedEmails();
    expect(told.length).toBeGreaterThan(140);
    expect(told.filter((email) => !emails.has(email))).toEqual([]);
    expect(integrity).toBe('ok');
  });

  test('two processes write at once and neither fails nor loses a row', async () => {
    const writers = await startTogether(['one', 200], ['two', 200]);
    for (const { code, errors } of await Promise.all(writers.map(({ ended }) => ended))) {
      expect({ code, errors }).toEqual({ code: 0, errors: '' });
    }
    expect(savedEmails().emails.size).toBe(400);
  });

  test('ten processes migrate at once: one does it, none fails', { timeout: 60_000 }, async () => {
    const names = Array.from({ length: 10 }, (_, n) => [`m${n}`, 1] as const);
    const migrators = await startTogether(...names);
    const results = await Promise.all(migrators.map(({ ended }) => ended));
    expect(results.filter(({ code }) => code !== 0)).toEqual([]);
    const migrated = results.filter(({ lines }) => lines.includes('database migrated'));
    expect(migrated).toHaveLength(1);
    expect(savedEmails().emails.size).toBe(10);
  });
});
