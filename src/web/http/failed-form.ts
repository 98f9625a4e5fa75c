import type { ErrorRequestHandler, Request } from 'express';
import { ERROR_CODES, type ErrorCodeName } from '../../domain/error-codes.ts';
import { toPortalError } from './errors.ts';

export interface FailedForm {
  /** As the router has it: in any case, with or without a slash at the end. */
  readonly path: RegExp;
  /** Whether it is the form that asks, and not a program. */
  readonly isForm: (req: Request) => boolean;
  /** Holds a message for each of these, and `unavailable`; shows the one that its address names, without scripts. */
  readonly page: string;
  /** By code: the id of the message. */
  readonly messages: Partial<Readonly<Record<ErrorCodeName, string>>>;
}

/** Failures of a form go back to its page. What the form itself cannot have sent is left to the problem page. */
export function answerFailedForm({ path, isForm, page, messages }: FailedForm): ErrorRequestHandler {
  return (thrown: unknown, req, res, next) => {
    const { code } = toPortalError(thrown);
    const message = messages[code] ?? (ERROR_CODES[code].status >= 500 ? 'unavailable' : undefined);
    if (message === undefined || !path.test(req.path) || !isForm(req)) {
      next(thrown);
      return;
    }
    res.setHeader('Cache-Control', 'no-store');
    res.redirect(303, `${page}#${message}`);
  };
}

/** Ids of the messages in public/login.html, whichever of its forms they are for. */
export const LOGIN_MESSAGES = {
  invalid_credentials: 'invalid_credentials',
  invalid_request: 'invalid_request',
  too_many_attempts: 'too_many_attempts',
  cross_site_request: 'cross_site_request',
  sso_unknown: 'sso_unknown',
  sso_failed: 'sso_failed',
  sso_cancelled: 'sso_cancelled',
  sso_expired: 'sso_expired',
  sso_not_allowed: 'sso_not_allowed',
  sso_account_conflict: 'sso_account_conflict',
  sso_unavailable: 'sso_unavailable',
  tenant_disabled: 'tenant_disabled',
} as const satisfies FailedForm['messages'];
