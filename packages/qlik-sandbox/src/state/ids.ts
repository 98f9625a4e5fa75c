import { createHash, randomBytes } from 'node:crypto';

/** 24 hex digits, as Qlik numbers users, groups, roles and tokens. */
export function newObjectId(): string {
  return randomBytes(12).toString('hex');
}

/** 32 hex digits, as Qlik numbers OAuth clients. */
export function newClientId(): string {
  return randomBytes(16).toString('hex');
}

/** 32 URL-safe characters, as Qlik numbers tenants. */
export function newTenantId(): string {
  return randomBytes(24).toString('base64url');
}

/** A client secret: 64 hex digits. */
export function newClientSecret(): string {
  return randomBytes(32).toString('hex');
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
