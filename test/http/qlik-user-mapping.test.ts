import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { IdentityProvider } from '../../src/domain/model/identity-provider.ts';
import { newAccountId } from '../../src/domain/model/ids.ts';
import { Secret } from '../../src/domain/model/secret.ts';
import { setQlikMapping } from '../../src/portal/accounts/change-account.ts';
import { createPasswordHasher } from '../../src/portal/sign-in/password.ts';
import { openAccount } from '../../src/portal/sign-in/sso-account.ts';
import { readSsoPerson } from '../../src/portal/sign-in/sso-claims.ts';
import { acmeId, openPeopleWorld, PREFIX, tokenOf, type PeopleWorld } from '../support/people-world.ts';
import type { TestUser } from '../support/portal.ts';
import { VirtualTime } from '../support/virtual-time.ts';

const HOUR = 3_600_000;

const PROVIDER: IdentityProvider = {
  id: 'acme',
  issuer: 'https://login.acme.example',
  clientId: 'portal',
  authentication: { method: 'client_secret', secret: new Secret('of the provider') },
  scopes: ['openid'],
  tenants: { only: acmeId() },
  require: new Map(),
  emailDomains: ['acme.example'],
  trustEmail: true,
  nameClaim: 'name',
  groups: { claim: 'groups', known: new Map([['analysts', 'Analysts']]) },
  jit: true,
  endProviderSession: false,
  privateNetwork: false,
};
const NO_SESSION = { providerId: 'acme', sid: undefined, userInfo: {} };

/** Moves the portal's time on until it has answered: that it waits for it cannot be told from outside. */
async function movingTime<Answer>(timer: VirtualTime, asked: PromiseLike<Answer>): Promise<Answer> {
  const answered = new AbortController();
  const answer = Promise.resolve(asked).finally(() => answered.abort());
  while (!answered.signal.aborted) {
    await timer.advance(1_000);
    await setTimeout(10);
  }
  return answer;
}

describe('mapping an account to its Qlik user at sign-in', () => {
  let world: PeopleWorld;
  beforeEach(async () => {
    world = await openPeopleWorld();
  });
  afterEach(() => world.close());

  const idOf = async ({ account }: TestUser) => (await world.reload(account.id))?.qlikUser?.value;
  const firstMade = () => world.qlikUsers()[0]!;
  const groupsOfFirst = () => firstMade().assignedGroups.map(({ name }) => name);
  const administrator = () => world.state.admin;
  const NOT_LINKED = { status: 409, body: { code: 'qlik_user_not_linked' } };

  /** Whom the token speaks for, as the tenant says. */
  async function spokenFor(token: { body: unknown }): Promise<string> {
    const { access_token: bearer } = token.body as { access_token: string };
    world.portal.hide(bearer);
    const answer = await fetch(`${world.acme.host}/api/v1/users/me`, {
      headers: { authorization: `Bearer ${bearer}` },
    });
    return ((await answer.json()) as { id: string }).id;
  }

  const lastFailure = async ({ account }: TestUser) => {
    const events = await world.storage.audit.read({
      userId: account.id,
      action: 'qlik-user.link',
      result: 'failed',
    });
    return events[0]?.detail;
  };

  describe('where the tenant lets the portal create users', () => {
    beforeEach(() => world.change({ createQlikUsers: true }));

    test('creates one with the name, e-mail and groups of the account, and gets its token', async () => {
      const person = await world.addPerson({ name: 'Europe analyst', groups: ['Europe', 'Sales'] });
      const { token } = await world.enter(person);
      expect(token.status).toBe(200);
      const [made, ...others] = world.qlikUsers();
      expect(others).toEqual([]);
      expect(made).toMatchObject({
        subject: `${PREFIX}${person.account.id}`,
        name: 'Europe analyst',
        email: person.account.email,
        status: 'active',
        assignedRoles: [],
      });
      expect(made!.assignedGroups.map(({ name }) => name)).toEqual(['Europe', 'Sales']);
      expect(await spokenFor(token)).toBe(made!.id);
      expect(await idOf(person)).toBe(made!.id);
      const events = await world.storage.audit.read({ userId: person.account.id });
      const actions = events.map(({ action, actor, detail }) => [action, actor, detail?.['how']]);
      expect(actions).toContainEqual(['qlik-user.create', 'portal', undefined]);
      expect(actions).toContainEqual(['qlik-user.link', 'portal', 'created']);
      const begun = events.filter(({ action }) => /^qlik-(?:user|token)\./.test(action));
      expect(begun.map(({ action }) => action).toSorted()).toEqual([
        'qlik-token.issue',
        'qlik-user.create',
        'qlik-user.link',
        'qlik-user.update',
      ]);
      for (const { requestId, address } of begun) {
        expect({ requestId, address }).toEqual({
          requestId: expect.any(String) as string,
          address: '127.0.0.1',
        });
      }
      const signIn = events.find(({ action }) => action === 'sign-in');
      expect(begun.find(({ action }) => action === 'qlik-user.create')?.requestId).toBe(signIn?.requestId);
    });

    test('concurrent sign-ins in two replicas create one Qlik user', async () => {
      await world.close();
      const folder = await mkdtemp(join(tmpdir(), 'portal-people-'));
      onTestFinished(() => rm(folder, { recursive: true, force: true }));
      const env = { DATABASE_URL: `file:${join(folder, 'portal.db')}` };
      world = await openPeopleWorld({ replicas: 2, env });
      await world.change({ createQlikUsers: true });
      const person = await world.addPerson({ groups: ['Europe'] });
      world.state.faults.add({ kind: 'delay', ms: 60, match: { path: '/api/v1/users' } });
      const entered = await Promise.all(
        [0, 1, 0, 1].map((index) => world.enter(person, world.portals[index])),
      );
      expect(entered.map(({ token }) => token.status)).toEqual([200, 200, 200, 200]);
      expect(world.qlikUsers()).toHaveLength(1);
      expect(await idOf(person)).toBe(world.qlikUsers()[0]!.id);
    });

    test('a Qlik user whose creation was answered by a reset is found, not created again', async () => {
      const person = await world.addPerson();
      world.state.faults.add({
        kind: 'reset',
        afterBytes: 20,
        times: 1,
        match: { method: 'POST', path: '/api/v1/users' },
      });
      const { token } = await world.enter(person);
      expect(token.status).toBe(200);
      expect(world.qlikUsers()).toHaveLength(1);
    });

    test('an account with the administrator’s e-mail gets a Qlik user of its own', async () => {
      const person = await world.addPerson({ email: administrator().email });
      const { token } = await world.enter(person);
      expect(await spokenFor(token)).not.toBe(administrator().id);
      expect(world.qlikUsers()).toHaveLength(1);
      expect(world.qlikUsers()[0]?.assignedRoles).toEqual([]);
    });

    test('an account without a mailbox gets a Qlik user without an e-mail', async () => {
      const person = await world.addPerson({ email: 'f00d@acme.invalid' });
      expect((await world.enter(person)).token.status).toBe(200);
      expect(world.qlikUsers()[0]?.email).toBe('');
    });

    test('an e-mail that the tenant refuses is left out of the new Qlik user', async () => {
      const person = await world.addPerson({ email: 'zoë"quote@acme.example' });
      expect((await world.enter(person)).token.status).toBe(200);
    });

    test('two active Qlik users with the e-mail are left to ops: none is created or chosen', async () => {
      const email = 'europe@acme.example';
      world.state.users.add({ subject: 'auth0|one', email });
      world.state.users.add({ subject: 'auth0|two', email: 'Europe@Acme.example' });
      const person = await world.addPerson({ email });
      expect((await world.enter(person)).token).toMatchObject(NOT_LINKED);
      expect(world.qlikUsers()).toHaveLength(2);
      expect(await lastFailure(person)).toEqual({ reason: '2 Qlik users have the e-mail' });
    });
  });

  describe('among existing Qlik users', () => {
    test('takes the one that the portal created for the account', async () => {
      const person = await world.addPerson();
      const made = world.state.users.add({ subject: `${PREFIX}${person.account.id}` })!;
      expect(await spokenFor((await world.enter(person)).token)).toBe(made.id);
    });

    test('takes an orphaned one with the same e-mail', async () => {
      const left = world.state.users.add({
        subject: `${PREFIX}${newAccountId()}`,
        email: 'Europe@Acme.Example',
      })!;
      const person = await world.addPerson({ email: 'europe@acme.example', name: 'Europe lead' });
      expect(await spokenFor((await world.enter(person)).token)).toBe(left.id);
      expect(left.name).toBe('Europe lead');
    });

    test('removes the groups of its former account from an orphaned one, and keeps those of the tenant', async () => {
      const [sales, board] = [
        world.state.groups.add({ name: 'Sales', providerType: 'idp' })!,
        world.state.groups.add({ name: 'Board', providerType: 'custom' })!,
      ];
      const left = world.state.users.add({
        subject: `${PREFIX}${newAccountId()}`,
        email: 'europe@acme.example',
        assignedGroups: [
          { id: sales.id, name: 'Sales', providerType: 'idp' },
          { id: board.id, name: 'Board', providerType: 'custom' },
        ],
      })!;
      const person = await world.addPerson({ email: 'europe@acme.example', groups: ['Europe'] });
      await world.enter(person);
      expect(left.assignedGroups.map(({ name }) => name).toSorted()).toEqual(['Board', 'Europe']);
      expect(await world.storage.qlikMappings.givenGroups(person.account.id)).toEqual(['Europe']);
    });

    test.each([
      ['of the tenant administrator', () => administrator().email],
      ['of one of the tenant’s people', () => 'europe@acme.example'],
    ])('never takes one by the e-mail %s', async (_whose, email) => {
      world.state.users.add({ subject: 'auth0|europe', email: 'europe@acme.example' });
      const person = await world.addPerson({ email: email() });
      expect((await world.enter(person)).token).toMatchObject(NOT_LINKED);
      expect(await idOf(person)).toBeUndefined();
      expect(await lastFailure(person)).toEqual({ reason: 'no Qlik user of the portal fits' });
    });

    test('never takes one of a colleague whose former e-mail the account has', async () => {
      const colleague = await world.addPerson();
      const theirs = world.state.users.add({
        subject: `${PREFIX}${colleague.account.id}`,
        email: colleague.account.email,
      })!;
      await world.storage.accounts.save({ ...colleague.account, email: 'married@acme.example' });
      const person = await world.addPerson({ email: theirs.email });
      expect((await world.enter(person)).token).toMatchObject(NOT_LINKED);
    });

    test.each([
      ['another spelling of the prefix', (id: string) => `${PREFIX.toUpperCase()}${id}`],
      ['something behind', (id: string) => `${PREFIX}${id}x`],
      ['something in front', (id: string) => `x${PREFIX}${id}`],
      ['the id alone', (id: string) => id],
      ['no account', () => `${PREFIX}admin`],
    ])('never takes one whose subject was crafted: %s', async (_how, subject) => {
      const person = await world.addPerson();
      world.state.users.add({
        subject: subject(person.account.id),
        email: person.account.email,
        assignedRoles: administrator().assignedRoles,
      });
      expect((await world.enter(person)).token).toMatchObject(NOT_LINKED);
      expect(await idOf(person)).toBeUndefined();
    });

    test.each(['disabled', 'invited', 'deleted', 'provisioned'] as const)(
      'never maps an orphaned Qlik user that is %s',
      async (status) => {
        const email = 'europe@acme.example';
        world.state.users.add({ subject: `${PREFIX}${newAccountId()}`, email, status });
        const person = await world.addPerson({ email });
        expect((await world.enter(person)).token).toMatchObject(NOT_LINKED);
      },
    );

    test('never takes one that a single sign-on claim names: not by sub, e-mail, name or group', async () => {
      const admin = administrator();
      const { identities, accounts, tenantMembers, audit } = world.storage;
      for (const subject of [admin.id, admin.subject, `${PREFIX}${admin.id}`]) {
        const claims = { email: admin.email, email_verified: true, name: admin.subject, groups: [admin.id] };
        const identity = { ...NO_SESSION, issuer: 'https://login.acme.example', subject, idToken: claims };
        const person = readSsoPerson(identity, PROVIDER);
        const { account } = await openAccount(
          {
            identity,
            provider: PROVIDER,
            caller: { address: '127.0.0.1', requestId: 'req-1' },
            person: { ...person, first: { ...person.first, email: `${subject}-${person.first.email}` } },
          },
          { identities, accounts: accounts, tenantMembers, audit },
        );
        const hasher = createPasswordHasher({ parameters: { memory: 8, passes: 1, parallelism: 1 } });
        const password = 'violet kettle on the seventh roof';
        await accounts.setPasswordHash(account.id, await hasher.hash(new Secret(password)));
        expect((await world.enter({ account, password })).token).toMatchObject(NOT_LINKED);
      }
    });

    test('answers qlik_user_disabled for one that the tenant disabled, and does not enable it', async () => {
      const person = await world.addPerson();
      const made = world.state.users.add({ subject: `${PREFIX}${person.account.id}`, status: 'disabled' })!;
      const { token } = await world.enter(person);
      expect(token).toMatchObject({ status: 403, body: { code: 'qlik_user_disabled' } });
      expect(made.status).toBe('disabled');
    });

    test('ops may link any Qlik user, and the portal then changes nothing of it', async () => {
      const person = await world.addPerson({ name: 'Europe analyst', groups: ['Europe'] });
      const before = structuredClone(administrator());
      const { accounts, audit, qlikMappings } = world.storage;
      await setQlikMapping(
        { accounts, audit, qlikMappings, revokeTokens: () => undefined },
        {
          account: person.account.email,
          actor: 'ops:tester',
          qlikUser: { field: 'userId', value: administrator().id },
        },
      );
      expect(await spokenFor((await world.enter(person)).token)).toBe(administrator().id);
      expect(administrator()).toEqual(before);
    });
  });

  describe('of a Qlik user that the portal manages', () => {
    let person: TestUser;
    beforeEach(async () => {
      await world.change({ createQlikUsers: true });
      person = await world.addPerson({ name: 'Analyst', groups: ['Europe', 'Sales'] });
      await world.enter(person);
    });
    const updates = () => world.storage.audit.read({ userId: person.account.id, action: 'qlik-user.update' });
    async function comeBack(): Promise<void> {
      const before = (await updates()).length;
      await world.portal.signIn(person);
      await expect.poll(async () => (await updates()).length).toBeGreaterThan(before);
    }

    test('updates name and groups from the account and keeps groups of the tenant', async () => {
      const custom = world.state.groups.add({ name: 'Board', providerType: 'custom' })!;
      firstMade().assignedGroups.push({ id: custom.id, name: 'Board', providerType: 'custom' });
      await world.storage.accounts.setProfile(person.account.id, { name: 'Lead', groups: ['Sales', 'Asia'] });
      await comeBack();
      expect(firstMade().name).toBe('Lead');
      expect(groupsOfFirst().toSorted()).toEqual(['Asia', 'Board', 'Sales']);
    });

    test('sends no update where nothing changed', async () => {
      const patches = () => world.state.journal.count({ method: 'PATCH', path: '/api/v1/users/*' });
      const before = patches();
      const searches = world.state.journal.count({ method: 'GET', path: '/api/v1/users' });
      await world.portal.signIn(person);
      await expect
        .poll(() => world.state.journal.count({ method: 'GET', path: '/api/v1/users' }))
        .toBeGreaterThan(searches);
      expect(patches()).toBe(before);
    });

    test('lets the person in where the tenant refuses the groups', async () => {
      world.state.groups.autoCreateGroups = false;
      const other = await world.addPerson({ groups: ['Unheard of'] });
      expect((await world.enter(other)).token.status).toBe(200);
      const events = await world.storage.audit.read({ userId: other.account.id, action: 'qlik-user.update' });
      expect(events[0]).toMatchObject({ result: 'failed', detail: { code: 'qlik_bad_request' } });
    });
  });

  describe('with a slow or failing tenant', () => {
    beforeEach(() => world.change({ createQlikUsers: true }));

    test('sign-in and page do not wait for the tenant; the token answers qlik_user_linking until it is there', async () => {
      await world.close();
      // The portal's waits end when the test says so, and the tenant is silent until then.
      const timer = new VirtualTime();
      world = await openPeopleWorld({ timer, env: { QLIK_TIMEOUT: '60s' } });
      await world.change({ createQlikUsers: true });
      const silence = world.state.faults.add({ kind: 'delay', ms: HOUR, match: { path: '/api/v1/users' } });
      const cookie = await world.portal.signIn(await world.addPerson());
      expect((await world.portal.request.get('/').set('Cookie', cookie)).status).toBe(200);
      const asked = world.portal.request.get('/api/qlik-token').set('Cookie', cookie);
      const early = await movingTime(timer, asked);
      expect(early).toMatchObject({ status: 503, body: { code: 'qlik_user_linking' } });
      expect(early.headers['retry-after']).toBe('2');
      expect(silence.hits).toBe(1);
      world.state.faults.clear(silence.id);
      expect((await tokenOf(world.portal, cookie)).status).toBe(200);
      expect(world.qlikUsers()).toHaveLength(1);
    });

    test('a tenant that answered 429 is not asked again by each request of the page', async () => {
      const person = await world.addPerson();
      world.state.faults.add({
        kind: 'status',
        status: 429,
        retryAfterSeconds: 30,
        match: { path: '/api/v1/users' },
      });
      const cookie = await world.portal.signIn(person);
      const ask = () => world.portal.request.get('/api/qlik-token').set('Cookie', cookie);
      const answers = [await ask(), await ask(), await ask()];
      for (const answer of answers) {
        expect(answer).toMatchObject({ status: 503, body: { code: 'qlik_rate_limited' } });
        expect(Number(answer.headers['retry-after'])).toBeGreaterThan(25);
      }
      expect(world.state.journal.count({ path: '/api/v1/users' })).toBe(1);
    });

    test('repeated sign-ins use one management token', async () => {
      const before = world.state.journal.count({ grant: 'client_credentials' });
      for (let index = 0; index < 4; index += 1) await world.enter(await world.addPerson());
      expect(world.state.journal.count({ grant: 'client_credentials' }) - before).toBe(1);
    });

    test('a management token that the tenant refuses is replaced', async () => {
      await world.enter(await world.addPerson());
      world.state.tokens.revokeAllOf({ userId: world.state.botOf(world.acme.managementClient.clientId).id });
      const person = await world.addPerson();
      expect((await world.enter(person)).token.status).toBe(200);
    });

    test('management credentials that the tenant refuses are tried once, not with every request', async () => {
      const tenant = await world.tenant();
      const authentication = { method: 'client_secret', secret: new Secret('not the secret') } as const;
      await world.change({ management: { ...tenant.management!, authentication } });
      const before = world.state.journal.count({ path: '/oauth/token' });
      const cookie = await world.portal.signIn(await world.addPerson());
      for (let index = 0; index < 3; index += 1) {
        const answer = await world.portal.request.get('/api/qlik-token').set('Cookie', cookie);
        expect(answer).toMatchObject({ status: 502, body: { code: 'qlik_client_rejected' } });
      }
      expect(world.state.journal.count({ path: '/oauth/token' }) - before).toBe(1);
    });

    test('a search that found no Qlik user is not repeated by every request of the page', async () => {
      await world.change({ createQlikUsers: false });
      const { cookie } = await world.enter(await world.addPerson());
      const before = world.state.journal.count({ path: '/api/v1/users' });
      for (let index = 0; index < 3; index += 1) {
        expect(await tokenOf(world.portal, cookie)).toMatchObject(NOT_LINKED);
      }
      expect(world.state.journal.count({ path: '/api/v1/users' })).toBe(before);
    });

    test('a tenant without management credentials is not asked at all', async () => {
      await world.change({ management: null });
      const before = world.state.journal.count({});
      expect((await world.enter(await world.addPerson())).token).toMatchObject(NOT_LINKED);
      expect(world.state.journal.count({})).toBe(before);
    });
  });
});
