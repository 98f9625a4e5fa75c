import type { CliContext } from './context.ts';
import { failureOf } from './console/failure.ts';
import { jsonText } from './console/safe-text.ts';
import { createProgram } from './program.ts';

/** Runs one command, prints its error, and sets the exit code. */
export async function runCommand(argv: readonly string[], context: CliContext): Promise<void> {
  try {
    await createProgram(context).parseAsync([...argv], { from: 'user' });
  } catch (error) {
    const failure = failureOf(error);
    context.exitWith(failure.exitCode);
    if (!('code' in failure)) return;
    const { code, message, advice, qlikTraceId } = failure;
    if (argv.includes('--json')) {
      context.terminal.err(jsonText({ error: { code, message, advice, qlikTraceId } }, { oneLine: true }));
      return;
    }
    const trace = qlikTraceId === undefined ? '' : ` (Qlik trace id ${qlikTraceId})`;
    context.terminal.err(`${code}: ${message}${trace}${advice === undefined ? '' : `\n  ${advice}`}`);
  } finally {
    await context.close();
  }
}
