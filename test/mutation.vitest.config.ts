import path from 'node:path';
import { defineConfig } from 'vitest/config';

/** The quick tests of the pure core, which `npm run mutate` runs against each mutant that they reach. */
export default defineConfig({
  root: path.resolve(import.meta.dirname, '..'),
  test: {
    environment: 'node',
    include: [
      'durable-objects/order/machine/**/*.test.ts',
      'durable-objects/stock/*machine.test.ts',
      'shared/domain/pricing/*.test.ts',
      'test/simulation/slice.mutation.ts',
    ],
    testTimeout: 60_000,
  },
});
