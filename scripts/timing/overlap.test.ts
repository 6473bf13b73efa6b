import { expect, it } from 'vitest';
import { compare } from './overlap.ts';

const series = (count: number, offset: number): number[] =>
  Array.from({ length: count }, (_, index) => ((index * 7_919) % 101) + offset);

it('finds equal distributions equal, and a shift of a tenth of their spread', () => {
  const same = compare(series(300, 0), series(300, 0));
  expect(same.superiority).toBe(0.5);
  expect(same.p).toBeCloseTo(1, 6);
  const shifted = compare(series(300, 10), series(300, 0));
  expect(shifted.superiority).toBeGreaterThan(0.55);
  expect(shifted.p).toBeLessThan(0.001);
});

it('gives the p value of the tables: z of 1.96 is one in twenty', () => {
  // U of 20 and 20 values where 127 pairs are greater instead of 200: z = 1.975.
  const low = Array.from({ length: 20 }, (_, index) => index);
  const { superiority, p } = compare(
    low,
    low.map((value) => value + 3),
  );
  expect(superiority).toBeCloseTo(0.361, 2);
  expect(p).toBeGreaterThan(0.1);
  expect(p).toBeLessThan(0.2);
});
