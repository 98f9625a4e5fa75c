import { Argument, type Command } from 'commander';
import { z } from 'zod';
import { isTenantId } from '../domain/model/ids.ts';
import { appId as appIdText, embedItemTexts, type EmbedContent } from '../domain/model/embed-content.ts';
import type { QlikUserRef } from '../domain/model/account.ts';
import { collect } from './command.ts';
import { UsageError } from './console/failure.ts';

/** Options of every command. */
export const globalOptions = z.object({ json: z.boolean().default(false) });

export const tenantId = z
  .string()
  .transform((text) => text.toLowerCase())
  .refine(isTenantId, 'lower case letters, digits and hyphens, at most 63');

export const tokenScopes = z.array(z.string().min(1)).min(1);

export function tenantArgument(): Argument {
  return new Argument('<tenant>', 'id of the tenant in the portal, such as acme');
}

export const userOptions = z.object({
  user: z.string().min(1).optional(),
  subject: z.string().min(1).optional(),
});

export function addUserOptions(command: Command): Command {
  return command
    .option('--user <id>', 'verify by impersonating the Qlik user with this id')
    .option('--subject <subject>', 'verify by impersonating the Qlik user with this subject');
}

export function userRef({ user, subject }: z.output<typeof userOptions>): QlikUserRef | undefined {
  if (user !== undefined) return { field: 'userId', value: user };
  return subject === undefined ? undefined : { field: 'subject', value: subject };
}

export const embedOptions = z.object({
  app: appIdText.optional(),
  sheet: embedItemTexts.optional(),
  object: embedItemTexts.optional(),
});

export function addEmbedOptions(command: Command): Command {
  return command
    .option('--app <id>', 'app of the embed page')
    .option('--sheet <id=title>', 'sheet of the app; repeatable', collect)
    .option('--object <id=title>', 'chart of the app; repeatable', collect);
}

/**
 * The stored content with the given options; undefined where none is given.
 * @throws UsageError for sheets or charts without an app
 */
export function embedFrom(
  { app, sheet, object }: z.output<typeof embedOptions>,
  stored: EmbedContent | null = null,
): EmbedContent | undefined {
  if (app === undefined && sheet === undefined && object === undefined) return undefined;
  const appId = app ?? stored?.appId;
  if (appId === undefined) throw new UsageError('--sheet and --object need --app');
  return {
    appId,
    sheets: sheet ?? stored?.sheets ?? [],
    objects: object ?? stored?.objects ?? [],
  };
}
