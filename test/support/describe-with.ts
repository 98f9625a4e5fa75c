import { describe, expect, test } from 'vitest';

/**
 * Runs a suite where this machine has what it needs. Where something is missing, the suite is reported as skipped, with
 * the lines that install it; with CI=true that is a failure.
 */
export function describeWith(missing: readonly string[], name: string, suite: () => void): void {
  return missing.length === 0 ? run(name, suite) : reportMissing(name, missing.join(', '));
}

function run(name: string, suite: () => void): void {
  describe(`${name}, for real`, () => {
    suite();
  });
}

function reportMissing(name: string, install: string): void {
  test.skipIf(process.env.CI !== 'true')(`${name}: needs ${install}`, () => {
    expect.fail(`missing on this machine: ${install}`);
  });
}
