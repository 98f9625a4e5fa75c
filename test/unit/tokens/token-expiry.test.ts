import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tokenExpiry } from '../../../src/domain/rules/token-expiry.ts';

const SENT = Date.parse('2026-03-02T08:00:00Z');
const HOUR = 3_600_000;

describe('when a token ends', () => {
  it.each([
    ['by its duration', { expiresInS: 21_600 }, SENT + 6 * HOUR],
    ['by its instant, on a clock that agrees', { expiresAt: SENT + 6 * HOUR }, SENT + 6 * HOUR],
    [
      'by its instant, on a clock that is ahead',
      { expiresAt: SENT + 8 * HOUR, clockSkewMs: 2 * HOUR },
      SENT + 6 * HOUR,
    ],
    [
      'by the earlier of both',
      { expiresInS: 21_600, expiresAt: SENT + 6 * HOUR - 900 },
      SENT + 6 * HOUR - 900,
    ],
    [
      'by its duration, where a proxy wrote a Date that is hours off',
      { expiresInS: 21_600, expiresAt: SENT + 6 * HOUR, clockSkewMs: 5 * HOUR },
      SENT + 6 * HOUR,
    ],
    [
      'by its instant as it stands, where the Date would let it be born dead',
      { expiresAt: SENT + 6 * HOUR, clockSkewMs: 7 * HOUR },
      SENT + 6 * HOUR,
    ],
    [
      'by its instant as it stands, where the Date would let it live for days',
      { expiresAt: SENT + 6 * HOUR, clockSkewMs: -48 * HOUR },
      SENT + 6 * HOUR,
    ],
    [
      'by its instant, on a clock that is further behind than it lives',
      { expiresAt: SENT - HOUR, clockSkewMs: -7 * HOUR },
      SENT + 6 * HOUR,
    ],
    ['never, when it says nothing', {}, undefined],
    ['never, when it lies in the past', { expiresAt: SENT - HOUR }, undefined],
  ])('%s', (_, said, expected) => {
    const nothing = { expiresInS: undefined, expiresAt: undefined, clockSkewMs: undefined };
    expect(tokenExpiry({ sentAt: SENT, ...nothing, ...said })).toBe(expected);
  });

  it('no Date header shortens or extends a token life that is also given as a duration', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 60, max: 86_400 }),
        fc.integer({ min: -48 * HOUR, max: 48 * HOUR }),
        fc.integer({ min: -48 * HOUR, max: 48 * HOUR }),
        (expiresInS, tenantSkew, dateSaid) => {
          const expiresAt = SENT + expiresInS * 1000 + tenantSkew;
          const ends = tokenExpiry({ sentAt: SENT, expiresInS, expiresAt, clockSkewMs: dateSaid || 1 });
          const life = (ends ?? 0) - SENT;
          expect(life).toBeGreaterThanOrEqual(expiresInS * 1000 - 300_000);
          expect(life).toBeGreaterThan(0);
          expect(life).toBeLessThanOrEqual(expiresInS * 1000);
        },
      ),
    );
  });
});
