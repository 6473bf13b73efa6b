import { array, assert, constantFrom, integer, property, record } from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  sequentialStock,
  type StockInput,
  type StockOutput,
} from '../../durable-objects/stock/testing/sequential.ts';
import { type Call, linearize } from './linearizability.ts';

type Entry = [from: number, to: number, input: StockInput, output?: StockOutput];
interface Plan {
  units: number;
  inputs: { act: 'hold' | 'commit' | 'giveBack'; order: number; before: number; after: number }[];
}
const NEVER = Number.POSITIVE_INFINITY;
const isLinear = (units: number, ...entries: Entry[]): boolean =>
  linearize(
    sequentialStock(units),
    entries.map(([invoked, returned, input, output]): Call<StockInput, StockOutput> => ({
      invoked,
      returned,
      input,
      ...(output === undefined ? {} : { output }),
    })),
  ) !== null;
const hold = (order: number, quantity = 1): StockInput => ({ act: 'hold', order, quantity });
const commit = (order: number, quantity = 1): StockInput => ({ act: 'commit', order, quantity });
const giveBack = (order: number): StockInput => ({ act: 'giveBack', order });
const expire = (order: number): StockInput => ({ act: 'expire', order });

describe('the checker of histories', () => {
  it.each<[string, boolean]>([
    ['two buyers get the one unit', isLinear(1, [1, 4, hold(1), true], [2, 3, hold(2), true])],
    [
      'a buyer is refused although a unit was free all the time',
      isLinear(2, [1, 2, hold(1), true], [3, 4, hold(2), false]),
    ],
    [
      'a unit given back is still missing afterwards',
      isLinear(1, [1, 2, hold(1), true], [3, 4, giveBack(1), true], [5, 6, hold(2), false]),
    ],
    ['an order sells what it gave back', isLinear(1, [1, 2, giveBack(1), true], [3, 4, commit(1), true])],
    ['a hold is seen before it began', isLinear(1, [1, 2, hold(2), false], [3, 4, hold(1), true])],
    [
      'a unit is sold again that was sold',
      isLinear(1, [1, 2, commit(1), true], [3, 4, expire(1), true], [5, 6, hold(2), true]),
    ],
    [
      'a hold expires that may not yet',
      isLinear(1, [1, 2, hold(1), true], [3, 4, hold(2), true], [5, NEVER, expire(1)]),
    ],
    [
      'a refusal and a later refusal disagree with a return between them',
      isLinear(
        1,
        [1, 2, hold(1), true],
        [3, 4, hold(2), false],
        [5, 6, giveBack(1), true],
        [7, 8, hold(3), true],
        [9, 10, hold(4), true],
      ),
    ],
    ['half of a large order is granted', isLinear(3, [1, 2, hold(1, 2), true], [3, 4, hold(2, 2), true])],
    [
      'a restock that ended is not there',
      isLinear(0, [1, 2, { act: 'restock', quantity: 1 }, true], [3, 4, hold(1), false]),
    ],
  ])('finds out that %s', (_, isExplained) => {
    expect(isExplained).toBe(false);
  });

  it.each<[string, boolean]>([
    [
      'the refused of two overlapping buyers came first or second',
      isLinear(1, [1, 4, hold(1), true], [2, 3, hold(2), false]),
    ],
    [
      'a unit given back meanwhile may be there or not',
      isLinear(
        1,
        [1, 2, hold(1), true],
        [3, 8, giveBack(1), true],
        [4, 5, hold(2), false],
        [6, 7, hold(3), true],
      ),
    ],
    ['a call without an answer took effect', isLinear(1, [1, NEVER, hold(1)], [2, 3, hold(2), false])],
    ['a call without an answer took none', isLinear(1, [1, NEVER, hold(1)], [2, 3, hold(2), true])],
    [
      'a hold expired in time for the next',
      isLinear(
        1,
        [1, 2, hold(1), true],
        [3, NEVER, expire(1)],
        [4, 5, hold(2), true],
        [6, 7, commit(1), false],
      ),
    ],
    [
      'a repeated call answers the same',
      isLinear(
        1,
        [1, 2, hold(1), true],
        [3, 4, hold(1), true],
        [5, 6, commit(1), true],
        [7, 8, commit(1), true],
      ),
    ],
  ])('accepts that %s', (_, isExplained) => {
    expect(isExplained).toBe(true);
  });

  const plans = record({
    units: integer({ min: 0, max: 3 }),
    inputs: array(
      record({
        act: constantFrom<'hold' | 'commit' | 'giveBack'>('hold', 'hold', 'commit', 'giveBack'),
        order: integer({ min: 0, max: 3 }),
        before: integer({ min: 0, max: 5 }),
        after: integer({ min: 0, max: 5 }),
      }),
      { minLength: 1, maxLength: 10 },
    ),
    lie: integer({ min: 0, max: 9 }),
  });
  /** A history that did happen one by one; each call is seen from a while before its instant to a while after. */
  function happened(plan: Plan, isWide: boolean): Call<StockInput, StockOutput>[] {
    const model = sequentialStock(plan.units);
    let state = model.initial;
    return plan.inputs.map(({ act, order, before, after }, index): Call<StockInput, StockOutput> => {
      const input: StockInput = act === 'giveBack' ? { act, order } : { act, order, quantity: 1 };
      const granted = model.step(state, input, true);
      const output = granted !== null;
      state = granted ?? model.step(state, input, false) ?? state;
      const [early, late] = isWide ? [before, after] : [0, 0];
      return { invoked: index * 2 - early, returned: index * 2 + 1 + late, input, output };
    });
  }

  it('accepts whatever did happen, however long each call seemed to take', () => {
    assert(
      property(plans, (plan) => {
        expect(linearize(sequentialStock(plan.units), happened(plan, true))).not.toBeNull();
      }),
      { numRuns: 1_000 },
    );
  });

  it('finds every single wrong answer when no two calls overlap', () => {
    assert(
      property(plans, (plan) => {
        const history = happened(plan, false);
        const lie = history.filter(({ input }) => input.act !== 'giveBack')[plan.lie];
        if (lie === undefined) return;
        lie.output = lie.output !== true;
        expect(linearize(sequentialStock(plan.units), history)).toBeNull();
      }),
      { numRuns: 1_000 },
    );
  });
});
