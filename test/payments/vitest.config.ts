import path from 'node:path';
import { defineProject } from 'vitest/config';

/** Every way to pay, every way it ends: many orders at once in one running system. */
export default defineProject({
  root: path.resolve(import.meta.dirname, '../..'),
  test: {
    name: 'payments-matrix',
    environment: 'node',
    include: ['test/payments/**/*.test.ts'],
    testTimeout: 600_000,
    hookTimeout: 300_000,
  },
});
