import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/**
 * Projects: `shared` (pure code, under Node), one per worker (inside the runtime, see shared/testing/worker-project.ts),
 * `system` (all workers together, over HTTP), `payments-matrix` (every way to pay and to end) and `browser` (pages in Chromium).
 */
export default defineConfig({
  test: {
    // A test in the runtime waits for its process, so that even two processors serve two files.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: ['shared/vitest.config.ts', 'workers/*/vitest.config.ts', 'test/*/vitest.config.ts'],
  },
});
