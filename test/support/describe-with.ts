import { describe, expect, test } from 'vitest';

/**
 * Runs a suite where this machine has what it needs. Where something is missing, the suite is reported as skipped, with
 * the lines that install it; with CI=true that is a failure.
 */
export function describeWith(missing: readonly string[], name: string, suite: () => void): void {
  if (missing.length === 0) {
    describe(name, suite);
    return;
  }
  const install = missing.join(', ');
  test.skipIf(process.env.CI !== 'true')(`${name}: needs ${install}`, () => {
    expect.fail(`missing on this machine: ${install}`);
  });
}
