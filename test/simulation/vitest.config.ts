import path from 'node:path';
import { defineProject } from 'vitest/config';

/** Simulated histories of orders, under Node. */
export default defineProject({
  root: path.resolve(import.meta.dirname, '../..'),
  test: {
    name: 'simulation',
    environment: 'node',
    include: ['test/simulation/**/*.test.ts'],
    testTimeout: 3_600_000,
  },
});
