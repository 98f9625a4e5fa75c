import { createHash } from 'node:crypto';

/** A number that is always the same for the same text and spreads evenly (32 bits). */
export function seedOf(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE(0);
}

/** A repeatable stand-in for `Math.random` (mulberry32), so that a tenant's numbers survive a restart. */
export function seededRandom(text: string): () => number {
  let state = seedOf(text);
  return () => {
    state = (state + 0x6d_2b_79_f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
