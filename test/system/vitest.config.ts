import path from 'node:path';
import { defineProject } from 'vitest/config';

/** All workers together, from built bundles, driven over HTTP from Node. */
export default defineProject({
  root: path.resolve(import.meta.dirname, '../..'),
  test: {
    name: 'system',
    environment: 'node',
    include: ['test/system/**/*.test.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
