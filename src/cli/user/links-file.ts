import { open, rm } from 'node:fs/promises';
import { PortalError } from '../../domain/errors.ts';
import type { PortalUser } from '../../domain/user.ts';
import type { PasswordLink } from '../../portal/accounts/password-links.ts';

export interface LinksFile {
  write(user: PortalUser, link: PasswordLink): Promise<void>;
  /** Ends the file; without `keep` nothing of it stays. */
  close(options: { readonly keep: boolean }): Promise<void>;
}

const ROWS_AT_ONCE = 500;

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
  let lines = ['email,name,link,expires_at'];
  async function flush(): Promise<void> {
    if (lines.length > 0) await file.write(`${lines.join('\n')}\n`);
    lines = [];
  }
  return {
    async write({ email, name }, { url, expiresAt }) {
      lines.push([email, name, url.reveal(), new Date(expiresAt).toISOString()].map(quoted).join(','));
      if (lines.length >= ROWS_AT_ONCE) await flush();
    },
    async close({ keep }) {
      if (keep) await flush();
      await file.close();
      if (!keep) await rm(path);
    },
  };
}

function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}
