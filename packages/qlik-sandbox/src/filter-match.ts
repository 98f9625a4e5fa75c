import { SandboxError } from './errors.ts';
import { type Comparison, type Filter, parseFilter } from './filter.ts';

/** What one resource lets be filtered: attribute → the operators Qlik documents for it, and how to read it. */
export type FilterableAttributes<T> = Record<
  string,
  { operators: readonly ('eq' | 'co')[]; read: (item: T) => string | string[] | undefined }
>;

/**
 * A predicate for a filter text. Unknown attributes, undocumented operators and values that are no strings are
 * a 400. Comparisons ignore case, as Qlik's users and groups pages say: so does `eq` on a subject or e-mail.
 */
export function compileFilter<T>(text: string, attributes: FilterableAttributes<T>): (item: T) => boolean {
  const filter = parseFilter(text);
  refuseScatteredStatus(filter);
  return compile(filter, new Map(Object.entries(attributes).map(([name, how]) => [name.toLowerCase(), how])));
}

type Known<T> = Map<string, FilterableAttributes<T>[string]>;

function compile<T>(filter: Filter, known: Known<T>): (item: T) => boolean {
  if (filter.op === 'compare') return comparison(filter, known);
  if (filter.op === 'not') throw unsupported("'not'");
  const parts = filter.filters.map((part) => compile(part, known));
  if (filter.op === 'and') return (item) => parts.every((part) => part(item));
  return (item) => parts.some((part) => part(item));
}

function comparison<T>({ attribute, operator, value }: Comparison, known: Known<T>): (item: T) => boolean {
  const how = known.get(attribute.toLowerCase());
  if (!how) throw unsupported(`the attribute '${attribute}'`);
  if (!how.operators.some((supported) => supported === operator))
    throw unsupported(`'${operator}' on '${attribute}'`);
  if (typeof value !== 'string') throw unsupported(`a value of '${attribute}' that is no string`);
  const wanted = value.toLowerCase();
  return (item) =>
    [how.read(item) ?? []].flat().some((found) => {
      const text = found.toLowerCase();
      return operator === 'co' ? text.includes(wanted) : text === wanted;
    });
}

function unsupported(what: string): SandboxError {
  return new SandboxError(400, `The filter does not support ${what}.`);
}

/** Qlik: conditions on status must be grouped together and apply to the whole query. */
function refuseScatteredStatus(filter: Filter): void {
  const conjuncts = filter.op === 'and' ? filter.filters : [filter];
  for (const conjunct of conjuncts) {
    const onStatus = new Set(
      comparisonsIn(conjunct).map(({ attribute }) => attribute.toLowerCase() === 'status'),
    );
    if (onStatus.size > 1) throw unsupported('conditions on status that do not apply to the whole query');
  }
}

function comparisonsIn(filter: Filter): Comparison[] {
  if (filter.op === 'compare') return [filter];
  return filter.op === 'not' ? comparisonsIn(filter.filter) : filter.filters.flatMap(comparisonsIn);
}
