import { expect, it } from 'vitest';
import { NOTHING, sum, summary, tallyOfRun, tallyOfStep } from './tally.ts';

const report = (passed: number, failed: number, pending = 0, todo = 0): string =>
  JSON.stringify({
    numPassedTests: passed,
    numFailedTests: failed,
    numPendingTests: pending,
    numTodoTests: todo,
  });

it('adds the tests of every run and the check steps', () => {
  const runs = [
    tallyOfStep(0),
    tallyOfRun(report(10, 0, 1, 1), 0),
    tallyOfRun(report(5, 2), 1),
    tallyOfStep(2),
  ];
  expect(summary(runs.reduce(sum, NOTHING))).toBe('16 passed, 3 failed, 2 skipped');
});

it('counts a run that ended badly although no test failed, such as a file that cannot be loaded', () => {
  expect(tallyOfRun(report(10, 0), 1)).toEqual({ passed: 10, failed: 1, skipped: 0 });
});

it('counts a run that left no report, such as one that was killed', () => {
  expect(tallyOfRun(null, 137)).toEqual({ passed: 0, failed: 1, skipped: 0 });
});

it('counts a run without a single test, for a misspelt project would pass unseen', () => {
  expect(tallyOfRun(report(0, 0), 0).failed).toBe(1);
  expect(tallyOfRun(report(0, 0, 7), 0)).toEqual({ passed: 0, failed: 1, skipped: 7 });
});

it('refuses a report in another form rather than count nothing', () => {
  expect(() => tallyOfRun('{}', 0)).toThrow('numPassedTests');
});
