import { readFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { expect, test } from 'vitest';
import { generatedPages } from '../../scripts/generated-pages.ts';

test.each(Object.entries(generatedPages))(
  '%s says what the source says (npm run docs)',
  async (path, text) => {
    const expected = await format(text(), { ...(await resolveConfig(path)), filepath: path });
    expect(readFileSync(path, 'utf8')).toBe(expected);
  },
);
