import { Argument } from 'commander';
import { z } from 'zod';
import { isQlikUserId } from '../../domain/model/ids.ts';
import { isPersonText, LONGEST_PERSON_TEXT } from '../../domain/rules/person-text.ts';
import type { QlikUserRef } from '../../domain/model/account.ts';
import type { Portal } from '../../compose/portal.ts';
import type { Terminal } from '../console/terminal.ts';
import { createEndSessions } from '../../portal/sign-in/end-sessions.ts';
import { globalOptions } from '../options.ts';
import { revokeTokensAndWarn } from './qlik.ts';

/** Which account a command is about. */
export const accountOptions = z.object({ ...globalOptions.shape, account: z.string().min(1).max(320) });

export function accountArgument(): Argument {
  return new Argument('<account>', 'its e-mail, or its id');
}

/** The name of a person or of a group. */
export const personText = z
  .string()
  .trim()
  .refine(isPersonText, `is empty, longer than ${LONGEST_PERSON_TEXT}, or holds control characters`);

export const qlikUserOptions = z.object({
  qlikUserId: z.string().refine(isQlikUserId, 'is no id of a Qlik user').optional(),
  qlikSubject: z
    .string()
    .max(255)
    .refine((text) => text.trim() !== '', 'is empty')
    .optional(),
});

/** The Qlik user that ops named; undefined where they named none. */
export function qlikUserOf({
  qlikUserId,
  qlikSubject,
}: z.output<typeof qlikUserOptions>): QlikUserRef | undefined {
  if (qlikUserId !== undefined) return { field: 'userId', value: qlikUserId };
  return qlikSubject === undefined ? undefined : { field: 'subject', value: qlikSubject };
}

/** What the commands of this group work with. */
export function accountDeps(terminal: Terminal, portal: Portal) {
  const { storage, config, clock } = portal;
  const revokeTokens = revokeTokensAndWarn(terminal, portal);
  return {
    accounts: storage.accounts,
    tenants: storage.tenants,
    endSessions: createEndSessions({ sessions: storage.sessionRegistry, revokeTokens }),
    revokeTokens,
    audit: storage.audit,
    passwordInvites: storage.passwordInvites,
    qlikMappings: storage.qlikMappings,
    identities: storage.identities,
    publicUrl: config.publicUrl,
    clock,
  };
}
