import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './lib/workers.ts';

const POINTS = 24;
const text = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');

/** Tests that lines name, by file and name. */
const testsIn = (lines: readonly string[]): { file: string; name: string }[] =>
  lines.flatMap((line) => {
    const [, file, name] = /^- `([^`]+)`: (.+)$/.exec(line) ?? [];
    return file === undefined || name === undefined ? [] : [{ file, name }];
  });
const missing = (tests: readonly { file: string; name: string }[]) =>
  tests
    .map(({ file, name }) => ({ name, source: text(file) }))
    .filter(({ name, source }) => !source.includes(`'${name}'`))
    .map(({ name }) => name);

/** Each point of docs/traceability-auth.md with what stands under it. */
const points = text('docs/traceability-auth.md')
  .split(/^### (?=\d+\. )/m)
  .slice(1)
  .map((section) => {
    const [heading = '', ...lines] = section.split(/^## /m)[0]?.split('\n') ?? [];
    const open = /^Open: \S/m.test(section);
    return { heading, number: Number.parseInt(heading, 10), tests: testsIn(lines), open };
  });

describe('docs/traceability-auth.md', () => {
  it('names no test that does not exist, whatever it stands under', () => {
    const named = testsIn(text('docs/traceability-auth.md').split('\n'));
    expect(named.length).toBeGreaterThan(points.flatMap(({ tests }) => tests).length);
    expect(missing(named)).toEqual([]);
  });

  it('has every point once, in order', () => {
    const numbers = Array.from({ length: POINTS }, (_, index) => index + 1);
    expect(points.map(({ number }) => number)).toEqual(numbers);
  });

  it.each(points.map((point) => [point.heading, point] as const))(
    '%s: every test it names exists, and where there is none it says that it is open',
    (_heading, { tests, open }) => {
      expect(missing(tests)).toEqual([]);
      expect(tests.length > 0 || open).toBe(true);
    },
  );
});
