import { z } from 'zod';
import { BODY_PROBLEMS, type Operation, STORAGE_PROBLEMS } from './operation.ts';
import { page } from './page.ts';
import { MOST_TYPED_CHARACTERS, typedPassword } from './typed-password.ts';

export const newPassword = z
  .strictObject({
    code: z.string().trim().min(1).max(200).meta({ description: 'Of the one-time link.' }),
    password: typedPassword,
    /** Asked of people who cannot make the password visible, because they run no scripts. */
    repeated: z.string().max(MOST_TYPED_CHARACTERS).optional(),
  })
  .refine(({ password, repeated }) => repeated === undefined || repeated === password, {
    path: ['repeated'],
    message: 'differs from the password',
  })
  .meta({ id: 'NewPassword', description: '`repeated`, where given, is the password once more.' });

export const setPasswordOperations: readonly Operation[] = [
  {
    method: 'get',
    path: '/set-password',
    id: 'getSetPasswordPage',
    tag: 'Pages',
    summary: 'The page of a one-time link; the code is in the fragment',
    session: 'none',
    answers: { 200: page('The page, which works without scripts') },
    problems: [],
  },
  {
    method: 'post',
    path: '/set-password',
    id: 'setPassword',
    tag: 'Account',
    summary: 'Sets the password of whoever has the code of a one-time link',
    description:
      'Ends every session of the person. A password that is refused leaves the link as it is. Attempts count as ' +
      'sign-in attempts of the address.',
    session: 'none',
    body: { schema: newPassword, types: ['application/json', 'application/x-www-form-urlencoded'] },
    answers: {
      204: { description: 'Set (JSON)' },
      303: {
        description: 'The form: to `/login#password_set`, or back with a message in the fragment',
        headers: { Location: 'A path of the portal.' },
      },
    },
    problems: [
      ...BODY_PROBLEMS,
      'cross_site_request',
      'password_link_invalid',
      'password_too_short',
      'password_too_long',
      'password_guessable',
      'too_many_attempts',
      ...STORAGE_PROBLEMS,
    ],
  },
];
