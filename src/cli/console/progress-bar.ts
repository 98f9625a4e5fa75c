import type { Terminal } from './terminal.ts';

const WIDTH = 24;

/** Progress of long work: a bar on a terminal, a line for each step in a log. */
export function progressBar(
  terminal: Terminal,
  { total, silent }: { total: number; silent: boolean },
): (label: string) => void {
  let done = 0;
  return (label) => {
    done += 1;
    if (silent) return;
    const filled = Math.round((WIDTH * done) / total);
    terminal.status(`[${'#'.repeat(filled)}${'-'.repeat(WIDTH - filled)}] ${done}/${total} ${label}`, {
      last: done === total,
    });
  };
}
