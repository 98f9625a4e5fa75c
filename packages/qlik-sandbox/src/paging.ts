import type { Request } from 'express';
import { z } from 'zod';
import { parse, SandboxError } from './errors.ts';

export interface Page<T> {
  data: T[];
  links: { self: { href: string }; next?: { href: string }; prev?: { href: string } };
  totalResults?: number;
}

export interface Sorting<T> {
  /** Attribute → the text to sort by. */
  by: Record<string, (item: T) => string>;
  /** As `+name`. */
  initial: string;
  id: (item: T) => string;
}

const query = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  next: z.string().optional(),
  prev: z.string().optional(),
  sort: z.string().optional(),
  totalResults: z.enum(['true', 'false']).optional(),
});

type SortKey = [text: string, id: string];

/** One page of a sorted list, with the links Qlik's cursor-based lists carry; `links.*.href` are whole URLs. */
export function pageOf<T>(req: Request, host: string, items: T[], sorting: Sorting<T>): Page<T> {
  const { limit, next, prev, sort = sorting.initial, totalResults } = parse(query, req.query);
  if (next !== undefined && prev !== undefined)
    throw new SandboxError(400, 'next and prev exclude each other.');
  const { keyOf, compare } = sortOrder(sort, sorting);
  const sorted = items.toSorted((a, b) => compare(keyOf(a), keyOf(b)));
  const window = windowOf(sorted.map(keyOf), { limit, next, prev, compare });
  const link = (name: 'next' | 'prev', item: T | undefined) =>
    item === undefined ? {} : { [name]: { href: linkTo(req, host, name, keyOf(item)) } };
  return {
    data: sorted.slice(window.from, window.to),
    links: {
      self: { href: host + req.originalUrl },
      ...(window.to < sorted.length ? link('next', sorted[window.to - 1]) : {}),
      ...(window.from > 0 ? link('prev', sorted[window.from]) : {}),
    },
    ...(totalResults === 'true' ? { totalResults: items.length } : {}),
  };
}

function sortOrder<T>(sort: string, { by, id }: Sorting<T>) {
  const descending = sort.startsWith('-');
  const read = by[sort.replace(/^[ +-]/, '')];
  if (!read) throw new SandboxError(400, 'sort: not an attribute to sort by');
  const direction = descending ? -1 : 1;
  return {
    keyOf: (item: T): SortKey => [read(item), id(item)],
    compare: (a: SortKey, b: SortKey) => direction * (order(a[0], b[0]) || order(a[1], b[1])),
  };
}

function order(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

interface WindowRequest {
  limit: number;
  next: string | undefined;
  prev: string | undefined;
  compare: (a: SortKey, b: SortKey) => number;
}

/** The slice after the `next` cursor or before the `prev` one. The cursor's own item may be gone by now. */
function windowOf(
  keys: SortKey[],
  { limit, next, prev, compare }: WindowRequest,
): { from: number; to: number } {
  if (prev !== undefined) {
    const cursor = readCursor(prev);
    const to = keys.filter((key) => compare(key, cursor) < 0).length;
    return { from: Math.max(0, to - limit), to };
  }
  const cursor = next === undefined ? undefined : readCursor(next);
  const from = cursor === undefined ? 0 : keys.filter((key) => compare(key, cursor) <= 0).length;
  return { from, to: Math.min(keys.length, from + limit) };
}

function readCursor(text: string): SortKey {
  try {
    return z.tuple([z.string(), z.string()]).parse(JSON.parse(Buffer.from(text, 'base64url').toString()));
  } catch {
    throw new SandboxError(400, 'The page cursor is not one of ours.');
  }
}

function linkTo(req: Request, host: string, name: 'next' | 'prev', key: SortKey): string {
  const url = new URL(req.originalUrl, host);
  url.searchParams.delete('next');
  url.searchParams.delete('prev');
  url.searchParams.set(name, Buffer.from(JSON.stringify(key)).toString('base64url'));
  return url.href;
}
