/** One command of the gate, as a shell reads it. */
export interface Step {
  name: string;
  command: string;
}

/** What `npm run check` makes sure of, the quickest first. */
export const CHECK_STEPS: readonly Step[] = [
  { name: 'format', command: 'oxfmt --check .' },
  { name: 'lint', command: 'oxlint' },
  { name: 'types', command: 'tsc -p .' },
  { name: 'generated files are up to date', command: 'node scripts/generate.ts --check' },
  { name: 'no dead code', command: 'knip' },
  { name: 'every worker can be deployed', command: 'node scripts/deploy.ts --dry-run' },
];

export interface Suite {
  name: string;
  /** Vitest's project filters. */
  projects: readonly string[];
}

/** The suites that run one after another, small and quick first. */
export const SUITES: readonly Suite[] = [
  {
    name: 'shared code and each worker',
    projects: ['!simulation', '!system', '!payments-matrix', '!browser', '!deploy'],
  },
  {
    name: 'all workers together, every way to pay, a deployment rehearsed',
    projects: ['system', 'payments-matrix', 'deploy'],
  },
  { name: 'pages in a browser', projects: ['browser'] },
];

/** Needs nothing but processors, and the steps and suites above leave half of them idle: it runs beside them all. */
export const BACKGROUND_SUITE: Suite = { name: 'simulated histories', projects: ['simulation'] };
