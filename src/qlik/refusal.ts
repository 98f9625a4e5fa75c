import { z } from 'zod';
import type { ErrorCodeName } from '../domain/error-codes.ts';
import { PortalError } from '../domain/errors.ts';
import { PAUSE_WITHOUT_RETRY_AFTER_S } from '../domain/rules/exchange-limit.ts';
import type { QlikResponse } from './http.ts';

// Qlik's error format, and that of RFC 6749 section 5.2, which gateways in front of a tenant use.
const qlikErrors = z.object({
  errors: z
    .array(
      z.object({
        code: z.union([z.string(), z.number()]).optional(),
        title: z.string().optional(),
        detail: z.string().optional(),
      }),
    )
    .min(1),
  traceId: z.string().optional(),
});
const oauthError = z.object({ error: z.string(), error_description: z.string().optional() });

/** What is safe to log and show of an error response. Lenient: never throws, whatever the body is. */
export function readRefusal({ json, header }: QlikResponse) {
  const qlik = qlikErrors.safeParse(json).data;
  const oauth = oauthError.safeParse(json).data;
  const said = qlik?.errors[0] ?? { code: oauth?.error, title: oauth?.error_description };
  return {
    code: safe(said.code?.toString()),
    title: safe(said.title),
    detail: 'detail' in said ? safe(said.detail) : undefined,
    traceId: safe(qlik?.traceId ?? header('qlik-trace-id') ?? header('x-trace-id')),
  };
}

const MAX_TEXT = 200;
const UNSAFE: readonly (readonly [RegExp, string])[] = [
  [/[\p{C}\s]+/gu, ' '],
  [/\beyJ[\w-]+(?:\.[\w-]*)*/g, '***'],
  [/[^\s@"'<>]+@[^\s@"'<>]+/g, '***@***'],
  // Secrets are long runs of mixed characters; 32 hex digits are a client id and are kept.
  [/\b(?![0-9a-f]{24,36}\b)[\w-]{40,}/g, '***'],
];

function safe(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  return UNSAFE.reduce((masked, [pattern, mask]) => masked.replace(pattern, mask), text)
    .trim()
    .slice(0, MAX_TEXT);
}

const CODE_OF_STATUS: Readonly<Record<number, ErrorCodeName>> = {
  401: 'qlik_client_rejected',
  403: 'qlik_forbidden',
  404: 'qlik_not_found',
  408: 'qlik_timeout',
  409: 'qlik_conflict',
  429: 'qlik_rate_limited',
};

/** The general meaning of a status; {@link file://./token-refusal.ts} refines it for `POST /oauth/token`. */
function codeOf(status: number): ErrorCodeName {
  if (status < 400) return 'qlik_bad_response';
  if (status >= 500) return 'qlik_unavailable';
  return CODE_OF_STATUS[status] ?? 'qlik_bad_request';
}

/** The error for a response that is not the expected one. */
export function refusalError(
  response: QlikResponse,
  code: ErrorCodeName = codeOf(response.status),
): PortalError {
  const { endpoint, status } = response;
  const { traceId, ...refusal } = readRefusal(response);
  const said = [refusal.code, refusal.title, refusal.detail].filter(Boolean).join(': ');
  const redirected = status >= 300 && status < 400 ? '; redirects are not followed' : '';
  return new PortalError(code, {
    detail: `${endpoint} answered ${status}${said === '' ? redirected : ` (${said})`}`,
    ...(traceId !== undefined && { qlikTraceId: traceId }),
    ...(status === 429 && { retryAfterS: retryAfterSeconds(response.header('retry-after')) }),
  });
}

const MAX_RETRY_AFTER_S = 3600;

/** Tenants send `Retry-After` (RFC 9110 section 10.2.3) in whole seconds; anything else counts as a short wait. */
function retryAfterSeconds(header: string | undefined): number {
  if (header === undefined || !/^\d{1,9}$/.test(header)) return PAUSE_WITHOUT_RETRY_AFTER_S;
  return Math.min(Math.max(Number(header), 1), MAX_RETRY_AFTER_S);
}
