import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openCliHarness, type CliHarness } from './support/cli-harness.ts';

const answer = z.object({
  events: z.array(
    z.looseObject({ id: z.string(), at: z.iso.datetime(), action: z.string(), actor: z.string() }),
  ),
  next: z.string().nullable(),
});

let cli: CliHarness;
const audit = (...args: string[]) => cli.run(['audit', ...args]);
async function events(...args: string[]) {
  const { stdout, code } = await audit('--json', ...args);
  expect(code).toBe(0);
  return answer.parse(JSON.parse(stdout));
}
const actions = async (...args: string[]) => (await events(...args)).events.map(({ action }) => action);

beforeAll(async () => {
  cli = await openCliHarness();
  const admin = await cli.managementOptions();
  await cli.run(['tenant', 'provision', 'acme', '--host', cli.acme.host, ...admin]);
  await cli.run(['tenant', 'provision', 'ghost', '--host', 'http://127.0.0.1:9', ...admin]);
  await cli.run(['tenant', 'disable', 'acme']);
  await cli.run(['user', 'add', 'analyst@acme.example', '--tenant', 'acme']);
});
afterAll(() => cli[Symbol.asyncDispose]());

describe('portal audit', () => {
  it('tells what was done, newest first: who, what, to whom, result', async () => {
    const all = await events();
    expect(all.events.slice(0, 2)).toMatchObject([
      { action: 'user.add', result: 'ok', actor: 'ops:tester', tenantId: 'acme' },
      { action: 'tenant.disable', result: 'ok', actor: 'ops:tester', tenantId: 'acme' },
    ]);
    expect(all.next).toBeNull();
    const { stdout } = await audit();
    expect(stdout).toMatch(/^AT +ACTION +RESULT +ACTOR/);
    expect(stdout).toMatch(/tenant\.provision +failed +ops:tester +ghost +- +- +code=qlik_unavailable/);
  });

  it('by tenant, account, actor, action and result', async () => {
    expect(await actions('--tenant', 'GHOST')).toEqual(['tenant.provision']);
    expect(await actions('--failed')).toEqual(['tenant.provision']);
    expect(await actions('--action', 'tenant.disable')).toEqual(['tenant.disable']);
    expect(await actions('--user', 'analyst@acme.example')).toEqual(['user.add']);
    expect(await actions('--actor', 'ops:nobody')).toEqual([]);
    expect(await audit('--user', 'nobody@acme.example')).toMatchObject({ code: 66 });
  });

  it('by request and by address, and shows the request', async () => {
    const from = { address: '203.0.113.7', requestId: 'req-7' };
    await (
      await cli.portal()
    ).storage.audit.append({ action: 'sign-in', result: 'ok', actor: 'someone', ...from });
    expect(await actions('--request', 'req-7')).toEqual(['sign-in']);
    expect(await actions('--address', '203.0.113.7')).toEqual(['sign-in']);
    expect(await actions('--request', 'req-8')).toEqual([]);
    expect((await audit('--request', 'req-7')).stdout).toMatch(/sign-in +ok +someone +- +- +req-7 /);
  });

  it('about an account that is removed, by its id and by its e-mail', async () => {
    await cli.run(['user', 'add', 'gone@acme.example', '--tenant', 'acme']);
    const [added] = (await events('--user', 'gone@acme.example')).events;
    await cli.run(['user', 'remove', 'gone@acme.example', '--yes']);
    for (const named of ['gone@acme.example', 'Gone@Acme.example', String(added?.['userId'])]) {
      expect(await actions('--user', named)).toEqual(['user.remove', 'user.add']);
    }
  });

  it('by time: a moment, or how long ago', async () => {
    const all = await actions();
    expect(await actions('--since', '1h')).toEqual(all);
    expect(await actions('--since', '2020-01-01')).toEqual(all);
    expect(await actions('--until', '2020-01-01T00:00:00Z')).toEqual([]);
    expect(await actions('--until', '1h')).toEqual([]);
    expect(await audit('--since', 'yesterday')).toMatchObject({ code: 64 });
  });

  it('page after page, each event once', async () => {
    const all = (await events()).events.map(({ id }) => id);
    const seen: string[] = [];
    let next: string | null = null;
    do {
      const page = await events('--limit', '2', ...(next === null ? [] : ['--next', next]));
      seen.push(...page.events.map(({ id }) => id));
      ({ next } = page);
    } while (next !== null);
    expect(seen).toEqual(all);
    expect(await audit('--next', "1' OR 1=1")).toMatchObject({ code: 64 });
  });
});
