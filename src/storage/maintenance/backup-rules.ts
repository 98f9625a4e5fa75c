import { existsSync } from 'node:fs';
import { PortalError } from '../../domain/errors.ts';
import type { TableName } from '../sql/tables.ts';

/** What was ended or used since the backup must not come back with it. */
export const FORGOTTEN_BY_RESTORE: readonly TableName[] = ['sessions', 'password_links'];

/** Codes: conflict. */
export function refuseExisting(target: string): void {
  if (existsSync(target)) throw new PortalError('conflict', { detail: `${target} exists already` });
}

/** What is no backup, or none that this release understands. */
export function unreadable(detail: string, cause?: unknown): PortalError {
  return new PortalError('invalid_request', { detail, cause });
}
