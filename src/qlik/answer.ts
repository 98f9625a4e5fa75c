import type { z } from 'zod';
import { PortalError } from '../domain/errors.ts';
import type { QlikResponse } from './http.ts';
import { refusalError } from './refusal.ts';

interface Expected<Schema extends z.ZodType> {
  readonly status: number;
  readonly schema: Schema;
}

/**
 * Judges an answer with a body: status first, then content type, then each field.
 * @throws PortalError as {@link refusalError}; qlik_bad_response with endpoint and field, never the value
 */
export function readAnswer<Schema extends z.ZodType>(
  response: QlikResponse,
  expected: Expected<Schema>,
): z.output<Schema> {
  if (response.status !== expected.status) throw refusalError(response);
  if (response.json === undefined) throw badResponse(response.endpoint, 'the body is not JSON');
  const parsed = expected.schema.safeParse(response.json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.path.join('.') ?? '';
  throw badResponse(response.endpoint, `field "${field}" is missing or not of the expected form`);
}

/**
 * Judges an answer whose body does not matter.
 * @throws PortalError as {@link refusalError}
 */
export function expectStatus(response: QlikResponse, ...statuses: readonly number[]): void {
  if (!statuses.includes(response.status)) throw refusalError(response);
}

export function badResponse(endpoint: string, problem: string): PortalError {
  return new PortalError('qlik_bad_response', { detail: `${endpoint}: ${problem}` });
}
