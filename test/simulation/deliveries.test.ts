import { describe, expect, it } from 'vitest';
import { allDeliveries, enumerate, explore, HISTORIES, ordersOf } from './deliveries.ts';

it('news of a payment may come in any order and again and again: the order ends the same', async () => {
  const { violations, ...counts } = await allDeliveries(6);
  console.log(JSON.stringify(counts));
  expect(violations).toEqual([]);
  expect(counts.states).toBeGreaterThan(20 * HISTORIES.length);
});

describe('going through states instead of orders of delivery', () => {
  it.each(HISTORIES)('leaves out nothing that three events can lead to: $name', async (history) => {
    const [byState, byOrder] = [await explore(history, 3, false), await enumerate(history, 3)];
    expect([...byOrder.states].filter((state) => !byState.states.has(state))).toEqual([]);
    expect([...byState.ends].sort()).toEqual([...byOrder.ends].sort());
  });

  it('is tested against every order of three events, each told twice', () => {
    expect([1, 2, 3].map((events) => ordersOf(events).length)).toEqual([1, 10, 280]);
  });
});
