import { commandTimer } from '../runtime/timer.ts';
import { createLogger } from '../logger.ts';
import { composePortal, type Portal } from '../compose/portal.ts';
import type { Config } from '../config/config.ts';
import type { Terminal } from './console/terminal.ts';

/** What every command gets: where to read and write, who runs it, and the portal, opened when first asked for. */
export interface CliContext {
  readonly terminal: Terminal;
  /** For the audit log: `ops:NAME`. */
  readonly actor: string;
  /** @throws ConfigError */
  config(): Config;
  /** The portal with its tables up to date. */
  portal(): Promise<Portal>;
  /** The portal as it is: for looking at what is wrong. */
  portalAsIs(): Promise<Portal>;
  close(): Promise<void>;
  /** Ends the command with this code, once all is written. */
  exitWith(code: number): void;
}

interface ContextOptions {
  readonly terminal: Terminal;
  readonly user: string;
  readonly loadConfig: () => Config;
  readonly exitWith: (code: number) => void;
}

export function createContext({ terminal, user, loadConfig, exitWith }: ContextOptions): CliContext {
  // Warnings only, on standard error: a result on standard output must stay readable by programs.
  const logLines = { write: (line: string) => terminal.err(line.trimEnd()) };
  let config: Config | undefined;
  let portal: Promise<Portal> | undefined;
  const context: CliContext = {
    terminal,
    actor: `ops:${user}`,
    exitWith,
    config: () => (config ??= loadConfig()),
    async portalAsIs() {
      portal ??= composePortal(context.config(), {
        log: createLogger('warn', logLines),
        timer: commandTimer,
      });
      return await portal;
    },
    async portal() {
      const opened = await context.portalAsIs();
      await opened.storage.migrate();
      return opened;
    },
    async close() {
      await (await portal)?.close();
    },
  };
  return context;
}
