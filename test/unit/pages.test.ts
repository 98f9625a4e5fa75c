import { describe, expect, test } from 'vitest';
import type { QlikPage } from '../../src/domain/ports/qlik/qlik-page.ts';
import type { TenantAccess } from '../../src/domain/model/tenant-access.ts';
import { Secret } from '../../src/domain/model/secret.ts';
import { pages, type PageBounds } from '../../src/runtime/pages.ts';
import { cursorOf } from '../../src/qlik/page.ts';
import { markedClients } from '../../src/portal/tenants/provision/find-client.ts';
import { reconcileTenant } from '../../src/portal/qlik-users/reconcile-tenant.ts';
import { revokeAllTokens } from '../../src/portal/qlik-users/revoke-tokens.ts';

type Read<Item> = (query: { readonly next?: string }) => Promise<QlikPage<Item>>;

async function readAll<Item>(read: Read<Item>, bounds?: PageBounds): Promise<Item[]> {
  const all: Item[] = [];
  for await (const items of pages(read, bounds)) all.push(...items);
  return all;
}

/** Always has another page, under a new cursor each time. */
function endless<Item>(items: readonly Item[]) {
  let calls = 0;
  return {
    page: async (): Promise<QlikPage<Item>> => {
      calls += 1;
      return { items, next: `cursor-${calls}` };
    },
    calls: () => calls,
  };
}

describe('pages of a list', () => {
  test('are read in order, each with the cursor that the one before it gave', async () => {
    const asked: (string | undefined)[] = [];
    const items = await readAll(async ({ next }) => {
      asked.push(next);
      return { items: [asked.length], next: ['a', 'b'][asked.length - 1] };
    });
    expect(items).toEqual([1, 2, 3]);
    expect(asked).toEqual([undefined, 'a', 'b']);
  });

  test('a page is used before the next one is asked for', async () => {
    const events: string[] = [];
    const read: Read<string> = async ({ next }) => {
      events.push(`read ${next ?? 'first'}`);
      return { items: ['item'], next: next === undefined ? 'second' : undefined };
    };
    for await (const [item] of pages(read)) events.push(`used ${item}`);
    expect(events).toEqual(['read first', 'used item', 'read second', 'used item']);
  });

  test('a list that always has a next page is refused after the page limit', async () => {
    const list = endless([]);
    await expect(readAll(list.page, { maxPages: 7 })).rejects.toMatchObject({
      code: 'qlik_bad_response',
      detail: 'the list does not end: more than 7 pages',
    });
    expect(list.calls()).toBe(7);
  });

  test('a list with more items than the limit is refused', async () => {
    const list = endless([1, 2, 3]);
    await expect(readAll(list.page, { maxItems: 10 })).rejects.toMatchObject({
      code: 'qlik_bad_response',
      detail: 'the list does not end: more than 10 items',
    });
    expect(list.calls()).toBe(4);
  });

  test('a cursor that was followed before is refused', async () => {
    let calls = 0;
    const read: Read<number> = async () => {
      calls += 1;
      return { items: [], next: calls % 2 === 0 ? 'even' : 'odd' };
    };
    await expect(readAll(read)).rejects.toMatchObject({
      code: 'qlik_bad_response',
      detail: 'the list does not end: a repeated cursor',
    });
    expect(calls).toBe(3);
  });
});

const readCursor = (href: string) => cursorOf('GET /api/v1/users', href);

describe('the cursor of the next page', () => {
  test('is taken from the link, whatever host the link names', () => {
    expect(readCursor('https://elsewhere.example/other?next=c1&limit=5')).toBe('c1');
  });

  test.each(['https://acme.example/api/v1/users', `https://acme.example/?next=${'x'.repeat(4_097)}`])(
    'is refused where the link has none, or one that is too long (%#)',
    (href) => {
      expect(() => readCursor(href)).toThrow(expect.objectContaining({ code: 'qlik_bad_response' }));
    },
  );
});

describe('a tenant whose lists never end', () => {
  const access: TenantAccess = { host: 'https://acme.example', token: new Secret('token') };
  const account = { id: 'a1', tenantId: 'acme', qlikUser: { field: 'userId', value: 'q1' } };
  const tenant = { id: 'acme', host: access.host, management: {} };
  const management = { run: (_: unknown, work: (with_: TenantAccess) => unknown) => work(access) };
  const qlikUsers = { find: async () => [{ id: 'q1', subject: 's', status: 'active' }] };
  const refused = { code: 'qlik_bad_response' };

  test('does not hold a revocation of all tokens for ever', async () => {
    const list = endless([]);
    const deps = { management, qlikUsers, qlikTokens: { page: list.page } };
    await expect(
      revokeAllTokens(deps as never, { account, tenant } as never, () => undefined),
    ).rejects.toMatchObject(refused);
  });

  test('does not hold a reconciliation for ever', async () => {
    const list = endless([]);
    const deps = { qlikUsers: { page: list.page }, subjectPrefix: 'portal:' };
    await expect(reconcileTenant(deps as never, { access, tenant } as never)).rejects.toMatchObject(refused);
  });

  test('does not hold the search for the portal’s OAuth clients for ever', async () => {
    const clients = endless([]);
    await expect(markedClients({ clients, access, marker: {} } as never)).rejects.toMatchObject(refused);
  });
});

describe('revocation of all tokens of a Qlik user', () => {
  test('revokes the tokens of each page before it asks for the next page', async () => {
    const sent: string[] = [];
    const ids = Array.from({ length: 150 }, (_, index) => `t${index}`);
    const qlikTokens = {
      async page(_: unknown, { next }: { next?: string }) {
        sent.push(`page ${next ?? 'first'}`);
        return next === undefined
          ? { items: ids.slice(0, 100), next: 'second' }
          : { items: ids.slice(100), next: undefined };
      },
      async revoke(_: unknown, id: string) {
        sent.push(id);
      },
    };
    const deps = {
      management: { run: (_: unknown, work: (access: unknown) => unknown) => work({}) },
      qlikUsers: { find: async () => [{ id: 'q1' }] },
      qlikTokens,
    };
    const member = { account: { qlikUser: { field: 'userId', value: 'q1' } }, tenant: {} };
    let revoked = 0;
    await revokeAllTokens(deps as never, member as never, () => (revoked += 1));
    expect(revoked).toBe(150);
    const again = ['page first', 'page second'];
    expect(sent).toEqual(['page first', ...ids.slice(0, 100), 'page second', ...ids.slice(100), ...again]);
  });

  test('revokes all tokens also where the pages are counted, and each revocation moves the rest up', async () => {
    const left = Array.from({ length: 950 }, (_, index) => `t${index}`);
    const qlikTokens = {
      async page(_: unknown, { next = '0' }: { next?: string }) {
        const from = Number(next);
        const following = from + 100 < left.length ? String(from + 100) : undefined;
        return { items: left.slice(from, from + 100), next: following };
      },
      async revoke(_: unknown, id: string) {
        left.splice(left.indexOf(id), 1);
      },
    };
    const deps = {
      management: { run: (_: unknown, work: (access: unknown) => unknown) => work({}) },
      qlikUsers: { find: async () => [{ id: 'q1' }] },
      qlikTokens,
    };
    const member = { account: { qlikUser: { field: 'userId', value: 'q1' } }, tenant: {} };
    await revokeAllTokens(deps as never, member as never, () => undefined);
    expect(left).toEqual([]);
  });
});
