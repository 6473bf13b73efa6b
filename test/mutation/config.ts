import path from 'node:path';
import { defineConfig } from 'vitest/config';
import { PARTS } from './parts.ts';

/** The quick tests of the part that `npm run mutate` is at, which it runs against each mutant that they reach. */
export default defineConfig({
  root: path.resolve(import.meta.dirname, '../..'),
  test: {
    environment: 'node',
    include: [...(PARTS.find(({ name }) => name === process.env['MUTATED_PART'])?.tests ?? [])],
    testTimeout: 60_000,
  },
});
