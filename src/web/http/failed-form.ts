import type { ErrorRequestHandler, Request } from 'express';
import { ERROR_CODES, type ErrorCodeName } from '../../domain/error-codes.ts';
import type { PageAssets } from '../pages/page-assets.ts';
import { toPortalError } from './errors.ts';
import type { Operation } from './operation.ts';

export interface FailedForm {
  readonly operations: readonly Operation[];
  /** Whether a form sent the request, not a program. */
  readonly isForm: (req: Request) => boolean;
  /** Name and path of the page with the form. It shows the message that the fragment names, without scripts. */
  readonly page: 'login' | 'set-password';
  /** Codes whose message has another id than the code. */
  readonly messages?: Partial<Readonly<Record<ErrorCodeName, string>>>;
}

/**
 * Redirects failures of a form back to its page, where that has a message for the error code: an element whose id is
 * the code, or `unavailable` for other codes from 500. All else gets the problem page.
 */
export function answerFailedForm(form: FailedForm, assets: PageAssets): ErrorRequestHandler {
  const { operations, isForm, page, messages = {} } = form;
  const paths = operations.map(({ path }) => pathPattern(path));
  return async (thrown: unknown, req, res, next) => {
    if (!paths.some((path) => path.test(req.path)) || !isForm(req)) {
      next(thrown);
      return;
    }
    const { code } = toPortalError(thrown);
    // Without the page there is no message to lead to; the failure itself stays what is answered.
    const html = await assets.page(`${page}.html`).catch(() => '');
    const message = [
      messages[code] ?? code,
      ...(ERROR_CODES[code].status >= 500 ? ['unavailable'] : []),
    ].find((id) => html.includes(`id="${id}"`));
    if (message === undefined) next(thrown);
    else res.redirect(303, `/${page}#${message}`);
  };
}

/** As the router matches: in any case, with or without a slash at the end. */
function pathPattern(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}/?$`, 'i');
}
