import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deletionsToFind, deletionsToKeep, distanceWithin, typosAllowed } from './distance.ts';

/** The definition itself, without bounds or shortcuts. */
function bruteForce(a: string, b: string): number {
  const known = new Map<string, number>();
  const of = (i: number, j: number): number => {
    if (i === 0 || j === 0) return i + j;
    const key = `${i},${j}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const same = a[i - 1] === b[j - 1] ? 0 : 1;
    let cost = Math.min(of(i - 1, j) + 1, of(i, j - 1) + 1, of(i - 1, j - 1) + same);
    if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
      cost = Math.min(cost, of(i - 2, j - 2) + 1);
    known.set(key, cost);
    return cost;
  };
  return of(a.length, b.length);
}

const letter = fc.constantFrom('a', 'b', 'c', 'd');
const word = (minLength: number) => fc.string({ unit: letter, minLength, maxLength: 14 });
/** A word and what became of it after some typos. */
const mistyped = fc
  .tuple(
    word(3),
    fc.array(fc.tuple(fc.nat(), letter, fc.constantFrom('in', 'out', 'other', 'swap')), { maxLength: 3 }),
  )
  .map(([word, typos]) => {
    let typed = word;
    for (const [at, letter, kind] of typos) {
      const place = at % (typed.length + 1);
      const rest = typed.slice(place);
      const changed = {
        in: letter + rest,
        out: rest.slice(1),
        other: rest === '' ? '' : letter + rest.slice(1),
        swap: (rest[1] ?? '') + (rest[0] ?? '') + rest.slice(2),
      }[kind];
      typed = typed.slice(0, place) + changed;
    }
    return [word, typed] as const;
  });

describe('the distance of two words', () => {
  it('is the one of the definition, or null above the bound', () => {
    fc.assert(
      fc.property(
        fc.oneof(mistyped, fc.tuple(word(0), word(0))),
        fc.integer({ min: 0, max: 3 }),
        ([a, b], most) => {
          const distance = bruteForce(a, b);
          expect(distanceWithin(a, b, most)).toBe(distance <= most ? distance : null);
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it.each([
    ['recorder', 'recodrer', 1],
    ['recorder', 'recrder', 1],
    ['headphones', 'hedphoens', 2],
    ['font', 'form', 2],
  ])('%s and %s are %i apart', (a, b, distance) => {
    expect(distanceWithin(a, b, 2)).toBe(distance);
  });
});

describe('deletions', () => {
  it('lead from every word to every indexed word within its typos, because nothing else looks for them', () => {
    fc.assert(
      fc.property(fc.oneof(mistyped, fc.tuple(word(3), word(3))), ([indexed, typed]) => {
        const near = distanceWithin(typed, indexed, typosAllowed(typed.length));
        if (near === null || near === 0 || indexed.length < 3) return;
        const kept = new Set(deletionsToKeep(indexed));
        expect(deletionsToFind(typed).some((each) => kept.has(each))).toBe(true);
      }),
      { numRuns: 5_000 },
    );
  });
});
