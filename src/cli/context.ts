import { composeAdministration, type Administration } from '../compose/administration.ts';
import { composePortal, type Portal } from '../compose/portal.ts';
import type { Config } from '../config/config.ts';
import { createLogger } from '../logger.ts';
import { commandTimer } from '../runtime/timer.ts';
import type { Terminal } from './console/terminal.ts';

/** What every command gets: its terminal, who runs it, and the verbs of the portal, which open when first used. */
export interface CliContext {
  readonly terminal: Terminal;
  /** For the audit log: `ops:NAME`. */
  readonly actor: string;
  /** With the database migrated. @throws ConfigError */
  administration(): Promise<Administration>;
  /** Without migrating the database. @throws ConfigError */
  administrationAsIs(): Promise<Administration>;
  close(): Promise<void>;
  /** Sets the exit code of the process. */
  exitWith(code: number): void;
}

interface ContextOptions {
  readonly terminal: Terminal;
  readonly user: string;
  readonly loadConfig: () => Config;
  readonly exitWith: (code: number) => void;
}

export function createContext({ terminal, user, loadConfig, exitWith }: ContextOptions): CliContext {
  // Warnings only, on standard error: programs read the result on standard output.
  const logLines = { write: (line: string) => terminal.err(line.trimEnd()) };
  let portal: Promise<Portal> | undefined;
  let opened: Administration | undefined;
  const context: CliContext = {
    terminal,
    actor: `ops:${user}`,
    exitWith,
    async administrationAsIs() {
      portal ??= composePortal(loadConfig(), { log: createLogger('warn', logLines), timer: commandTimer });
      opened ??= composeAdministration(await portal, {
        onWait: ({ reason, ms }) => terminal.err(`waiting ${Math.ceil(ms / 1000)} s: ${reason}`),
        onWarning: (warning) => terminal.err(`warning: ${warning}`),
      });
      return opened;
    },
    async administration() {
      const administration = await context.administrationAsIs();
      await administration.database.migrate();
      return administration;
    },
    async close() {
      await (await portal)?.close();
    },
  };
  return context;
}
