import { describe, expect, it } from 'vitest';
import {
  commit,
  count,
  expire,
  giveBack,
  type Hold,
  hold,
  isWaiting,
  type Shelf,
  transfer,
} from './machine.ts';

const place = (code: string, onHand: number, held = 0, priority = 0) => ({ code, priority, onHand, held });
const line = (lineId: string, state: Hold['state'], taken: Hold['taken'], quantity = 3): Hold => ({
  lineId,
  quantity,
  state,
  taken,
});
const SHELF: Shelf = [place('near', 5, 3), place('far', 4, 2, 1)];

describe('what an order gives back', () => {
  it('is free again where it was held, and back on the shelf where it was sold', () => {
    const back = giveBack(SHELF, [
      line('a', 'held', { near: 3 }),
      line('b', 'committed', { near: 1, far: 2 }),
    ]);
    expect(back.shelf).toEqual([place('near', 6, 0), place('far', 6, 2, 1)]);
    expect(back.holds).toEqual([line('a', 'released', {}), line('b', 'returned', {})]);
    expect(back.moves).toEqual([
      { type: 'release', location: 'near', onHand: 0, held: -3, lineId: 'a' },
      { type: 'return', location: 'near', onHand: 1, held: 0, lineId: 'b' },
      { type: 'return', location: 'far', onHand: 2, held: 0, lineId: 'b' },
    ]);
  });

  it('are the lines that are named alone', () => {
    const present = [line('a', 'held', { near: 2 }), line('b', 'held', { near: 1 })];
    expect(giveBack(SHELF, present, ['b'])).toMatchObject({
      shelf: [{ held: 2 }, { held: 2 }],
      holds: [{ lineId: 'b', state: 'released' }],
    });
    expect(giveBack(SHELF, present, []).holds).toEqual([]);
  });

  it('is nothing a second time; what ran out can never be taken anew', () => {
    const ended = [line('a', 'released', {}), line('b', 'returned', {}), line('c', 'expired', {})];
    const back = giveBack(SHELF, ended);
    expect(back).toEqual({ shelf: SHELF, moves: [], holds: [line('c', 'released', {})] });
  });

  it('leaves out units that came back before, from the first places on', () => {
    const sold = [line('a', 'committed', { near: 2, far: 1 })];
    const restocked = [{ lineId: 'a', quantity: 2 }];
    expect(giveBack(SHELF, sold, null, restocked).moves).toEqual([
      { type: 'return', location: 'far', onHand: 1, held: 0, lineId: 'a' },
    ]);
    expect(giveBack(SHELF, sold, null, [{ lineId: 'b', quantity: 2 }]).moves).toHaveLength(2);
    expect(giveBack(SHELF, sold, null, [{ lineId: 'a', quantity: 9 }]).moves).toEqual([]);
  });
});

it('only what is still held runs out', () => {
  const due = [line('a', 'held', { near: 3 }), line('b', 'committed', { far: 2 })];
  const over = expire(SHELF, due);
  expect(over.holds).toEqual([line('a', 'expired', {})]);
  expect(over.shelf).toEqual([place('near', 5, 0), place('far', 4, 2, 1)]);
});

it('a line waits while units promised to it are missing, and not once it is over', () => {
  const waits = (state: Hold['state'], units: number) => isWaiting(line('a', state, { near: units }));
  expect([waits('held', 2), waits('committed', 2), waits('held', 3)]).toEqual([true, true, false]);
  expect([waits('expired', 0), waits('released', 0), waits('returned', 0)]).toEqual([false, false, false]);
});

describe('an order that wants less of what it holds', () => {
  const present = [line('a', 'held', { near: 1, far: 2 })];
  const shelf = [place('near', 5, 1), place('far', 4, 2, 1)];

  it('gives up the units of the last places first', () => {
    const less = hold(shelf, present, [{ lineId: 'a', quantity: 2 }]);
    expect(less).toMatchObject({ ok: true, holds: [{ quantity: 2, taken: { near: 1, far: 1 } }] });
    expect(hold(shelf, present, [{ lineId: 'a', quantity: 1 }])).toMatchObject({
      moves: [{ type: 'release', location: 'far', held: -2 }],
      holds: [{ quantity: 1, taken: { near: 1, far: 0 } }],
    });
    expect(hold(shelf, present, [{ lineId: 'a', quantity: 3 }])).toMatchObject({ moves: [], holds: [] });
  });

  it('and names the line twice, is heard once', () => {
    const twice = [1, 2].map((quantity) => ({ lineId: 'a', quantity }));
    expect(hold(shelf, present, twice)).toMatchObject({ holds: [{ quantity: 1 }] });
  });

  it('is sold no more than it wants', () => {
    const sold = commit(shelf, present, [{ lineId: 'a', quantity: 2 }]);
    expect(sold).toMatchObject({ ok: true, holds: [{ state: 'committed', taken: { near: 1, far: 1 } }] });
    expect(sold.ok ? sold.shelf : []).toEqual([place('near', 4, 0), place('far', 3, 0, 1)]);
  });

  it('what is sold is not sold again', () => {
    const before = [line('a', 'committed', { near: 3 })];
    expect(commit(shelf, before, [{ lineId: 'a', quantity: 3 }])).toMatchObject({ moves: [], holds: [] });
  });
});

it('an order is served whole from the first place that has it all, else from each in turn', () => {
  const shelf = [place('near', 2), place('far', 4, 0, 1)];
  const taken = (quantity: number) => hold(shelf, [], [{ lineId: 'a', quantity }]);
  expect(taken(2)).toMatchObject({ holds: [{ taken: { near: 2 } }] });
  expect(taken(4)).toMatchObject({ holds: [{ taken: { far: 4 } }] });
  expect(taken(5)).toMatchObject({ holds: [{ taken: { near: 2, far: 3 } }] });
  expect(taken(7)).toEqual({ ok: false, lineId: 'a', available: 6 });
});

it('a count says what is there, a transfer takes what is free and no more', () => {
  expect(count(SHELF, 'near', 2)).toEqual({
    shelf: [place('near', 2, 3), place('far', 4, 2, 1)],
    moves: [{ type: 'count', location: 'near', onHand: -3, held: 0, lineId: null }],
  });
  const moved = (quantity: number) => transfer(SHELF, 'near', 'far', quantity);
  expect(moved(2)?.shelf).toEqual([place('near', 3, 3), place('far', 6, 2, 1)]);
  expect(moved(3)).toBeNull();
});
