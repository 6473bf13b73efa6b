import path from 'node:path';
import { ROOT } from '../lib/workers.ts';

export interface Timed {
  /** From the repository root. */
  file: string;
  seconds: number;
}

/** How long each file of a run took, from vitest's JSON report; none where there is no report. */
export function timesIn(report: string | null): Timed[] {
  if (report === null) return [];
  const { testResults = [] } = JSON.parse(report) as {
    testResults?: { name: string; startTime: number; endTime: number }[];
  };
  return testResults.map(({ name, startTime, endTime }) => ({
    file: path.relative(ROOT, name),
    seconds: (endTime - startTime) / 1000,
  }));
}

/** The `count` files that took longest, one a line. Files run beside each other: no sum of them is the time of a run. */
export function longest(files: readonly Timed[], count: number): string {
  const first = files.toSorted((a, b) => b.seconds - a.seconds).slice(0, count);
  return first.map(({ file, seconds }) => `${seconds.toFixed(1).padStart(8)} s  ${file}`).join('\n');
}
