import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { QlikGroupRef } from '../../src/domain/ports/qlik/qlik-users.ts';
import { groupChange } from '../../src/portal/qlik-users/group-change.ts';

const names: fc.Arbitrary<string[]> = fc.uniqueArray(
  fc.constantFrom('Europe', 'Sales', 'Board', 'HR', 'Asia'),
  { maxLength: 5 },
);
const groups = names.chain((some) =>
  fc.tuple(
    ...some.map((name) =>
      fc.record({ name: fc.constant(name), providerType: fc.constantFrom('idp', 'custom') }),
    ),
  ),
) as fc.Arbitrary<QlikGroupRef[]>;
const nameOf = ({ name }: QlikGroupRef) => name;

describe('a change of a Qlik user’s groups', () => {
  test('keeps groups assigned by others, adds wanted ones and removes only those the portal assigned', () => {
    fc.assert(
      fc.property(groups, names, names, (current, given, wanted) => {
        const change = groupChange({ current, given, wanted });
        const after = change.groups ?? current;
        const othersGave = current.filter(({ name }) => !given.includes(name));
        expect(after).toEqual(expect.arrayContaining(othersGave));
        expect(after.map(nameOf)).toEqual(expect.arrayContaining(wanted));
        const surplus = after.map(nameOf).filter((name) => given.includes(name) && !wanted.includes(name));
        expect(surplus).toEqual([]);
        const known = new Set([...current.map(nameOf), ...wanted]);
        expect(after.every(({ name }) => known.has(name))).toBe(true);
      }),
    );
  });

  test('is idempotent', () => {
    fc.assert(
      fc.property(groups, names, names, (current, given, wanted) => {
        const once = groupChange({ current, given, wanted });
        const twice = groupChange({ current: once.groups ?? current, given: once.given, wanted });
        expect(twice).toEqual({ groups: undefined, given: once.given });
      }),
    );
  });

  test('keeps a group that others had assigned before the portal wanted it', () => {
    const current = [{ name: 'Sales', providerType: 'custom' }] as const;
    const joined = groupChange({ current, given: [], wanted: ['Sales'] });
    expect(joined).toEqual({ groups: undefined, given: [] });
    expect(groupChange({ current, given: joined.given, wanted: [] }).groups).toBeUndefined();
  });
});
