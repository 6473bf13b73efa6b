export interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

export const NOTHING: Tally = { passed: 0, failed: 0, skipped: 0 };

export const sum = (a: Tally, b: Tally): Tally => ({
  passed: a.passed + b.passed,
  failed: a.failed + b.failed,
  skipped: a.skipped + b.skipped,
});

/** A check step counts as one test. */
export const tallyOfStep = (exitCode: number): Tally =>
  exitCode === 0 ? { ...NOTHING, passed: 1 } : { ...NOTHING, failed: 1 };

/**
 * Counts of one vitest run. A run that failed without a failing test (a file that cannot be loaded, an unhandled
 * rejection, a crash that left no report) and one in which no test ran count as one failure.
 */
export function tallyOfRun(report: string | null, exitCode: number): Tally {
  const counts = report === null ? NOTHING : countsIn(report);
  const silent = counts.failed === 0 && (exitCode !== 0 || counts.passed === 0);
  return silent ? { ...counts, failed: 1 } : counts;
}

function countsIn(report: string): Tally {
  const found = JSON.parse(report) as Record<string, unknown>;
  const count = (name: string): number => {
    const value = found[name];
    if (typeof value !== 'number') throw new Error(`vitest's report has no ${name}`);
    return value;
  };
  return {
    passed: count('numPassedTests'),
    failed: count('numFailedTests'),
    skipped: count('numPendingTests') + count('numTodoTests'),
  };
}

export const summary = ({ passed, failed, skipped }: Tally): string =>
  `${passed} passed, ${failed} failed, ${skipped} skipped`;
