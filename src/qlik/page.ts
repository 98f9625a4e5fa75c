import { z } from 'zod';
import type { QlikPage } from '../domain/ports/qlik/qlik-page.ts';
import { badResponse, readAnswer } from './answer.ts';
import type { QlikResponse } from './http.ts';

/** Fits into the request line of every proxy. */
const MAX_CURSOR_LENGTH = 4_096;

/** A page of a list, as all lists of the REST API are divided: `links.next.href` carries the cursor of the next one. */
export function pageSchema<Item extends z.ZodType>(item: Item) {
  const links = z.object({ next: z.object({ href: z.string() }).optional() });
  return z.object({ data: z.array(item), links: links.optional() });
}

/**
 * Judges the answer to a request for a page.
 * @throws PortalError as {@link readAnswer}
 */
export function readPage<Schema extends z.ZodType>(
  response: QlikResponse,
  item: Schema,
): QlikPage<z.output<Schema>> {
  const { data, links } = readAnswer(response, { status: 200, schema: pageSchema(item) });
  return { items: data, next: cursorOf(response.endpoint, links?.next?.href) };
}

/** Only the cursor of the link is used, so that an answer cannot send the portal to another host or path. */
export function cursorOf(endpoint: string, href = ''): string | undefined {
  if (href === '') return undefined;
  const next = URL.parse(href, 'https://tenant.invalid')?.searchParams.get('next');
  if (!next) throw badResponse(endpoint, 'field "links.next.href" has no cursor');
  if (next.length > MAX_CURSOR_LENGTH)
    throw badResponse(endpoint, 'the cursor in "links.next.href" is too long');
  return next;
}
