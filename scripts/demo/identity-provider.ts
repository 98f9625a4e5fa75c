import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { exportJWK, generateKeyPair } from 'jose';
import { type ClientMetadata, type Configuration, type KoaContextWithOIDC, Provider } from 'oidc-provider';
import { keptInMemory } from './identity/kept-in-memory.ts';
import { choicePage, messagePage, signOutPage } from './identity/pages.ts';

export interface DemoPerson {
  /** `sub`: never changes, whatever else does. */
  readonly subject: string;
  readonly name: string;
  readonly email?: string;
  readonly emailVerified?: boolean;
  readonly groups?: readonly string[];
  /** For providers that serve several tenants. */
  readonly organisation?: string;
}

export interface DemoClient {
  readonly clientId: string;
  /** Left out where the client proves itself with the key in `metadata.jwks`. */
  readonly clientSecret?: string;
  readonly redirectUri: string;
  readonly postLogoutRedirectUri: string;
  readonly backChannelLogoutUri: string;
  readonly metadata?: Partial<ClientMetadata>;
}

export interface DemoIdentityProviderOptions {
  /** 0 for any free one. */
  readonly port: number;
  readonly clients: readonly DemoClient[];
  /** Read at each sign-in, so that a test can change a person. */
  readonly users: readonly DemoPerson[];
  /** For the way to the clients; by default the network's. */
  readonly fetch?: typeof fetch;
}

export interface DemoIdentityProvider {
  readonly issuer: string;
  close(): Promise<void>;
}

/**
 * A company's identity provider for the demo and tests: `oidc-provider` on loopback, in memory, where people sign in
 * by saying who they are. Its ID tokens hold `sub` and `sid`; the other claims are at UserInfo.
 */
export async function startDemoIdentityProvider(
  options: DemoIdentityProviderOptions,
): Promise<DemoIdentityProvider> {
  const server = createServer();
  server.listen(options.port, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://localhost:${portOf(server)}`;
  const provider = new Provider(issuer, await configurationOf(options));
  const handle = provider.callback();
  server.on('request', (req, res) => {
    if (req.url?.startsWith('/interaction/')) void interact({ provider, users: options.users, req, res });
    else void handle(req, res);
  });
  return {
    issuer,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function configurationOf({ clients, users, fetch: send = fetch }: DemoIdentityProviderOptions) {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const configuration: Configuration = {
    adapter: keptInMemory(),
    clients: clients.map(clientMetadata),
    jwks: { keys: [{ ...(await exportJWK(privateKey)), use: 'sig', alg: 'RS256' }] },
    cookies: { keys: [randomBytes(24).toString('hex')] },
    claims: {
      openid: ['sub'],
      email: ['email', 'email_verified'],
      profile: ['name', 'groups', 'organisation'],
    },
    scopes: ['openid', 'email', 'profile'],
    pkce: { required: () => true },
    responseTypes: ['code'],
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'private_key_jwt'],
    interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
    loadExistingGrant: grantWithoutAsking,
    findAccount: (_ctx, subject) => {
      const person = users.find((each) => each.subject === subject);
      return person && { accountId: subject, claims: async () => claimsOf(person) };
    },
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => show(ctx, signOutPage(form)),
        postLogoutSuccessSource: (ctx) => show(ctx, messagePage('You are signed out of your company')),
      },
    },
    renderError: (ctx, { error }) => show(ctx, messagePage(`The sign-in failed: ${error}`)),
    ttl: {
      Session: 3_600,
      Grant: 3_600,
      Interaction: 600,
      AuthorizationCode: 60,
      AccessToken: 600,
      IdToken: 600,
    },
    // Without the dispatcher that keeps a provider on the internet away from loopback, where this one's clients are.
    fetch: (url, request) => {
      const unguarded = { ...request };
      Reflect.deleteProperty(unguarded, 'dispatcher');
      return send(url, unguarded);
    },
  };
  return configuration;
}

function clientMetadata(client: DemoClient): ClientMetadata {
  const { clientId, clientSecret, redirectUri, postLogoutRedirectUri, backChannelLogoutUri, metadata } =
    client;
  return {
    client_id: clientId,
    ...(clientSecret !== undefined && { client_secret: clientSecret }),
    redirect_uris: [redirectUri],
    post_logout_redirect_uris: [postLogoutRedirectUri],
    backchannel_logout_uri: backChannelLogoutUri,
    backchannel_logout_session_required: true,
    grant_types: ['authorization_code'],
    response_types: ['code'],
    ...metadata,
  };
}

function claimsOf({ subject, name, email, emailVerified = true, groups, organisation }: DemoPerson) {
  return {
    sub: subject,
    name,
    ...(email !== undefined && { email, email_verified: emailVerified }),
    ...(groups !== undefined && { groups: [...groups] }),
    ...(organisation !== undefined && { organisation }),
  };
}

/** The portal is the company's own application: nobody is asked whether it may know who they are. */
async function grantWithoutAsking({ oidc }: KoaContextWithOIDC) {
  const { client, session, provider, params } = oidc;
  const clientId = client?.clientId;
  if (clientId === undefined || session?.accountId === undefined) return undefined;
  const grantId = session.grantIdFor(clientId);
  const existing = grantId === undefined ? undefined : await provider.Grant.find(grantId);
  if (existing) return existing;
  const grant = new provider.Grant({ clientId, accountId: session.accountId });
  const scope = params?.['scope'];
  grant.addOIDCScope(typeof scope === 'string' ? scope : 'openid');
  await grant.save();
  return grant;
}

interface Interaction {
  readonly provider: Provider;
  readonly users: readonly DemoPerson[];
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
}

async function interact({ provider, users, req, res }: Interaction): Promise<void> {
  try {
    const { uid } = await provider.interactionDetails(req, res);
    if (req.method !== 'POST') {
      res
        .setHeader('Content-Type', 'text/html; charset=utf-8')
        .end(choicePage({ people: users, action: `/interaction/${uid}` }));
      return;
    }
    const answer = new URLSearchParams(await text(req));
    const accountId = answer.get('subject');
    await provider.interactionFinished(
      req,
      res,
      accountId === null
        ? { error: 'access_denied', error_description: 'the person cancelled' }
        : { login: { accountId } },
    );
  } catch {
    res
      .writeHead(400, { 'Content-Type': 'text/html; charset=utf-8' })
      .end(messagePage('This sign-in is over'));
  }
}

function show(ctx: KoaContextWithOIDC, page: string): void {
  ctx.type = 'html';
  ctx.body = page;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening on TCP');
  return address.port;
}
