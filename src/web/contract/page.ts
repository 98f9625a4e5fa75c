import { z } from 'zod';
import { type Answer, type Operation, STORAGE_PROBLEMS } from './operation.ts';

/** An answer that is a page for people. */
export function page(description: string): Answer {
  return { description, content: { 'text/html': z.string() } };
}

export const pageOperations: readonly Operation[] = [
  {
    method: 'get',
    path: '/',
    id: 'getEmbedPage',
    tag: 'Pages',
    summary: 'The embed page of whoever is signed in',
    description: "Its Content-Security-Policy names that person's tenant and no other.",
    session: 'sometimes',
    answers: {
      200: page('The page'),
      303: { description: 'Nobody is signed in', headers: { Location: '`/login`' } },
    },
    problems: ['encryption_key_missing', 'stored_secret_unreadable', ...STORAGE_PROBLEMS],
  },
];
