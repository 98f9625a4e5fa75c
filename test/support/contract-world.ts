import { randomBytes } from 'node:crypto';
import type { Response } from 'supertest';
import type { ErrorCodeName } from '../../src/domain/error-codes.ts';
import { PortalError } from '../../src/domain/errors.ts';
import { hashInviteCode } from '../../src/portal/accounts/password-invites.ts';
import { startHostileProvider, type HostileProvider } from './hostile-provider.ts';
import { startPortal } from './portal.ts';

export const JSON_TYPE = 'application/json';
export const FORM = 'application/x-www-form-urlencoded';
export const HTML = 'text/html,application/xhtml+xml';
/** As a browser says that another site is behind a request. */
export const FOREIGN = { 'Sec-Fetch-Site': 'cross-site' };

const CLIENT = { clientId: 'portal', secret: 'a client secret of the contract' };

type Part = 'subjects' | 'sessions' | 'limits' | 'sso' | 'audit' | 'ping';
export type Send = () => Promise<Response>;
export type ContractWorld = Awaited<ReturnType<typeof startContractWorld>>;

/** A portal with an identity provider, an analyst who is signed in, and parts that fail when they are told to. */
export async function startContractWorld() {
  const provider = await startHostileProvider(CLIENT);
  const broken: Partial<Record<Part, Error>> = {};

  async function failing<Result>(part: Part, work: () => Promise<Result>): Promise<Result> {
    const failure = broken[part];
    if (failure) throw failure;
    return work();
  }

  const portal = await startPortal({
    env: ssoEnvironment(provider),
    replace: ({ storage, signInLimits, identityProviders }) => ({
      storage: {
        ...storage,
        ping: () => failing('ping', () => storage.ping()),
        tenantMembers: { find: (id) => failing('subjects', () => storage.tenantMembers.find(id)) },
        audit: { ...storage.audit, append: (event) => failing('audit', () => storage.audit.append(event)) },
      },
      signInLimits: {
        ...signInLimits,
        countAddress: (address) => failing('limits', () => signInLimits.countAddress(address)),
      },
      identityProviders: identityProviders && {
        ...identityProviders,
        begin: (id) => failing('sso', () => identityProviders.begin(id)),
        finish: (...given) => failing('sso', () => identityProviders.finish(...given)),
        readLogoutToken: (...given) => failing('sso', () => identityProviders.readLogoutToken(...given)),
      },
    }),
  });
  const { sessions } = portal.storage;
  const get = sessions.get.bind(sessions);
  sessions.get = (sid, done) => (broken.sessions ? done(broken.sessions) : get(sid, done));

  const tenant = await portal.addTenant({ id: 'acme' });
  const analyst = await portal.addUser(tenant);
  const cookie = await portal.signIn(analyst);

  const send = (method: 'get' | 'post', path: string, headers: Readonly<Record<string, string>> = {}) =>
    portal.request[method](path).set({ Accept: JSON_TYPE, ...headers });

  /** A browser that has begun a sign-in with the provider, and the query with which it comes back. */
  async function begunSso() {
    const browser = portal.browser();
    const begun = await browser.get('/login/sso/acme');
    return { browser, query: provider.approve(begun.get('Location') ?? '') };
  }

  return {
    portal,
    provider,
    credentials: { email: analyst.account.email, password: analyst.password },
    /** Headers of whoever is signed in. */
    signedIn: { Cookie: cookie },
    send,
    post: (path: string, body: string | object, type = JSON_TYPE, headers = {}) =>
      send('post', path, { 'Content-Type': type, ...headers }).send(body),

    repair() {
      for (const part of Object.keys(broken)) Reflect.deleteProperty(broken, part);
      portal.broker.failure = undefined;
    },
    async whileFailing(part: Part | 'tokens', code: ErrorCodeName, request: Send): Promise<Response> {
      const failure = code === 'internal_error' ? new Error('unforeseen') : new PortalError(code);
      if (part === 'tokens') portal.broker.failure = failure;
      else broken[part] = failure;
      return request();
    },

    /** The way back from the provider; `while` it fails. */
    async finishSso(accept: string, code?: ErrorCodeName): Promise<Response> {
      const { browser, query } = await begunSso();
      const request: Send = async () => browser.get(`/login/sso/acme/callback${query}`).set('Accept', accept);
      return code === undefined ? request() : this.whileFailing('sso', code, request);
    },
    async signedInBySso() {
      const { browser, query } = await begunSso();
      await browser.get(`/login/sso/acme/callback${query}`);
      return browser;
    },
    async logoutToken(): Promise<string> {
      const events = { 'http://schemas.openid.net/event/backchannel-logout': {} };
      const token = await provider.token({ jti: crypto.randomUUID(), sid: 'session-1', events });
      portal.hide(token);
      return token;
    },

    /** The code of a one-time link of somebody. */
    async passwordCode(): Promise<string> {
      const code = randomBytes(32).toString('base64url');
      portal.hide(code);
      const { account } = await portal.addUser(tenant);
      const expiresAt = Date.now() + 60_000;
      await portal.storage.passwordInvites.save({
        userId: account.id,
        codeHash: hashInviteCode(code),
        expiresAt,
      });
      return code;
    },
    /** The cookie of somebody whose tenant was switched off after they signed in. */
    async cookieOfDisabledTenant(): Promise<string> {
      const switchedOff = await portal.addTenant();
      const theirs = await portal.signIn(await portal.addUser(switchedOff));
      await portal.storage.tenants.save({ ...switchedOff, status: 'disabled' });
      return theirs;
    },
    /** Somebody new, who may change their password. */
    async freshPerson(): Promise<{ readonly cookie: string; readonly password: string }> {
      const person = await portal.addUser(tenant);
      return { cookie: await portal.signIn(person), password: person.password };
    },
    /** Of somebody new, for whom it does no harm to leave. */
    async freshCookie(): Promise<string> {
      return portal.signIn(await portal.addUser(tenant));
    },

    async close() {
      await portal.close();
      await provider.close();
    },
  };
}

/** The identity provider as ops configure it. */
export function ssoEnvironment({ issuer }: HostileProvider): Readonly<Record<string, string>> {
  const acme = {
    id: 'acme',
    issuer,
    clientId: CLIENT.clientId,
    clientSecret: CLIENT.secret,
    tenant: 'acme',
    emailDomains: ['acme.example'],
    jit: true,
    endProviderSession: true,
  };
  return { INSECURE_ALLOW_LOOPBACK_ISSUERS: 'true', SSO_PROVIDERS: JSON.stringify([acme]) };
}
