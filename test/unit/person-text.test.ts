import { describe, expect, test } from 'vitest';
import { table } from '../../src/cli/console/output.ts';
import { isPersonText, withoutControls } from '../../src/domain/rules/person-text.ts';

describe('a name of a person or a group', () => {
  test.each([
    'Zoë Müller',
    // Persian, with a zero-width non-joiner, as it is written.
    'نی\u200cلوفر',
    'क्\u200dष',
    '👩\u200d🔬 Research',
    'x'.repeat(200),
  ])('may be %j', (name) => {
    expect(isPersonText(name)).toBe(true);
    expect(withoutControls(name)).toBe(name);
  });

  test.each([
    '',
    ' ',
    '\u200c\u200d',
    'Be\u0007ll',
    'line\nbreak',
    'right\u202eleft',
    'zero\u200bwidth',
    '\ud800',
    'x'.repeat(201),
  ])('may not be %j', (name) => {
    expect(isPersonText(name)).toBe(false);
  });
});

test('a table has room for more rows than a call has for arguments', () => {
  const rows = Array.from({ length: 200_000 }, (_, index) => [`person-${index}@acme.example`]);
  expect(table(['e-mail'], rows).split('\n')).toHaveLength(200_001);
});
