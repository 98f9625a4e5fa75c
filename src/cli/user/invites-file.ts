import { open, rm } from 'node:fs/promises';
import { PortalError } from '../../domain/errors.ts';
import type { AccountInvite } from '../../portal/accounts/import-accounts.ts';

export interface LinksFile {
  readonly write: (links: readonly AccountInvite[]) => Promise<void>;
  /** Closes the file; without `keep` it is deleted. */
  close(options: { readonly keep: boolean }): Promise<void>;
}

/**
 * A new CSV file with a link on each line, readable by its owner only: the links give access to the accounts.
 *
 * @throws PortalError conflict where the file exists, not_found where it cannot be created
 */
export async function createLinksFile(path: string): Promise<LinksFile> {
  const file = await open(path, 'wx', 0o600).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'EEXIST')
      throw new PortalError('conflict', { detail: `the file ${path} exists already`, cause });
    throw new PortalError('not_found', { detail: `the file ${path} cannot be created`, cause });
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

function lineOf({ account: { email, name }, invite: { url, expiresAt } }: AccountInvite): string {
  const cells = [asText(email), asText(name), url.reveal(), new Date(expiresAt).toISOString()];
  return `${cells.map(quoted).join(',')}\n`;
}

/** Spreadsheets evaluate such a cell as a formula, which may send the links elsewhere (OWASP, CSV injection). */
function asText(cell: string): string {
  return /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
}

function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}
