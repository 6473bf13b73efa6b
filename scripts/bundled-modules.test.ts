import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { BUNDLED_MODULES } from '#shared/testing/bundled-modules.ts';
import { ROOT } from './lib/workers.ts';

const CODE = ['{shared,durable-objects,workers}/**/*.{ts,tsx}'];
const TESTS = ['**/*.test.{ts,tsx}', '**/testing/**', '**/testing.ts', '**/vitest.config.ts'];
/** What the compiler imports for pages. */
const OF_PAGES = ['hono/jsx/jsx-dev-runtime', 'hono/jsx/jsx-runtime'];
/** Loads WebAssembly, which cannot become a part of a module; runs the tests. */
const AS_IT_IS = new Set(['@phi-ag/argon2', 'vitest']);
/** What their tests import beside that. */
const OF_TESTS = ['fast-check'];

it('names each module of a package that workers import: of one left out, tests would see two, or wait for all its files', () => {
  const files = globSync(CODE, { cwd: ROOT, exclude: [...TESTS, '**/node_modules/**'] });
  const imported = files.flatMap((file) => {
    const lines = readFileSync(path.join(ROOT, file), 'utf8').matchAll(/^.*\bfrom '(@?[a-z][^':]*)';$/gm);
    return [...lines].map(([, name]) => name ?? '');
  });
  const bundled = imported.filter((name) => !AS_IT_IS.has(name));
  expect([...BUNDLED_MODULES].sort()).toEqual([...new Set([...bundled, ...OF_PAGES, ...OF_TESTS])].sort());
});
