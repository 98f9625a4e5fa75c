import { userInfo } from 'node:os';
import { createContext } from './cli/context.ts';
import { runCommand } from './cli/run.ts';
import { processTerminal } from './cli/console/terminal.ts';
import { loadConfig } from './config/config.ts';

await runCommand(
  process.argv.slice(2),
  createContext({
    terminal: processTerminal(),
    user: userName(),
    loadConfig,
    exitWith: (code) => {
      process.exitCode = code;
    },
  }),
);

/** In a container the user may have no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid-${process.getuid?.() ?? 'unknown'}`;
  }
}
