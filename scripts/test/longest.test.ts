import path from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from '../lib/workers.ts';
import { longest, timesIn } from './longest.ts';

const report = (times: Record<string, number>): string =>
  JSON.stringify({
    testResults: Object.entries(times).map(([file, ms]) => ({
      name: path.join(ROOT, file),
      startTime: 1_000,
      endTime: 1_000 + ms,
    })),
  });

it('tells of the files that took longest in all runs together, so that one that grows is seen', () => {
  const files = [
    ...timesIn(report({ 'a.test.ts': 1_250, 'b.test.ts': 90_000 })),
    ...timesIn(null),
    ...timesIn(report({ 'c/d.test.ts': 12_340 })),
  ];
  expect(longest(files, 2).split('\n')).toEqual(['    90.0 s  b.test.ts', '    12.3 s  c/d.test.ts']);
});

it('has nothing to tell of a report without files', () => {
  expect(timesIn('{}')).toEqual([]);
  expect(longest([], 10)).toBe('');
});
