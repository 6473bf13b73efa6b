import { array, assert, constantFrom, integer, property, record } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { availableOf, commit, expire, giveBack, hold, type Hold, type Level } from './machine.ts';

const steps = array(
  record({
    act: constantFrom('hold', 'hold', 'commit', 'giveBack', 'expire'),
    order: integer({ min: 0, max: 4 }),
    lines: array(record({ lineId: constantFrom('a', 'b'), quantity: integer({ min: 1, max: 4 }) }), {
      minLength: 1,
      maxLength: 2,
    }),
  }),
  { maxLength: 60 },
);

interface Shelf {
  level: Level;
  orders: Hold[][];
}
const units = (shelf: Shelf, state: Hold['state']): number =>
  shelf.orders
    .flat()
    .filter((one) => one.state === state)
    .reduce((sum, one) => sum + one.quantity, 0);

function run(
  shelf: Shelf,
  step: { act: string; order: number; lines: { lineId: string; quantity: number }[] },
): void {
  const present = shelf.orders[step.order] ?? [];
  const lines = step.lines.filter(
    (line, index) => step.lines.findIndex((one) => one.lineId === line.lineId) === index,
  );
  const keep = (level: Level, changed: Hold[]): void => {
    const others = present.filter((one) => !changed.some((line) => line.lineId === one.lineId));
    shelf.orders[step.order] = [...others, ...changed];
    shelf.level = level;
  };
  if (step.act === 'giveBack') {
    const given = giveBack(shelf.level, present);
    return keep(given.level, given.holds);
  }
  if (step.act === 'expire') {
    const expired = expire(shelf.level, present);
    return keep(expired.level, expired.holds);
  }
  // A line's quantity never changes: the order keeps it.
  const fixed = lines.map((line) => present.find((one) => one.lineId === line.lineId) ?? line);
  const wanted = fixed.map(({ lineId, quantity }) => ({ lineId, quantity }));
  const taken = (step.act === 'hold' ? hold : commit)(shelf.level, present, wanted);
  if (taken.ok) keep(taken.level, taken.holds);
}

describe('the stock of one SKU', () => {
  it('never promises or sells more than there is, whatever history it has', () => {
    assert(
      property(integer({ min: 0, max: 10 }), steps, (supply, history) => {
        const shelf: Shelf = { level: { onHand: supply, held: 0 }, orders: [[], [], [], [], []] };
        for (const step of history) {
          run(shelf, step);
          expect(shelf.level.held).toBe(units(shelf, 'held'));
          expect(shelf.level.onHand).toBe(supply - units(shelf, 'committed'));
          expect(units(shelf, 'committed') + shelf.level.held).toBeLessThanOrEqual(supply);
        }
      }),
      { numRuns: 3_000 },
    );
  });

  it('adds up two lines of one order, so that together they never exceed what is free', () => {
    const lines = [
      { lineId: 'a', quantity: 2 },
      { lineId: 'b', quantity: 2 },
    ];
    expect(hold({ onHand: 3, held: 0 }, [], lines)).toEqual({ ok: false, lineId: 'b', available: 3 });
    expect(hold({ onHand: 4, held: 0 }, [], lines)).toMatchObject({
      ok: true,
      level: { onHand: 4, held: 4 },
    });
  });

  it('takes an expired hold again when units are free, and refuses when they are sold', () => {
    const expired: Hold[] = [{ lineId: 'a', quantity: 1, state: 'expired' }];
    const line = [{ lineId: 'a', quantity: 1 }];
    expect(commit({ onHand: 1, held: 0 }, expired, line)).toMatchObject({ ok: true, level: { onHand: 0 } });
    expect(commit({ onHand: 1, held: 1 }, expired, line)).toEqual({ ok: false, lineId: 'a', available: 0 });
  });

  it('sells no unit that a count took away, even when it was held', () => {
    const held: Hold[] = [{ lineId: 'a', quantity: 2, state: 'held' }];
    const counted = { onHand: 1, held: 2 };
    expect(availableOf(counted)).toBe(0);
    expect(commit(counted, held, [{ lineId: 'a', quantity: 2 }])).toMatchObject({ ok: false });
  });

  it('keeps from an order what it gave back, because a late request of it would leak units', () => {
    const released: Hold[] = [{ lineId: 'a', quantity: 1, state: 'released' }];
    expect(hold({ onHand: 5, held: 0 }, released, [{ lineId: 'a', quantity: 1 }])).toMatchObject({
      ok: false,
    });
  });
});
