import type { Request, Response } from 'express';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { errorCodesPage } from '../../scripts/error-codes-page.ts';
import { failureOf } from '../../src/cli/console/failure.ts';
import { ERROR_CODES, type ErrorCodeName } from '../../src/domain/error-codes.ts';
import { PortalError } from '../../src/domain/errors.ts';
import { EXIT } from '../../src/domain/exit-codes.ts';
import { errorHandler } from '../../src/web/http/errors.ts';

const TEAPOT = 'teapot' as ErrorCodeName;
const sentence = expect.stringMatching(/\S.*\.$/) as unknown;

describe('the table of error codes', () => {
  test.each(Object.entries(ERROR_CODES))('%s has every column', (_code, row) => {
    expect(row).toEqual({
      status: expect.any(Number) as unknown,
      title: expect.stringMatching(/[^.]$/) as unknown,
      person: sentence,
      ops: row.ops === null ? null : sentence,
      exitCode: expect.any(Number) as unknown,
    });
    expect([row.status >= 400 && row.status < 600, Object.values(EXIT).includes(row.exitCode)]).toEqual([
      true,
      true,
    ]);
  });
});

describe('a row added to the table of error codes needs no other file', () => {
  const row = {
    status: 418,
    title: 'Short and stout',
    person: 'Tip me over.',
    ops: 'Pour me out.',
    exitCode: EXIT.later,
  };
  const table: Record<string, typeof row> = ERROR_CODES as never;
  beforeAll(() => void (table[TEAPOT] = row));
  afterAll(() => void delete table[TEAPOT]);

  test('the API answers with its status, title and sentence', () => {
    const req = { path: '/api/teapot', originalUrl: '/api/teapot', requestId: 'trace' } as unknown as Request;
    const send = vi.fn<(body: string) => void>();
    const status = vi.fn<(code: number) => unknown>().mockReturnThis();
    const chained = vi.fn<() => unknown>().mockReturnThis();
    const res = { status, type: chained, setHeader: chained, send } as unknown as Response;
    errorHandler(new PortalError(TEAPOT), req, res, () => undefined);
    expect(status).toHaveBeenCalledWith(418);
    expect(JSON.parse(send.mock.lastCall?.[0] ?? '')).toEqual({
      type: 'urn:problem-type:portal:teapot',
      title: row.title,
      status: 418,
      detail: row.person,
      code: 'teapot',
      traceId: 'trace',
    });
  });

  test('the CLI ends with its exit code and advice', () => {
    expect(failureOf(new PortalError(TEAPOT))).toEqual({
      exitCode: EXIT.later,
      code: 'teapot',
      message: row.title,
      advice: row.ops,
    });
  });

  test('docs/error-codes.md lists it', () => {
    expect(errorCodesPage()).toContain(
      '| `teapot` | 418 | Short and stout | Tip me over. | Pour me out. | 75 |',
    );
  });
});
