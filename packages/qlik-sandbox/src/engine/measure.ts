import {
  MEASURE_FIELDS,
  DIMENSION_FIELDS,
  type MeasureField,
  type DimensionField,
  type SalesRow,
} from './dataset.ts';

/** Computes one number from the rows of a group; NaN when the expression has no answer for them. */
export type Aggregation = (rows: readonly SalesRow[]) => number;

const TOKEN = /\s*(?:(\d+(?:\.\d+)?)|([A-Za-z]+)\s*\(\s*(distinct\s+)?\[?([A-Za-z]+)\]?\s*\)|([-+*/()]))/iy;

/**
 * Understands the small part of Qlik's expression language that charts here need: `Sum`, `Avg`, `Min`, `Max` and
 * `Count` of one field, `Count(distinct …)`, numbers, the four operations and parentheses, with or without a leading `=`.
 * Returns undefined for everything else, as the real engine reports a bad expression in the layout instead of failing.
 */
export function parseMeasure(expression: string): Aggregation | undefined {
  const tokens = tokenize(expression.replace(/^\s*=/, ''));
  if (!tokens) return undefined;
  const parsed = parseSum(tokens, 0);
  return parsed && parsed.next === tokens.length ? parsed.value : undefined;
}

const OPERATORS = ['+', '-', '*', '/', '(', ')'] as const;
type Token = Aggregation | (typeof OPERATORS)[number];
type Parsed = { value: Aggregation; next: number } | undefined;

function tokenize(text: string): Token[] | undefined {
  const tokens: Token[] = [];
  let index = 0;
  while (index < text.trimEnd().length) {
    TOKEN.lastIndex = index;
    const match = TOKEN.exec(text);
    if (!match) return undefined;
    const [, number, name, distinct, field, operator] = match;
    const token =
      number === undefined
        ? name === undefined
          ? OPERATORS.find((known) => known === operator)
          : aggregationOf(name, { field: field ?? '', distinct: distinct !== undefined })
        : constant(Number(number));
    if (token === undefined) return undefined;
    tokens.push(token);
    index = TOKEN.lastIndex;
  }
  return tokens;
}

function constant(value: number): Aggregation {
  return () => value;
}

function aggregationOf(
  name: string,
  { field, distinct }: { field: string; distinct: boolean },
): Aggregation | undefined {
  const measure = MEASURE_FIELDS.find((candidate) => candidate.toLowerCase() === field.toLowerCase());
  const dimension = DIMENSION_FIELDS.find((candidate) => candidate.toLowerCase() === field.toLowerCase());
  if (name.toLowerCase() === 'count') return countOf(measure ?? dimension, distinct);
  if (!measure) return undefined;
  switch (name.toLowerCase()) {
    case 'sum':
      return (rows) => rows.reduce((total, row) => total + row[measure], 0);
    case 'avg':
      return (rows) => rows.reduce((total, row) => total + row[measure], 0) / rows.length;
    case 'min':
      return (rows) => (rows.length === 0 ? Number.NaN : Math.min(...rows.map((row) => row[measure])));
    case 'max':
      return (rows) => (rows.length === 0 ? Number.NaN : Math.max(...rows.map((row) => row[measure])));
    default:
      return undefined;
  }
}

function countOf(
  field: MeasureField | DimensionField | undefined,
  distinct: boolean,
): Aggregation | undefined {
  if (!field) return undefined;
  return distinct ? (rows) => new Set(rows.map((row) => row[field])).size : (rows) => rows.length;
}

function parseSum(tokens: readonly Token[], start: number): Parsed {
  return parseOperations(tokens, start, { operators: ['+', '-'], operand: parseProduct });
}

function parseProduct(tokens: readonly Token[], start: number): Parsed {
  return parseOperations(tokens, start, { operators: ['*', '/'], operand: parseFactor });
}

interface Precedence {
  readonly operators: readonly Token[];
  readonly operand: (tokens: readonly Token[], start: number) => Parsed;
}

function parseOperations(
  tokens: readonly Token[],
  start: number,
  { operators, operand }: Precedence,
): Parsed {
  let left = operand(tokens, start);
  while (left) {
    const operator = tokens[left.next];
    if (operator === undefined || !operators.includes(operator)) return left;
    const right = operand(tokens, left.next + 1);
    if (!right) return undefined;
    const [before, after] = [left.value, right.value];
    left = { value: (rows) => calculate(operator, before(rows), after(rows)), next: right.next };
  }
  return undefined;
}

function calculate(operator: Token, left: number, right: number): number {
  if (operator === '+') return left + right;
  if (operator === '-') return left - right;
  if (operator === '*') return left * right;
  return right === 0 ? Number.NaN : left / right;
}

function parseFactor(tokens: readonly Token[], start: number): Parsed {
  const token = tokens[start];
  if (typeof token === 'function') return { value: token, next: start + 1 };
  if (token !== '(') return undefined;
  const inner = parseSum(tokens, start + 1);
  return inner && tokens[inner.next] === ')' ? { value: inner.value, next: inner.next + 1 } : undefined;
}

/** How a measure's value reads: whole numbers with thousands separators, small ones with one decimal, `-` when null. */
export function formatMeasure(value: number): string {
  if (!Number.isFinite(value)) return '-';
  const digits = Math.abs(value) < 100 ? 1 : 0;
  return value.toLocaleString('en-US', { maximumFractionDigits: digits });
}
