import { SandboxError } from './errors.ts';

/** A parsed RFC 7644 section 3.4.2.2 filter, as far as Qlik documents its use: comparisons, `and`, `or`, `not`, groups. */
export type Filter = { op: 'and' | 'or'; filters: Filter[] } | { op: 'not'; filter: Filter } | Comparison;

export interface Comparison {
  op: 'compare';
  attribute: string;
  operator: string;
  /** Absent for `pr`. */
  value?: string | number | boolean | null;
}

interface Token {
  kind: 'word' | 'string' | 'number' | '(' | ')';
  text: string;
}

const MAX_LENGTH = 8_192;
const MAX_DEPTH = 32;
const OPERATORS = new Set(['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le']);
/** A string value is a JSON string (RFC 7644), so its quotes and backslashes are escaped; `JSON.parse` judges the rest. */
const TOKEN =
  / *(?:(?<string>"(?:[^"\\]|\\.)*")|(?<number>-?\d[\d.e+-]*(?![\w:]))|(?<word>[a-z$][\w.:$-]*)|(?<bracket>[()])) */iy;

/** Parses a filter; whatever the grammar does not hold is a 400. */
export function parseFilter(text: string): Filter {
  if (text.length > MAX_LENGTH) throw malformed('it is too long');
  return new FilterParser(tokenize(text)).whole();
}

function malformed(why: string): SandboxError {
  return new SandboxError(400, `The filter is malformed: ${why}.`);
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex;
    const groups = TOKEN.exec(text)?.groups;
    if (!groups) throw malformed(`unexpected character at ${at + 1}`);
    tokens.push(tokenOf(groups));
  }
  return tokens;
}

function tokenOf({ string, number, word, bracket }: Record<string, string | undefined>): Token {
  if (string !== undefined) return { kind: 'string', text: string };
  if (number !== undefined) return { kind: 'number', text: number };
  if (word !== undefined) return { kind: 'word', text: word };
  return { kind: bracket === '(' ? '(' : ')', text: bracket ?? '' };
}

/** Recursive descent; `not` binds tighter than `and`, `and` tighter than `or`. */
class FilterParser {
  readonly #tokens: Token[];
  #next = 0;
  #depth = 0;

  constructor(tokens: Token[]) {
    this.#tokens = tokens;
  }

  whole(): Filter {
    const filter = this.#chain('or', () => this.#chain('and', () => this.#term()));
    if (this.#next < this.#tokens.length) throw malformed('something follows its end');
    return filter;
  }

  #chain(op: 'and' | 'or', part: () => Filter): Filter {
    const first = part();
    const filters = [first];
    while (this.#acceptWord(op)) filters.push(part());
    return filters.length === 1 ? first : { op, filters };
  }

  #term(): Filter {
    if (this.#acceptWord('not')) return { op: 'not', filter: this.#group() };
    return this.#peek()?.kind === '(' ? this.#group() : this.#comparison();
  }

  #group(): Filter {
    this.#expect('(');
    if (++this.#depth > MAX_DEPTH) throw malformed('it is nested too deeply');
    const filter = this.#chain('or', () => this.#chain('and', () => this.#term()));
    this.#depth -= 1;
    this.#expect(')');
    return filter;
  }

  #comparison(): Comparison {
    const attribute = this.#expect('word').text;
    const operator = this.#expect('word').text.toLowerCase();
    if (operator === 'pr') return { op: 'compare', attribute, operator };
    if (!OPERATORS.has(operator)) throw malformed(`'${operator}' is no operator`);
    return { op: 'compare', attribute, operator, value: this.#value() };
  }

  #value(): string | number | boolean | null {
    const token = this.#take();
    if (token?.kind === 'string' || token?.kind === 'number') return literal(token.text);
    if (token?.kind !== 'word') throw malformed('a value is missing');
    if (token.text === 'true' || token.text === 'false') return token.text === 'true';
    if (token.text === 'null') return null;
    throw malformed('a value must be in double quotes');
  }

  #peek(): Token | undefined {
    return this.#tokens[this.#next];
  }

  #take(): Token | undefined {
    return this.#tokens[this.#next++];
  }

  #acceptWord(word: string): boolean {
    const token = this.#peek();
    if (token?.kind !== 'word' || token.text.toLowerCase() !== word) return false;
    this.#next += 1;
    return true;
  }

  #expect(kind: Token['kind']): Token {
    const token = this.#take();
    if (token?.kind !== kind) throw malformed(`expected ${kind === 'word' ? 'a name' : `'${kind}'`}`);
    return token;
  }
}

function literal(text: string): string | number {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'string' || typeof value === 'number') return value;
  } catch {
    // Falls through to the one refusal below.
  }
  throw malformed('a value is not a JSON string or number');
}
