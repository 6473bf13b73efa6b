import path from 'node:path';
import { defineProject } from 'vitest/config';

export default defineProject({
  root: path.resolve(import.meta.dirname, '..'),
  test: {
    name: 'shared',
    environment: 'node',
    // Pure code: nothing is left behind for the next file.
    isolate: false,
    // For what hangs: a property test over many histories takes seconds on a busy machine.
    testTimeout: 60_000,
    include: [
      'shared/**/*.test.ts',
      'durable-objects/*/machine.test.ts',
      'durable-objects/stock/giving-back.test.ts',
      'durable-objects/*/machine/**/*.test.ts',
      'scripts/**/*.test.ts',
    ],
  },
});
