import { expect, it } from 'vitest';
import { crashMatrix, SCENARIOS } from './matrix.ts';

it('a crash at any place of the scenarios that everybody meets, and at a part of the places of every other, loses nothing, doubles nothing and leaves nothing stuck', async () => {
  const { violations, ...counts } = await crashMatrix({ seed: 1, lines: 2, everywhere: false });
  console.log(JSON.stringify(counts));
  expect(violations).toEqual([]);
  expect(counts.scenarios).toBe(SCENARIOS.length);
  expect(counts.crashes).toBeGreaterThanOrEqual(counts.runs);
  expect(counts.sorts).toBeGreaterThan(30);
  expect(Object.values(counts.places).every((count) => count > 50)).toBe(true);
});
