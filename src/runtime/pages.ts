import { PortalError } from '../domain/errors.ts';
import type { QlikPage } from '../domain/ports/qlik/qlik-page.ts';

export interface PageBounds {
  readonly maxPages?: number;
  readonly maxItems?: number;
}

/**
 * Reads a tenant's list page by page: each page is given to the caller before the next one is requested. A tenant
 * decides whether there is a next page, so a list that is too long, or that repeats a cursor, is refused.
 * @throws PortalError qlik_bad_response, and those of `read`
 * @example
 *   for await (const users of pages((cursor) => qlikUsers.page(access, cursor))) …
 */
export async function* pages<Item>(
  read: (cursor: { readonly next?: string }) => Promise<QlikPage<Item>>,
  { maxPages = 200, maxItems = 20_000 }: PageBounds = {},
): AsyncGenerator<readonly Item[], void> {
  const cursors = new Set<string>();
  let count = 0;
  let page = await read({});
  for (;;) {
    count += page.items.length;
    if (count > maxItems) throw refused(`more than ${maxItems} items`);
    yield page.items;
    const { next } = page;
    if (next === undefined) return;
    if (cursors.has(next)) throw refused('a repeated cursor');
    cursors.add(next);
    if (cursors.size >= maxPages) throw refused(`more than ${maxPages} pages`);
    page = await read({ next });
  }
}

function refused(why: string): PortalError {
  return new PortalError('qlik_bad_response', { detail: `the list does not end: ${why}` });
}
