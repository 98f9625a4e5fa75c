import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { ERROR_CODES, type ErrorCodeName } from '../../src/domain/error-codes.ts';
import { PortalError } from '../../src/domain/errors.ts';
import { answerFailedForm, type FailedForm } from '../../src/web/http/failed-form.ts';
import { loginForm } from '../../src/web/routes/login.ts';
import { setPasswordForm } from '../../src/web/routes/set-password.ts';
import { ssoForm } from '../../src/web/routes/sso.ts';

/** No input into the forms causes these: their page has no message for them. */
const PROBLEM_PAGE: ReadonlySet<ErrorCodeName> = new Set([
  'malformed_json',
  'payload_too_large',
  'unsupported_media_type',
] as const);

/** Failures of the portal with a message of their own, in place of `unavailable`. */
const OWN_MESSAGE: ReadonlySet<ErrorCodeName> = new Set(['sso_unavailable'] as const);

const forms = { 'sign-in': loginForm, 'set-password': setPasswordForm, SSO: ssoForm };
const failures = Object.entries(forms).flatMap(([name, form]) =>
  form.operations.flatMap(({ path, problems }) => problems.map((code) => ({ name, form, path, code }))),
);

test.each(failures)(
  '$code of the $name form at $path leads to its message or to the problem page',
  async ({ form, path, code }) => {
    expect(await placeOf(form, path, code)).toBe(expectedPlace(form, code));
  },
);

function expectedPlace({ page, messages }: FailedForm, code: ErrorCodeName): string {
  if (PROBLEM_PAGE.has(code)) return 'the problem page';
  const unavailable = ERROR_CODES[code].status >= 500 && !OWN_MESSAGE.has(code);
  return `/${page}#${unavailable ? 'unavailable' : (messages?.[code] ?? code)}`;
}

const readPage = (file: string) => readFile(`public/${file}`, 'utf8');

/** Where the browser ends, judged by the messages that the page's HTML has. */
async function placeOf(form: FailedForm, path: string, code: ErrorCodeName): Promise<string> {
  const handler = answerFailedForm({ ...form, isForm: () => true }, { page: readPage } as never);
  let place = '';
  const res = { redirect: (_status: number, location: string) => void (place = location) };
  await handler(
    new PortalError(code),
    { path } as never,
    res as never,
    () => void (place = 'the problem page'),
  );
  return place;
}
