import { open, rm } from 'node:fs/promises';
import { PortalError } from '../../domain/errors.ts';
import type { AccountLink } from '../../portal/accounts/import-accounts.ts';

export interface LinksFile {
  readonly write: (links: readonly AccountLink[]) => Promise<void>;
  /** Ends the file; without `keep` nothing of it stays. */
  close(options: { readonly keep: boolean }): Promise<void>;
}

/**
 * A new CSV file for its owner only, with a link on each line: whoever has it, has the accounts.
 * Codes: conflict where there is a file already, not_found where none can be made.
 */
export async function createLinksFile(path: string): Promise<LinksFile> {
  const file = await open(path, 'wx', 0o600).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'EEXIST')
      throw new PortalError('conflict', { detail: `${path} exists already`, cause });
    throw new PortalError('not_found', { detail: `the file ${path} cannot be made`, cause });
  });
  await file.write('email,name,link,expires_at\n');
  return {
    async write(links) {
      await file.write(links.map(lineOf).join(''));
    },
    async close({ keep }) {
      await file.close();
      if (!keep) await rm(path);
    },
  };
}

function lineOf({ account: { email, name }, link: { url, expiresAt } }: AccountLink): string {
  const cells = [asText(email), asText(name), url.reveal(), new Date(expiresAt).toISOString()];
  return `${cells.map(quoted).join(',')}\n`;
}

/** Spreadsheets take such a cell for a formula, which may send the links on; the apostrophe makes it text (OWASP, CSV injection). */
function asText(cell: string): string {
  return /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
}

function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}
