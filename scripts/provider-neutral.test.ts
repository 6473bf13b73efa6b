import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './lib/workers.ts';

/** Where the payment provider may be named: its adapter, its double, what shows its form, and how it is set up. */
const KNOWS_THE_PROVIDER = [
  'workers/payments/**',
  'workers/sandbox/**',
  'workers/gateway/payment-element.ts',
  'workers/gateway/routing.ts',
  'workers/gateway/*.generated.ts',
];
const CODE = ['shared/**/*.{ts,tsx}', 'durable-objects/**/*.{ts,tsx}', 'workers/**/*.{ts,tsx}'];
const TESTS = ['**/*.test.{ts,tsx}', '**/testing/**', '**/testing.ts', '**/vitest.config.ts'];
/** Its name, and how its ids begin. */
const NAMES = /stripe|\b(?:pi|ch|re|evt|cus|seti)_(?=[A-Z0-9]|\\w|\$\{)/i;

/** Without comments and links to documentation: what is said about the code, not what it does. */
const code = (file: string): string =>
  readFileSync(path.join(ROOT, file), 'utf8')
    .replaceAll(/\/\*[^]*?\*\//g, '')
    .replaceAll(/https:\/\/docs\.stripe\.com[^\s'`"]*/g, '')
    .replaceAll(/(^|\s)\/\/.*$/gm, '');

describe('the payment provider', () => {
  const files = globSync(CODE, {
    cwd: ROOT,
    exclude: [...KNOWS_THE_PROVIDER, ...TESTS, '**/node_modules/**'],
  });

  it('is looked for in all code that has no business with it', () => {
    expect(files.length).toBeGreaterThan(300);
    expect(files).toContain('durable-objects/order/payment-effects.ts');
  });

  it('is named by its own adapter alone, so that another one can be added beside it', () => {
    const named = files.flatMap((file) =>
      code(file)
        .split('\n')
        .flatMap((line) => (NAMES.test(line) ? [`${file}: ${line.trim()}`] : [])),
    );
    expect(named).toEqual([]);
  });
});
