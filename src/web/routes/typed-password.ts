import { z } from 'zod';

/** More than the password policy allows, which explains why a password is too long. */
export const MOST_TYPED_CHARACTERS = 4096;

export const typedPassword = z.string().min(1).max(MOST_TYPED_CHARACTERS);
