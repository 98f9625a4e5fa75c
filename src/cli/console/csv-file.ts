import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { PortalError } from '../../domain/errors.ts';

export interface CsvRow<Column extends string> {
  /** Line of the file where it ends, from 1. */
  readonly line: number;
  /** Null where its number of values differs from the first line. */
  readonly cells: Readonly<Partial<Record<Column, string>>> | null;
}

interface CsvOptions<Column extends string> {
  readonly columns: readonly Column[];
  readonly required: Column;
  readonly delimiter: string;
}

interface Parsed {
  readonly info: { readonly lines: number };
  readonly record: readonly string[];
}

/** Of one row in bytes: an unclosed quote must not read the rest of the file into memory. */
const LONGEST_ROW = 64 * 1024;

/**
 * Reads a CSV file in UTF-8 row by row. Its first line names the columns, in any order and case.
 *
 * @throws PortalError not_found (file), invalid_request (not CSV, not UTF-8, unknown columns)
 */
export async function* readCsv<Column extends string>(
  path: string,
  options: CsvOptions<Column>,
): AsyncIterable<CsvRow<Column>> {
  const parser = parse({
    bom: true,
    delimiter: options.delimiter,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: LONGEST_ROW,
  });
  const text = Readable.from(utf8Of(path));
  text.once('error', (error) => parser.destroy(error));
  let names: readonly Column[] | undefined;
  try {
    for await (const { info, record } of text.pipe(parser) as AsyncIterable<Parsed>) {
      if (names === undefined) names = columnsOf(record, options);
      else yield { line: info.lines, cells: cellsOf(names, record) };
    }
  } catch (error) {
    throw toPortalError(path, error);
  } finally {
    text.destroy();
  }
  if (names === undefined) throw new PortalError('invalid_request', { detail: `${path} is empty` });
}

async function* utf8Of(path: string): AsyncIterable<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  for await (const bytes of createReadStream(path) as AsyncIterable<Buffer>) {
    yield decoder.decode(bytes, { stream: true });
  }
  yield decoder.decode();
}

function columnsOf<Column extends string>(
  record: readonly string[],
  { columns, required }: CsvOptions<Column>,
): readonly Column[] {
  const names = record.map((name) => {
    const known = columns.find((column) => column === name.trim().toLowerCase());
    if (known !== undefined) return known;
    const apart = name.includes(';') ? ', separated by commas' : '';
    const detail = `line 1: unknown column ${name.slice(0, 40)}: use ${columns.join(', ')}${apart}`;
    throw new PortalError('invalid_request', { detail });
  });
  if (new Set(names).size < names.length)
    throw new PortalError('invalid_request', { detail: 'line 1: duplicate column' });
  if (!names.includes(required))
    throw new PortalError('invalid_request', { detail: `line 1: the column ${required} is missing` });
  return names;
}

function cellsOf<Column extends string>(
  names: readonly Column[],
  record: readonly string[],
): Readonly<Partial<Record<Column, string>>> | null {
  if (record.length !== names.length) return null;
  const cells: Partial<Record<Column, string>> = {};
  for (const [index, name] of names.entries()) cells[name] = record[index] ?? '';
  return cells;
}

function toPortalError(path: string, error: unknown): unknown {
  if (error instanceof CsvError) {
    const line: unknown = error['lines'];
    const detail = `line ${typeof line === 'number' ? line : '?'}: not readable as CSV (${error.code})`;
    return new PortalError('invalid_request', { detail });
  }
  if (error instanceof TypeError && 'code' in error && error.code === 'ERR_ENCODING_INVALID_ENCODED_DATA') {
    return new PortalError('invalid_request', { detail: `${path} is not in UTF-8` });
  }
  if (error instanceof Error && 'syscall' in error) {
    return new PortalError('not_found', { detail: `the file ${path} cannot be read`, cause: error });
  }
  return error;
}
