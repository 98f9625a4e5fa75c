import { EXIT_CODES_HELP } from '../src/cli/console/exit-codes.ts';
import { ERROR_CODES } from '../src/domain/error-codes.ts';

const HEAD = `# Error codes

Every failure has one stable code. Under \`/api\` it comes as \`application/problem+json\`
([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)) with \`type, title, status, detail?, code, traceId\`; the command
line prints the same code. \`traceId\` is the request id: the log line with it has the cause, and Qlik's own trace id
where the fault was the tenant's. \`Retry-After\` (s) comes with every code for which waiting helps.

This page is generated from \`src/domain/error-codes.ts\` by \`npm run docs\`. \`LOG\` stands for the command that shows
the log, \`TRACE_ID\` for the \`traceId\` that the person sees. Where no command is named, start with
\`portal doctor TENANT\`: it runs all checks in order and names the first cause.

| code | status | what happened | what the person reads | what ops look at | exit code |
| --- | --- | --- | --- | --- | --- |
`;

/** docs/error-codes.md, from the tables that the product itself uses. */
export function errorCodesPage(): string {
  const rows = Object.entries(ERROR_CODES).map(([code, { status, title, person, ops, exitCode }]) => {
    return `| \`${code}\` | ${status} | ${title} | ${person} | ${ops?.replaceAll('|', '\\|') ?? ''} | ${exitCode} |`;
  });
  return `${HEAD}${rows.join('\n')}\n\n## Exit codes of the CLI\n\n\`\`\`${EXIT_CODES_HELP}\n\`\`\`\n`;
}
