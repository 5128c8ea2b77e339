import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{cli,sandbox,server,web,lessons}/**/*.test.ts'],
        },
      },
      {
        test: {
          name: 'system',
          include: ['test/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 300_000,
          // Sessions, loop devices and cgroups are the machine's: one file at a time.
          fileParallelism: false,
        },
      },
    ],
  },
});
