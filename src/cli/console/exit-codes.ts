import { EXIT, EXIT_MEANINGS } from '../../domain/exit-codes.ts';

const MEANINGS: Readonly<Record<string, string>> = EXIT_MEANINGS;

export const EXIT_CODES_HELP = `
Exit codes:
${Object.entries(EXIT)
  .map(([name, code]) => `  ${String(code).padStart(3)}  ${MEANINGS[name]}`)
  .join('\n')}`;
