import { defineConfig } from 'vitest/config';

/**
 * Projects: `shared` (pure code, under Node), one per worker (inside the runtime, see shared/testing/worker-project.ts),
 * `system` (all workers together, over HTTP), `payments-matrix` (every way to pay and to end) and `browser` (pages in Chromium).
 */
export default defineConfig({
  test: {
    projects: ['shared/vitest.config.ts', 'workers/*/vitest.config.ts', 'test/*/vitest.config.ts'],
  },
});
