import { ERROR_CODES, type ErrorCodeName } from '../../domain/error-codes.ts';
import { escapeHtml } from './escape-html.ts';

/** What a code means to a person: what happened, and what to do now. */
export function personMessage(code: ErrorCodeName): { readonly headline: string; readonly advice: string } {
  const [headline = '', ...advice] = ERROR_CODES[code].person.split(/(?<=\.) /);
  return { headline, advice: advice.join(' ') };
}

/** Puts the messages into a page, in place of `<!-- person CODE -->`. */
export function fillPersonMessages(page: string): string {
  return page.replaceAll(/<!-- person (\w+) -->/g, (_, code: string) => {
    if (!isErrorCode(code)) throw new TypeError(`no error code: ${code}`);
    const { headline, advice } = personMessage(code);
    return `<strong>${escapeHtml(headline)}</strong> ${escapeHtml(advice)}`;
  });
}

function isErrorCode(code: string): code is ErrorCodeName {
  return Object.hasOwn(ERROR_CODES, code);
}
