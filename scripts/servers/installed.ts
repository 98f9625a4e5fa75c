import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The folders in which programs are looked for. */
export function pathFolders(): string[] {
  return (process.env.PATH ?? '').split(delimiter);
}

export function isInstalled(program: string): boolean {
  return pathFolders().some((folder) => existsSync(join(folder, program)));
}
