import { z } from 'zod';
import { badResponse } from './answer.ts';

/** Fits into the request line of every proxy. */
const MAX_LENGTH = 4_096;

/** The links of a page of a list. */
export const linksSchema = z.object({ next: z.object({ href: z.string() }).optional() }).optional();

/**
 * The cursor of the page after this one; undefined on the last. Nothing else of the link is used, so that an answer
 * cannot send the portal to another host or path.
 * @throws PortalError qlik_bad_response
 */
export function cursorOf(endpoint: string, links: z.output<typeof linksSchema>): string | undefined {
  const href = links?.next?.href;
  if (href === undefined || href === '') return undefined;
  const next = URL.parse(href, 'https://tenant.invalid')?.searchParams.get('next');
  if (!next) throw badResponse(endpoint, 'field "links.next.href" has no cursor');
  if (next.length > MAX_LENGTH) throw badResponse(endpoint, 'the cursor in "links.next.href" is too long');
  return next;
}
