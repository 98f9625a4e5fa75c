import { z } from 'zod';

/** Longer than any password that the portal takes, however it is spelt: what is too long is said in words. */
export const MOST_TYPED_CHARACTERS = 4096;

export const typedPassword = z.string().min(1).max(MOST_TYPED_CHARACTERS);
