import type { z } from 'zod';
import { PortalError } from '../../domain/errors.ts';

/**
 * Reads a JSON column. A value of another shape was not written by the portal.
 * @throws PortalError internal_error, naming the column, never the value
 */
export function parseJsonColumn<Schema extends z.ZodType>(
  schema: Schema,
  text: string,
  column: string,
): z.output<Schema> {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    throw new PortalError('internal_error', {
      detail: `the database column ${column} holds something unreadable`,
    });
  }
}
