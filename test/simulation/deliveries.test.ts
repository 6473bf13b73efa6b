import { expect, it } from 'vitest';
import { allDeliveries, HISTORIES, interleavings } from './deliveries.ts';

it('news of a payment may come in any order and twice: the order ends the same', async () => {
  const { violations, ...counts } = await allDeliveries(4);
  console.log(JSON.stringify(counts));
  expect(violations).toEqual([]);
  expect(counts.orders).toBe(105 * HISTORIES.length);
});

it('every order of delivery is played: (2n − 1)!! of them, each event after it happened', () => {
  expect([1, 2, 3, 4, 5, 6].map((events) => interleavings(events).length)).toEqual([
    1, 3, 15, 105, 945, 10_395,
  ]);
  expect(new Set(interleavings(4).map(String)).size).toBe(105);
});
