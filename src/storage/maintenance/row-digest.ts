import { hash } from 'node:crypto';

/** How many rows there were, and what was in them, in whatever order they came. */
export interface RowDigest {
  add(row: Readonly<Record<string, unknown>>): void;
  readonly rows: () => number;
  readonly value: () => string;
}

const MODULUS = 1n << 256n;

export function createRowDigest(): RowDigest {
  let rows = 0;
  // A sum, so that the order does not count: databases sort text differently.
  let sum = 0n;
  return {
    add(row) {
      const columns = Object.entries(row).toSorted(([one], [other]) => (one < other ? -1 : 1));
      sum = (sum + BigInt(`0x${hash('sha256', JSON.stringify(columns))}`)) % MODULUS;
      rows += 1;
    },
    rows: () => rows,
    value: () => `${rows}:${sum.toString(16)}`,
  };
}
