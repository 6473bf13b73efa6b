import { array, assert, constantFrom, integer, property, record } from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  allocate,
  availableOf,
  commit,
  count,
  expire,
  giveBack,
  heldOf,
  hold,
  type Hold,
  isWaiting,
  missingOf,
  type Moved,
  onHandOf,
  restock,
  type Shelf,
  sumOf,
  transfer,
} from './machine.ts';

const steps = array(
  record({
    act: constantFrom(
      'hold',
      'hold',
      'hold',
      'commit',
      'giveBack',
      'giveBackLine',
      'expire',
      'restock',
      'transfer',
    ),
    order: integer({ min: 0, max: 4 }),
    place: integer({ min: 0, max: 2 }),
    lines: array(record({ lineId: constantFrom('a', 'b'), quantity: integer({ min: 1, max: 4 }) }), {
      minLength: 1,
      maxLength: 2,
    }),
  }),
  { maxLength: 60 },
);
type Step = { act: string; order: number; place: number; lines: { lineId: string; quantity: number }[] };
type Placed = Hold & { order: number; since: number };

/** A shelf with its orders, as an object runs it: after each change those who wait get what is free. */
class Warehouse {
  shelf: Shelf;
  holds: Placed[] = [];
  supply: number;
  #clock = 0;
  readonly ledger: { onHand: number; held: number };
  readonly limit: number;

  constructor(onHand: readonly number[], limit: number) {
    this.shelf = onHand.map((units, index) => ({
      code: `p${index}`,
      priority: index,
      onHand: units,
      held: 0,
    }));
    this.supply = onHandOf(this.shelf);
    this.ledger = { onHand: this.supply, held: 0 };
    this.limit = limit;
  }

  owed(): number {
    return this.holds.filter(isWaiting).reduce((sum, line) => sum + missingOf(line), 0);
  }

  run(step: Step): void {
    const present = this.holds.filter((line) => line.order === step.order);
    const unique = step.lines.filter(
      (line, index) => step.lines.findIndex((one) => one.lineId === line.lineId) === index,
    );
    // A line's quantity never changes: the order keeps it.
    const wanted = unique.map(({ lineId, quantity }) => ({
      lineId,
      quantity: present.find((one) => one.lineId === lineId)?.quantity ?? quantity,
    }));
    switch (step.act) {
      case 'hold':
      case 'commit': {
        const act = step.act === 'hold' ? hold : commit;
        const taken = act(this.shelf, present, wanted, Math.max(0, this.limit - this.owed()));
        if (taken.ok) this.keep(step.order, taken, taken.holds);
        return;
      }
      case 'giveBack':
      case 'giveBackLine': {
        const lineIds = step.act === 'giveBack' ? null : ['a'];
        const given = giveBack(this.shelf, present, lineIds);
        return this.keep(step.order, given, given.holds);
      }
      case 'expire': {
        const expired = expire(this.shelf, present);
        return this.keep(step.order, expired, expired.holds);
      }
      case 'restock':
        this.supply += step.order;
        return this.keep(step.order, restock(this.shelf, `p${step.place}`, step.order), []);
      default: {
        const moved = transfer(this.shelf, `p${step.place}`, 'p0', step.order);
        if (moved !== null) this.keep(step.order, moved, []);
      }
    }
  }

  keep(order: number, moved: Moved, changed: readonly Hold[]): void {
    for (const line of changed) {
      const known = this.holds.find((one) => one.order === order && one.lineId === line.lineId);
      const since = known !== undefined && isWaiting(known) ? known.since : (this.#clock += 1);
      if (known === undefined) this.holds.push({ ...line, order, since });
      else Object.assign(known, { ...line, since });
    }
    this.#book(moved);
    const queue = this.holds.filter(isWaiting).sort((a, b) => a.since - b.since);
    const given = allocate(this.shelf, queue);
    for (const line of given.holds) {
      const known = this.holds.find((one) => one.order === line.order && one.lineId === line.lineId);
      Object.assign(known ?? {}, line);
    }
    this.#book(given);
  }

  #book({ shelf, moves }: Moved): void {
    this.shelf = shelf;
    for (const move of moves) {
      this.ledger.onHand += move.onHand;
      this.ledger.held += move.held;
    }
  }

  units(state: Hold['state']): number {
    return this.holds.filter((one) => one.state === state).reduce((sum, one) => sum + sumOf(one.taken), 0);
  }
}

const one = (onHand: number, held = 0): Shelf => [{ code: 'main', priority: 0, onHand, held }];
const line = (lineId: string, quantity: number, state: Hold['state'], taken = quantity): Hold => ({
  lineId,
  quantity,
  state,
  taken: taken === 0 ? {} : { main: taken },
});

describe('the stock of one SKU', () => {
  it('never promises or sells more than there is at any place, whatever history it has', () => {
    const supplies = array(integer({ min: 0, max: 6 }), { minLength: 3, maxLength: 3 });
    assert(
      property(supplies, constantFrom(0, 0, 3), steps, (supply, limit, history) => {
        const house = new Warehouse(supply, limit);
        for (const step of history) {
          house.run(step);
          expect(heldOf(house.shelf)).toBe(house.units('held'));
          expect(onHandOf(house.shelf)).toBe(house.supply - house.units('committed'));
          expect(house.units('committed') + heldOf(house.shelf)).toBeLessThanOrEqual(house.supply);
          expect(house.owed()).toBeLessThanOrEqual(limit);
          for (const place of house.shelf) {
            expect(place.held).toBeGreaterThanOrEqual(0);
            expect(place.onHand).toBeGreaterThanOrEqual(place.held);
          }
          // Nobody waits while units are free, and the ledger tells it all.
          expect(Math.min(house.owed(), availableOf(house.shelf))).toBe(0);
          expect(house.ledger).toEqual({ onHand: onHandOf(house.shelf), held: heldOf(house.shelf) });
        }
      }),
      { numRuns: 3_000 },
    );
  });

  it('survives a count below what is held at any place: nothing is sold that is not there', () => {
    assert(
      property(
        steps,
        array(integer({ min: 0, max: 4 }), { minLength: 3, maxLength: 3 }),
        (history, counted) => {
          const house = new Warehouse([4, 4, 4], 0);
          for (const [index, step] of history.entries()) {
            if (index % 7 === 6) {
              const [code, onHand] = [`p${index % 3}`, counted[index % 3] ?? 0];
              house.keep(0, count(house.shelf, code, onHand), []);
            } else if (step.act !== 'restock') house.run(step);
            for (const place of house.shelf)
              expect(Math.min(place.onHand, place.held)).toBeGreaterThanOrEqual(0);
            expect(house.ledger).toEqual({ onHand: onHandOf(house.shelf), held: heldOf(house.shelf) });
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('adds up two lines of one order, so that together they never exceed what is free', () => {
    const lines = [
      { lineId: 'a', quantity: 2 },
      { lineId: 'b', quantity: 2 },
    ];
    expect(hold(one(3), [], lines)).toEqual({ ok: false, lineId: 'b', available: 1 });
    expect(hold(one(4), [], lines)).toMatchObject({ ok: true, shelf: one(4, 4) });
  });

  it('takes an expired hold again when units are free, and refuses when they are sold', () => {
    const expired = [line('a', 1, 'expired', 0)];
    const wanted = [{ lineId: 'a', quantity: 1 }];
    expect(commit(one(1), expired, wanted)).toMatchObject({ ok: true, shelf: one(0) });
    expect(commit(one(1, 1), expired, wanted)).toEqual({ ok: false, lineId: 'a', available: 0 });
  });

  it('sells no unit that a count took away, even when it was held', () => {
    const counted = one(1, 2);
    expect(availableOf(counted)).toBe(0);
    expect(commit(counted, [line('a', 2, 'held')], [{ lineId: 'a', quantity: 2 }])).toMatchObject({
      ok: false,
    });
  });

  it('keeps from an order what it gave back, because a late request of it would leak units', () => {
    const released = [line('a', 1, 'released', 0)];
    expect(hold(one(5), released, [{ lineId: 'a', quantity: 1 }])).toMatchObject({ ok: false });
  });

  it('lets a hold shrink and never grow, so that a late request of its order takes nothing again', () => {
    const held = hold(one(5), [], [{ lineId: 'a', quantity: 3 }]);
    if (!held.ok) throw new Error('there are five');
    const less = hold(held.shelf, held.holds, [{ lineId: 'a', quantity: 1 }]);
    expect(less).toMatchObject({ ok: true, shelf: one(5, 1), holds: [{ quantity: 1, state: 'held' }] });
    if (!less.ok) throw new Error('less is always there');
    const late = hold(less.shelf, less.holds, [{ lineId: 'a', quantity: 3 }]);
    expect(late).toMatchObject({ ok: true, shelf: one(5, 1), holds: [] });
    expect(commit(held.shelf, held.holds, [{ lineId: 'a', quantity: 1 }])).toMatchObject({
      ok: true,
      shelf: one(4),
    });
  });

  it('serves an order from one place when one has it all, else from the first ones by priority', () => {
    const shelf: Shelf = [
      { code: 'near', priority: 0, onHand: 2, held: 0 },
      { code: 'far', priority: 1, onHand: 5, held: 0 },
    ];
    const lines = (...quantities: number[]) =>
      quantities.map((quantity, index) => ({ lineId: String(index), quantity }));
    const takenBy = (...quantities: number[]) => {
      const taken = hold(shelf, [], lines(...quantities));
      return taken.ok ? taken.holds.map((each) => each.taken) : null;
    };
    expect(takenBy(2)).toEqual([{ near: 2 }]);
    expect(takenBy(3)).toEqual([{ far: 3 }]);
    expect(takenBy(1, 2)).toEqual([{ far: 1 }, { far: 2 }]);
    expect(takenBy(6)).toEqual([{ near: 2, far: 4 }]);
  });

  it('promises what is not there up to the limit of the backorder, and gives it to the first who waits', () => {
    const first = hold(one(1), [], [{ lineId: 'a', quantity: 3 }], 2);
    expect(first).toMatchObject({ ok: true, shelf: one(1, 1), holds: [{ taken: { main: 1 } }] });
    expect(hold(one(1), [], [{ lineId: 'a', quantity: 4 }], 2)).toMatchObject({ ok: false, available: 3 });
    const queue = [line('a', 3, 'held', 1), line('b', 2, 'committed', 0)];
    const given = allocate(one(4, 1), queue);
    expect(given.shelf).toEqual(one(3, 3));
    expect(given.holds.map(missingOf)).toEqual([0, 1]);
  });
});
