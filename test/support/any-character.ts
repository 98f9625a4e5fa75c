import { integer, oneof } from 'fast-check';

const codePoint = oneof(integer({ min: 0, max: 0xd7_ff }), integer({ min: 0xe0_00, max: 0x10_ff_ff }));

/**
 * For fast-check's `string`: the same characters as its unit `binary`, which takes seconds to build a table of them all,
 * more than a unit test may take on a busy machine.
 */
export const anyCharacter = codePoint.map(
  (point) => String.fromCodePoint(point),
  (character) => {
    const [point, ...others] = typeof character === 'string' ? Array.from(character) : [];
    if (point === undefined || others.length > 0) throw new TypeError('not a single character');
    return point.codePointAt(0) ?? 0;
  },
);
