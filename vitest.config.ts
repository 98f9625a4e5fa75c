import { fileURLToPath } from 'node:url';
import { configDefaults, defineConfig } from 'vitest/config';
import { BROWSER_TESTS, findChromium } from './test/support/chromium-path.ts';

// Workers, and the processes that tests start, read what an earlier one of them compiled.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('node_modules/.cache/test', import.meta.url));

const withoutBrowser = findChromium() === undefined && process.env.CI !== 'true';

/** Suites that need a process of their own: they start browsers or processes, or fill a whole process with load. */
const APART = [
  'test/browser/**/*.test.ts',
  'test/cluster/**/*.test.ts',
  'test/image/**/*.test.ts',
  'test/cli/demo.test.ts',
  'test/cli/dev.test.ts',
  'test/cli/tenant-provision-killed.test.ts',
  'test/http/sign-in-flood.test.ts',
  'packages/qlik-sandbox/test/engine-embed.test.ts',
];
const UNIT = ['test/unit/**/*.test.ts'];

export default defineConfig({
  test: {
    restoreMocks: true,
    // The default, a second, is less than a busy machine may need.
    expect: { requireAssertions: true, poll: { timeout: 10_000 } },
    // One less than the default on two cores would leave one of them idle while servers are awaited.
    maxWorkers: 3,
    coverage: { include: ['src/**/*.ts', 'public/js/**/*.js'] },
    projects: [
      {
        extends: true,
        // Starts nothing: no server, no process.
        test: {
          name: 'unit',
          include: UNIT,
          setupFiles: ['test/support/start-nothing.ts'],
          isolate: false,
          testTimeout: 10_000,
        },
      },
      {
        extends: true,
        // Shares a worker, and so what is loaded, between files.
        test: {
          name: 'shared',
          include: ['test/**/*.test.ts', 'packages/*/test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...UNIT, ...APART],
          isolate: false,
          testTimeout: 20_000,
          hookTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'apart',
          include: APART,
          exclude: [...configDefaults.exclude, ...(withoutBrowser ? BROWSER_TESTS : [])],
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
    ],
  },
});
