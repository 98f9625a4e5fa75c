import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openCliHarness } from './support/cli-harness.ts';

describe('secrets of a tenant', () => {
  it('are in no argument, no output, no log and no plain file of the portal [ASVS 14.2.4] [RFC 10017 6.2.3.1]', async () => {
    await using cli = await openCliHarness();
    const { state, managementClient } = cli.acme;
    const user = state.users.add({ subject: 's', name: 'Analyst', assignedRoles: [] })!;
    const secrets = new Set([managementClient.clientSecret, cli.environment['SESSION_SECRET']!]);
    // What the tenant hands out, as it hands it out.
    const addSecret = state.clients.addSecret.bind(state.clients);
    state.clients.addSecret = (...args) => {
      const added = addSecret(...args);
      if (added) secrets.add(added.secret);
      return added;
    };
    const issue = state.tokens.issue.bind(state.tokens);
    state.tokens.issue = (...args) => {
      const token = issue(...args);
      secrets.add(token.value);
      return token;
    };

    let argv = '';
    const base = [
      'tenant',
      'provision',
      'acme',
      '--host',
      cli.acme.host,
      '--user',
      user.id,
      '--management',
      'create',
    ];
    const admin = ['--admin-client-id', managementClient.clientId, '--admin-client-secret-file', '-'];
    const first = await cli.spawn([...base, ...admin], {
      input: managementClient.clientSecret,
      started: ({ pid }) => void readFile(`/proc/${pid}/cmdline`, 'utf8').then((text) => (argv = text)),
      env: { LOG_LEVEL: 'trace' },
    });
    const again = await cli.run([...base, '--json']);
    const dry = await cli.run([...base, '--dry-run']);
    expect([first, again, dry]).toMatchObject([{ code: 0 }, { code: 0 }, { code: 0 }]);
    expect(argv).toContain('provision');
    expect(secrets.size).toBeGreaterThan(4);

    const files = (await readdir(cli.folder)).filter((name) => name.startsWith('portal.db'));
    const stored = await Promise.all(files.map((name) => readFile(join(cli.folder, name), 'latin1')));
    expect(files).toContain('portal.db');
    const seen = [argv, first, again, dry].map((each) => JSON.stringify(each)).join() + stored.join();
    for (const secret of secrets) expect(seen.includes(secret)).toBe(false);
  });
});
