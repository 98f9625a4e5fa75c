import { describe, expect, test } from 'vitest';
import {
  storedEmbedContent,
  embedItemTexts,
  writtenEmbedContent,
} from '../../src/domain/model/embed-content.ts';

const items = [
  { id: 'a', title: 'a' },
  { id: 'b', title: 'B = b' },
];

describe('embed content', () => {
  test('variables and options write an item as ID=Title, or as the id alone', () => {
    expect(embedItemTexts.parse(['a', 'b=B = b'])).toEqual(items);
  });

  test.each(['', '=Title'])('an item without an id is refused: %j', (text) => {
    expect(embedItemTexts.safeParse([text]).success).toBe(false);
  });

  test('tenants.yaml may write texts and objects, and leave lists out', () => {
    const written = { appId: 'app', sheets: ['a', { id: 'b', title: 'B = b' }] };
    expect(writtenEmbedContent.parse(written)).toEqual({ appId: 'app', sheets: items, objects: [] });
  });

  test('tenants.yaml may not name a field that does not exist', () => {
    expect(writtenEmbedContent.safeParse({ appId: 'app', sheet: ['a'] }).success).toBe(false);
    expect(writtenEmbedContent.safeParse({ appId: 'app', sheets: [{ ...items[0], x: 1 }] }).success).toBe(
      false,
    );
  });

  test('a stored field of a newer release is ignored, so that releases can run side by side', () => {
    const stored = { appId: 'app', sheets: [{ ...items[0], icon: 'x' }], objects: [], theme: 'dark' };
    expect(storedEmbedContent.parse(stored)).toEqual({ appId: 'app', sheets: [items[0]], objects: [] });
  });
});
