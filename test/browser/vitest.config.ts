import path from 'node:path';
import { defineProject } from 'vitest/config';

/** Pages in Chromium, against all workers together. */
export default defineProject({
  root: path.resolve(import.meta.dirname, '../..'),
  test: {
    name: 'browser',
    environment: 'node',
    include: ['test/browser/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 180_000,
    fileParallelism: false,
  },
});
