import { readFile } from 'node:fs/promises';
import { PortalError } from '../../domain/errors.ts';
import { Secret } from '../../domain/model/secret.ts';
import { UsageError } from './failure.ts';
import type { Terminal } from './terminal.ts';

/**
 * A secret from a file, from standard input (`-`), or from a prompt. Not from an argument: `ps` shows those to every
 * user of the machine, and the shell keeps them in its history.
 *
 * @throws PortalError not_found (file), invalid_request (empty)
 */
export async function readSecret(
  terminal: Terminal,
  { what, option, file }: { what: string; option: string; file: string | undefined },
): Promise<Secret> {
  if (file === undefined && !terminal.interactive) {
    throw new UsageError(`${what} is required: pass ${option} FILE, or ${option} - for standard input`);
  }
  const text = (await secretText(terminal, { what, file })).trim();
  if (text === '') throw new PortalError('invalid_request', { detail: `${what} is empty` });
  return new Secret(text);
}

function secretText(
  terminal: Terminal,
  { what, file }: { what: string; file: string | undefined },
): Promise<string> {
  if (file === undefined) return terminal.ask(`${what}:`, { hidden: true });
  return file === '-' ? terminal.readInput() : readTextFile(file);
}

/** @throws PortalError not_found */
export async function readTextFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new PortalError('not_found', { detail: `the file ${path} cannot be read`, cause });
  }
}
