import { assert, jsonValue, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyChanges, jsonDiff, jsonPointer } from './json-diff.ts';

/** As it is read back from where it was kept. */
const kept = (value: unknown): unknown => JSON.parse(JSON.stringify(value)) as unknown;

describe('the difference of two JSON values', () => {
  it('applied to the first gives the second, also after it was written down and read again', () => {
    assert(
      property(jsonValue(), jsonValue(), (before, after) => {
        const changes = kept(jsonDiff(kept(before), kept(after)));
        expect(applyChanges(kept(before), changes as ReturnType<typeof jsonDiff>)).toEqual(kept(after));
      }),
      { numRuns: 2_000 },
    );
  });

  it('is empty for equal values', () => {
    assert(
      property(jsonValue(), (value) => {
        expect(jsonDiff(kept(value), kept(value))).toEqual([]);
      }),
    );
  });

  it('names the places, deepest first known', () => {
    const changes = jsonDiff({ a: [1, { b: 2 }], 'c/d': 1 }, { a: [1, { b: 3 }, 4] });
    expect(changes.map(({ path, from, to }) => [jsonPointer(path), from, to])).toEqual([
      ['/a/1/b', 2, 3],
      ['/a/2', undefined, 4],
      ['/c~1d', 1, undefined],
    ]);
  });
});
