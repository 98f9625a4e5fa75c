import { ERROR_CODES } from '../src/domain/error-codes.ts';

const HEAD = `# Error codes

Every failure has one stable code. Under \`/api\` it comes as \`application/problem+json\`
([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)) with \`type, title, status, detail?, code, traceId\`; the command
line prints the same code. \`traceId\` is the request id: the log line with it has the cause, and Qlik's own trace id
where the fault was the tenant's. \`Retry-After\` (s) comes with every code for which waiting helps.

This page is made from \`src/domain/error-codes.ts\` by \`npm run docs\`.

| code | status | what happened | what the person reads | what ops look at |
| --- | --- | --- | --- | --- |
`;

/** docs/error-codes.md, from the table that the product itself uses. */
export function errorCodesPage(): string {
  const rows = Object.entries(ERROR_CODES).map(([code, meaning]) => {
    const ops = 'ops' in meaning ? meaning.ops : '';
    return `| \`${code}\` | ${meaning.status} | ${meaning.title} | ${meaning.person} | ${ops} |`;
  });
  return `${HEAD}${rows.join('\n')}\n`;
}
