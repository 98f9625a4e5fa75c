import type { Generated, Kysely } from 'kysely';
import type { Clock } from '../../runtime/clock.ts';

/** What every SQL store needs. */
export interface SqlDeps {
  readonly db: Kysely<Schema>;
  readonly clock: Clock;
}

/**
 * The tables as queries see them. Portable on purpose: text, and integers (`bigint`) of ms since the epoch;
 * JSON is text that the portal itself reads and writes.
 */
export interface Schema {
  tenants: TenantRow;
  users: AccountRow;
  user_identities: IdentityRow;
  password_links: PasswordInviteRow;
  sessions: SessionRow;
  audit_events: AuditEventRow;
}

export interface TenantRow {
  id: string;
  name: string;
  host: string;
  status: string;
  /** JSON of the client, its secret sealed; see client-columns.ts. */
  impersonation: string | null;
  management: string | null;
  /** JSON array. */
  scopes: string;
  /** JSON of EmbedContent. */
  embed: string | null;
  /** 0 or 1. */
  create_qlik_users: Generated<number>;
  created_at: number;
  updated_at: number;
}

export interface AccountRow {
  id: string;
  email: string;
  name: string;
  tenant_id: string;
  qlik_field: string | null;
  qlik_value: string | null;
  /** JSON array. */
  groups: string;
  status: string;
  password_hash: string | null;
  /** JSON array: the groups that the portal gave the Qlik user. */
  given_groups: Generated<string>;
  /** Id of the Qlik user that the portal disabled with the account. */
  closed_qlik_user: Generated<string | null>;
  created_at: number;
  updated_at: number;
}

/** Which identity of a provider belongs to which account. */
interface IdentityRow {
  issuer: string;
  subject: string;
  user_id: string;
  created_at: number;
}

/** The one link of an account by which a password can be set. */
export interface PasswordInviteRow {
  user_id: string;
  /** SHA-256 of the code, base64url. */
  code_hash: string;
  expires_at: number;
  created_at: number;
}

export interface SessionRow {
  /** SHA-256 of the session id, base64url: a stolen database holds no session. */
  sid_hash: string;
  user_id: string | null;
  tenant_id: string | null;
  /** The identity provider that vouched for the holder, and its name for its own session with them. */
  sso_provider: string | null;
  sso_sid: string | null;
  /** JSON of express-session's data. */
  data: string;
  expires_at: number;
  created_at: number;
  last_seen_at: number;
  /** Set when the session is ended; the row stays until it would have expired, so that nothing revives it. */
  ended_at: number | null;
}

export interface AuditEventRow {
  id: string;
  at: number;
  action: string;
  result: string;
  actor: string;
  tenant_id: string | null;
  user_id: string | null;
  address: string | null;
  request_id: string | null;
  /** JSON object. */
  detail: string | null;
}

/** All tables, each after those that its foreign keys name. */
export const TABLES = [
  'tenants',
  'users',
  'user_identities',
  'password_links',
  'sessions',
  'audit_events',
] as const satisfies readonly (keyof Schema)[];

export type TableName = (typeof TABLES)[number];
