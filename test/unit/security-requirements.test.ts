import { describe, expect, test } from 'vitest';
import { readRequirements, testedId } from '../../scripts/security/read-requirements.ts';
import { readTestIds } from '../../scripts/security/read-test-ids.ts';

const standards = readRequirements();
const rows = standards.flatMap(({ tag, chapters }) =>
  chapters
    .flatMap(({ requirements }) => requirements)
    .map((row) => ({ state: row.state, reason: row.reason, testId: `${tag} ${testedId(row)}` })),
);
const testIds = readTestIds();

/** How many requirements of level 1 and 2 each section of ASVS 5.0 has, where they are the first ones of it. */
const ASVS = {
  '6.1': 3,
  '6.2': 12,
  '6.3': 4,
  '6.4': 4,
  '6.5': 5,
  '6.6': 3,
  '6.8': 4,
  '7.1': 3,
  '7.2': 4,
  '7.3': 2,
  '7.4': 5,
  '7.5': 2,
  '7.6': 2,
  '8.1': 2,
  '8.2': 3,
  '8.3': 1,
  '8.4': 1,
  '10.1': 2,
  '10.2': 2,
  '10.3': 4,
  '10.4': 11,
  '10.5': 5,
  '10.6': 2,
  '10.7': 3,
  '14.1': 2,
  '14.2': 4,
  '14.3': 3,
  '16.1': 1,
  '16.2': 5,
  '16.3': 4,
  '16.4': 3,
  '16.5': 3,
};

describe('docs/security/requirements.yaml', () => {
  test('has every requirement of ASVS 5.0 of level 1 and 2 in its chapters once, and no other', () => {
    const asked = Object.entries(ASVS).flatMap(([section, count]) =>
      Array.from({ length: count }, (_, index) => `${section}.${index + 1}`),
    );
    const chapters = standards.filter(({ tag }) => tag === 'ASVS').flatMap((standard) => standard.chapters);
    const listed = chapters.flatMap(({ requirements, notApplicable }) =>
      requirements.map(({ id }) => id).concat(notApplicable.flatMap(({ ids }) => ids)),
    );
    expect(listed.toSorted()).toEqual(asked.toSorted());
  });

  test('has a test or a reason for each requirement that is met', () => {
    const met = rows.filter(({ state }) => state === 'met');
    expect(met.length).toBeGreaterThan(80);
    expect(met.filter(({ reason, testId }) => reason === undefined && !testIds.has(testId))).toEqual([]);
  });

  test('has a reason for each requirement that is met partly, not met, or left to ops', () => {
    const others = rows.filter(({ state }) => state !== 'met');
    expect(others.length).toBeGreaterThan(10);
    expect(others.filter(({ reason = '' }) => reason.length < 20)).toEqual([]);
  });

  test('has each requirement whose id a test carries, as met or partly met', () => {
    const shown = new Set(
      rows.filter(({ state }) => state === 'met' || state === 'partly').map(({ testId }) => testId),
    );
    expect(testIds.size).toBeGreaterThan(60);
    expect([...testIds].filter(([id]) => !shown.has(id))).toEqual([]);
  });
});
