import { Declined, UsageError } from './failure.ts';
import type { Terminal } from './terminal.ts';

/**
 * Asks before something that cannot be undone.
 * @throws Declined; UsageError where standard input is not a terminal
 */
export async function confirm(
  terminal: Terminal,
  { yes, question }: { yes: boolean; question: string },
): Promise<void> {
  if (yes) return;
  if (!terminal.interactive) throw new UsageError('not a terminal: pass --yes');
  const answer = await terminal.ask(`${question} [y/N]`);
  if (!/^y(es)?$/i.test(answer.trim())) throw new Declined();
}
