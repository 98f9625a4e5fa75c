import { configDefaults, defineConfig } from 'vitest/config';
import { BROWSER_TESTS, findChromium } from './test/support/chromium-path.ts';

const withoutBrowser = findChromium() === undefined && process.env.CI !== 'true';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'packages/*/test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...(withoutBrowser ? BROWSER_TESTS : [])],
    restoreMocks: true,
    // Real browsers and servers on a busy machine; a test that hangs is still ended.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { requireAssertions: true },
  },
});
