import { expect, it } from 'vitest';
import { crashMatrix, SCENARIOS } from './matrix.ts';

it('a crash at any place of any scenario loses nothing, doubles nothing and leaves nothing stuck', async () => {
  const { violations, ...counts } = await crashMatrix({ seed: 1, lines: 2 });
  console.log(JSON.stringify(counts));
  expect(violations).toEqual([]);
  expect(counts.scenarios).toBe(SCENARIOS.length);
  expect(Object.values(counts.places).every((count) => count > 50)).toBe(true);
});
