import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: [
      'packages/*/src/**/*.test.ts',
      'packages/server/playground/src/**/*.test.ts',
      'plugins/*/src/**/*.test.ts',
      'scripts/**/*.test.mjs',
    ],
    testTimeout: 120_000,
    // Two cores: several files that each open a model at once only slow each other down.
    maxWorkers: 2,
  },
});
