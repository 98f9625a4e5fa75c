import { Argument } from 'commander';
import { z } from 'zod';
import { isQlikUserId } from '../../domain/model/ids.ts';
import { isPersonText, LONGEST_PERSON_TEXT } from '../../domain/rules/person-text.ts';
import type { QlikUserRef } from '../../domain/model/account.ts';
import { globalOptions } from '../options.ts';

/** The account of a command. */
export const accountOptions = z.object({ ...globalOptions.shape, account: z.string().min(1).max(320) });

export function accountArgument(): Argument {
  return new Argument('<account>', 'e-mail or id of the account');
}

/** The name of a person or of a group. */
export const personText = z
  .string()
  .trim()
  .refine(isPersonText, `is empty, longer than ${LONGEST_PERSON_TEXT}, or has control characters`);

export const qlikUserOptions = z.object({
  qlikUserId: z.string().refine(isQlikUserId, 'is not an id of a Qlik user').optional(),
  qlikSubject: z
    .string()
    .max(255)
    .refine((text) => text.trim() !== '', 'is empty')
    .optional(),
});

/** The Qlik user that was given, if any. */
export function qlikUserOf({
  qlikUserId,
  qlikSubject,
}: z.output<typeof qlikUserOptions>): QlikUserRef | undefined {
  if (qlikUserId !== undefined) return { field: 'userId', value: qlikUserId };
  return qlikSubject === undefined ? undefined : { field: 'subject', value: qlikSubject };
}
