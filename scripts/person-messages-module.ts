import { ERROR_CODES, type ErrorCodeName } from '../src/domain/error-codes.ts';
import { personMessage } from '../src/web/pages/person-message.ts';

/** public/js/person-messages.js: what each error code means to a person, for the scripts of the pages. */
export function personMessagesModule(): string {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const codes = Object.keys(ERROR_CODES) as ErrorCodeName[];
  const messages = Object.fromEntries(codes.map((code) => [code, personMessage(code)]));
  return `// Generated from src/domain/error-codes.ts by \`npm run docs\`.

/** @type {Readonly<Record<string, { headline: string, advice: string }>>} */
const PERSON_MESSAGES = ${JSON.stringify(messages)};

/** @param {string} code @returns {{ headline: string, advice: string } | undefined} undefined for what is no code of the portal */
export function personMessage(code) {
  return Object.hasOwn(PERSON_MESSAGES, code) ? PERSON_MESSAGES[code] : undefined;
}
`;
}
