import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './lib/workers.ts';

const POINTS = 24;
const text = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');

/** Each point of docs/traceability-auth.md with what stands under it. */
const points = text('docs/traceability-auth.md')
  .split(/^### (?=\d+\. )/m)
  .slice(1)
  .map((section) => {
    const [heading = '', ...lines] = section.split(/^## /m)[0]?.split('\n') ?? [];
    const tests = lines.flatMap((line) => {
      const [, file, name] = /^- `([^`]+)`: (.+)$/.exec(line) ?? [];
      return file === undefined || name === undefined ? [] : [{ file, name }];
    });
    return { heading, number: Number.parseInt(heading, 10), tests, open: /^Open: \S/m.test(section) };
  });

describe('docs/traceability-auth.md', () => {
  it('has every point once, in order', () => {
    const numbers = Array.from({ length: POINTS }, (_, index) => index + 1);
    expect(points.map(({ number }) => number)).toEqual(numbers);
  });

  it.each(points.map((point) => [point.heading, point] as const))(
    '%s: every test it names exists, and where there is none it says that it is open',
    (_heading, { tests, open }) => {
      const sources = tests.map(({ file, name }) => ({ name, source: text(file) }));
      expect(sources.filter(({ name, source }) => !source.includes(`'${name}'`))).toEqual([]);
      expect(tests.length > 0 || open).toBe(true);
    },
  );
});
