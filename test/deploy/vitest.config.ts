import path from 'node:path';
import { defineProject } from 'vitest/config';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** A deployment by the real wrangler against a stand-in of the platform's API: minutes rather than seconds. */
export default defineProject({
  root: ROOT,
  test: {
    name: 'deploy',
    environment: 'node',
    include: ['test/deploy/**/*.test.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
