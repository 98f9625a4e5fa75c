import { Assertions } from './state/assertions.ts';
import { Clients, IMPERSONATION_GRANT } from './state/clients.ts';
import { Faults } from './state/faults.ts';
import { Groups } from './state/groups.ts';
import { newTenantId } from './state/ids.ts';
import { Journal } from './state/journal.ts';
import { RateLimits } from './state/rate-limits.ts';
import { Roles } from './state/roles.ts';
import { type AccessToken, Tokens } from './state/tokens.ts';
import { mayHoldTokens, type SandboxUser, Users } from './state/users.ts';

export type { SandboxClient } from './state/clients.ts';
export type { AccessToken } from './state/tokens.ts';
export type { SandboxUser } from './state/users.ts';

/** What a tenant lets a caller do in how much time. Seconds and counts as named. */
export interface TenantSettings {
  tokenLifetimeSeconds: number;
  /** Life of a token exchanged for the URL of a websocket or resource. */
  exchangedTokenLifetimeSeconds: number;
  maxLiveTokensPerUser: number;
  rateWindowSeconds: number;
  tier1PerMinute: number;
  tier2PerMinute: number;
  filterPerMinute: number;
  /** What `/oauth/token` says of a token's end: Qlik's reference and its tenants differ. */
  expiryFields: 'both' | 'expires_at' | 'expires_in';
  /** Whether `allowedOrigins` is taken on a `web` client; Qlik's pages disagree. */
  originsOnWebClients: boolean;
}

const DEFAULT_SETTINGS: Readonly<TenantSettings> = {
  tokenLifetimeSeconds: 21_600,
  exchangedTokenLifetimeSeconds: 60,
  maxLiveTokensPerUser: 100,
  rateWindowSeconds: 300,
  tier1PerMinute: 1_000,
  tier2PerMinute: 100,
  filterPerMinute: 200,
  expiryFields: 'both',
  originsOnWebClients: true,
};

/** The client a tenant is born with, to provision everything else through the API. */
export interface ManagementClient {
  clientId: string;
  clientSecret: string;
}

export interface TenantOptions {
  name: string;
  /** The tenant's origin, as `http://127.0.0.1:4001`. */
  host: string;
  /** ms since 1970. */
  now: () => number;
  settings?: Partial<TenantSettings>;
}

/** Everything one sandbox tenant knows, in memory only. */
export class TenantState {
  readonly id = newTenantId();
  readonly name: string;
  readonly host: string;
  readonly settings: TenantSettings;
  readonly roles = new Roles();
  readonly faults = new Faults();
  readonly journal = new Journal();
  readonly assertions: Assertions;
  readonly rateLimits: RateLimits;
  readonly users: Users;
  readonly groups: Groups;
  readonly clients: Clients;
  readonly tokens: Tokens;
  readonly admin: SandboxUser;
  readonly managementClient: ManagementClient;
  readonly createdAt: string;
  readonly #now: () => number;

  constructor({ name, host, now, settings = {} }: TenantOptions) {
    this.name = name;
    this.host = host;
    this.#now = now;
    this.settings = { ...DEFAULT_SETTINGS, ...settings };
    this.createdAt = new Date(now()).toISOString();
    const common = { tenantId: this.id, now };
    this.users = new Users(common);
    this.groups = new Groups(common);
    this.clients = new Clients(common);
    this.tokens = new Tokens(common);
    this.assertions = new Assertions({ now });
    this.rateLimits = this.#rateLimits();
    this.admin = this.#bearAdmin();
    this.managementClient = this.#bearManagementClient();
  }

  /** The tenant's true clock, in ms since 1970. */
  now(): number {
    return this.#now();
  }

  /** Who a bearer token speaks for, if it is live and its user may hold tokens. */
  authenticate(value: string): { user: SandboxUser; token: AccessToken } | undefined {
    const token = this.tokens.live(value);
    const user = token && this.users.byId(token.userId);
    if (!token || !user || !mayHoldTokens(user)) return undefined;
    token.lastUsedAt = this.now();
    return { user, token };
  }

  /**
   * Whether a browser page of `origin` may use this tenant through the client; without a client (a preflight
   * carries no token), whether any client of the tenant lets it in. The tenant's own pages always may.
   */
  originAllowed(origin: string, clientId?: string): boolean {
    if (origin === this.host) return true;
    const clients = clientId === undefined ? this.clients.all() : [this.clients.byId(clientId)];
    return clients.some((client) => client?.allowedOrigins.includes(origin) ?? false);
  }

  /** The bot user a client's own tokens speak for, made when first needed. */
  botOf(clientId: string): SandboxUser {
    const subject = `qlikbot\\${clientId}`;
    const name = this.clients.byId(clientId)?.clientName ?? 'Sandbox helper';
    const bot = this.users.bySubject(subject) ?? this.users.add({ subject, name, clientId });
    if (!bot) throw new Error('a bot user could not be made');
    return bot;
  }

  /** A token of the tenant's admin, for tests and the demo; no such door exists on a real tenant. */
  adminToken(): string {
    return this.tokens.issue({
      kind: 'helper',
      userId: this.admin.id,
      clientId: this.managementClient.clientId,
      scopes: ['admin_classic', 'user_default'],
      lifetimeSeconds: this.settings.tokenLifetimeSeconds,
    }).value;
  }

  #rateLimits(): RateLimits {
    const { settings } = this;
    const perMinute = {
      tier1: () => settings.tier1PerMinute,
      tier2: () => settings.tier2PerMinute,
      filter: () => settings.filterPerMinute,
    };
    return new RateLimits({
      now: this.#now,
      windowMs: () => settings.rateWindowSeconds * 1000,
      capacity: (tier) => Math.floor((perMinute[tier]() * settings.rateWindowSeconds) / 60),
    });
  }

  #bearAdmin(): SandboxUser {
    const role = this.roles.byName('TenantAdmin');
    const admin = this.users.add({
      subject: 'sandbox|tenant-admin',
      name: 'Tenant administrator',
      email: `admin@${this.name}.example`,
      assignedRoles: role ? [role] : [],
    });
    if (!admin) throw new Error('the tenant administrator could not be made');
    return admin;
  }

  #bearManagementClient(): ManagementClient {
    const client = this.clients.add({
      appType: 'web',
      clientName: 'Sandbox management client',
      description: 'The client this sandbox tenant is born with.',
      clientUri: '',
      logoUri: '',
      redirectUris: [],
      allowedOrigins: [],
      allowedScopes: ['admin', 'admin_classic', 'user_default'],
      allowedGrantTypes: ['client_credentials', IMPERSONATION_GRANT],
      allowedAuthMethods: ['client_secret'],
      publicKeys: [],
      ownerId: this.admin.id,
    });
    const secret = this.clients.addSecret(client, this.admin.id);
    if (!secret) throw new Error('the management client has no room for a secret');
    return { clientId: client.clientId, clientSecret: secret.secret };
  }
}
