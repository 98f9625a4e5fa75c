import type { Schema } from './schema.ts';

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
