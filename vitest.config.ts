import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    exclude: [...configDefaults.exclude, 'data/**', 'build/**'],
    globalSetup: ['test/support/global-setup.ts'],
    // Real servers and processes stand behind many tests: a process of its own for each file, two at a time.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
