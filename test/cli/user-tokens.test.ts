import { beforeEach, describe, expect, test } from 'vitest';
import { EXIT } from '../../src/domain/exit-codes.ts';
import type { AccountId } from '../../src/domain/model/ids.ts';
import type { IssuedToken } from '../../src/portal/tokens/issue-token.ts';
import { describeRedis } from '../support/redis.ts';
import { openCliHarness, type CliHarness } from './support/cli-harness.ts';

const EMAIL = 'analyst@acme.example';

/** The tenant with management credentials, and an account that speaks for one of its people. */
async function furnish(cli: CliHarness, ...management: string[]) {
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await cli.run([...args, '--json']);
    if (code !== 0) throw new Error(stderr);
    return JSON.parse(stdout) as { user: { id: AccountId } };
  };
  const host = ['--host', cli.acme.host];
  await run('tenant', 'provision', 'acme', ...host, ...(await cli.managementOptions()), ...management);
  const qlikUser = cli.acme.state.users.add({ subject: 'idp|analyst', name: 'Analyst' })!;
  const added = await run('user', 'add', EMAIL, '--tenant', 'acme', '--qlik-user-id', qlikUser.id);
  return { userId: added.user.id, qlikUser };
}

describe('the command ends the Qlik tokens of whom it shuts out, though the server made them', () => {
  let cli: CliHarness;
  let token: IssuedToken;
  /** As the server does it: in another process, which the command cannot reach. */
  async function issue(of: AccountId): Promise<IssuedToken> {
    const { storage, tokens } = await cli.portal();
    return await tokens.issue((await storage.tenantMembers.find(of))!);
  }
  const isAlive = () => cli.acme.state.tokens.live(token.accessToken.reveal()) !== undefined;
  const open = async (...management: string[]) => {
    const { userId } = await furnish(cli, ...management);
    token = await issue(userId);
    expect(isAlive()).toBe(true);
  };
  beforeEach(async () => {
    cli = await openCliHarness();
    return () => cli[Symbol.asyncDispose]();
  });

  test.each([
    ['sign-out', EMAIL],
    ['reset-password', EMAIL, '--revoke'],
    ['disable', EMAIL],
    ['remove', EMAIL, '--yes'],
    ['unlink', EMAIL],
    ['link', EMAIL, '--qlik-subject', 'idp|somebody-else'],
  ])('portal user %s', async (...args) => {
    await open('--management', 'keep');
    const { code, stderr } = await cli.run(['user', ...args]);
    expect([code, stderr]).toEqual([EXIT.ok, '']);
    expect(isAlive()).toBe(false);
    const [event] = await (await cli.portal()).storage.audit.read({ action: 'qlik-token.revoke' });
    expect(event).toMatchObject({ result: 'ok', tenantId: 'acme', detail: { alsoRevoked: 1 } });
  });

  test('says that it cannot, where the tenant has no management credentials', async () => {
    await open();
    const { code, stderr } = await cli.run(['user', 'sign-out', EMAIL]);
    expect(code).toBe(EXIT.ok);
    expect(stderr).toContain('token revocation failed (tenant acme has no management credentials)');
    expect(isAlive()).toBe(true);
  });

  test('signs out all the same where the tenant does not answer, and says what is left', async () => {
    await open('--management', 'keep');
    cli.acme.state.faults.add({ kind: 'status', status: 503, match: { path: '/oauth/token' } });
    const { code, stderr } = await cli.run(['user', 'sign-out', EMAIL]);
    expect(code).toBe(EXIT.ok);
    expect(stderr).toContain('qlik_unavailable');
    const [event] = await (await cli.portal()).storage.audit.read({ action: 'qlik-token.revoke' });
    expect(event).toMatchObject({ result: 'failed', detail: { code: 'qlik_unavailable' } });
  });
});

describeRedis('Redis', (server) => {
  test.each([['sign-out'], ['unlink']])(
    'tells the command %s the token that the server made, also without management credentials',
    async (command) => {
      const cli = await openCliHarness(['acme'], { env: { REDIS_URL: server().url } });
      try {
        const { userId } = await furnish(cli);
        const { storage, tokens } = await cli.portal();
        await storage.ping();
        const token = await tokens.issue((await storage.tenantMembers.find(userId))!);
        const { stderr } = await cli.run(['user', command, EMAIL]);
        expect(stderr).toBe('');
        expect(cli.acme.state.tokens.live(token.accessToken.reveal())).toBeUndefined();
      } finally {
        await cli[Symbol.asyncDispose]();
      }
    },
  );
});
