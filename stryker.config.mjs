/** Used by `npm run mutate` (scripts/mutate.ts), which says what is mutated and where the report goes. */
export default {
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner', './test/mutation/plain-text.ts'],
  ignorers: ['plain-text'],
  vitest: { configFile: 'test/mutation/config.ts', related: false },
  ignorePatterns: ['bench', 'docs', '.wrangler', 'reports'],
  tsconfigFile: 'none',
  ignoreStatic: true,
  coverageAnalysis: 'perTest',
  concurrency: 1,
  timeoutMS: 10_000,
  reporters: ['json', 'progress-append-only'],
  jsonReporter: { fileName: process.env.MUTANTS_REPORT ?? 'node_modules/.cache/mutants/mutants.json' },
  tempDirName: 'node_modules/.cache/stryker',
};
