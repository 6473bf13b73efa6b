import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY_MS } from '#shared/time/time.ts';
import { changeOfPlan, type Cover, renewal, shareOfTime, unusedWorth } from './proration.ts';

const YEAR = 365 * DAY_MS;
const amounts = fc.integer({ min: 0, max: 100_000_000 });
const lengths = fc.integer({ min: 1, max: 3 * YEAR });
/** A term that was paid for, and a moment in it. */
const terms = fc
  .record({ from: fc.integer({ min: 0, max: 2_000_000_000_000 }), length: lengths, amount: amounts })
  .chain(({ from, length, amount }) =>
    fc.record({
      cover: fc.constant({ from, to: from + length, amount }),
      now: fc.integer({ min: from, max: from + length }),
    }),
  );
const present = ({ from, to }: Cover) => ({ termMs: (to ?? 0) - from, endsAt: to });

describe('time that was paid for', () => {
  it('is worth all before it begins, nothing once it has ended, and less and less between', () => {
    fc.assert(
      fc.property(terms, fc.nat(YEAR), ({ cover, now }, later) => {
        expect(unusedWorth([cover], cover.from - 1)).toBe(cover.amount);
        expect(unusedWorth([cover], cover.to)).toBe(0);
        expect(unusedWorth([cover], now)).toBeGreaterThanOrEqual(unusedWorth([cover], now + later));
        expect(unusedWorth([cover], now)).toBeLessThanOrEqual(cover.amount);
      }),
    );
  });

  it('and its rest are the whole but for a rounded minor unit: 10.00 for three days are 6.67 after one', () => {
    expect(shareOfTime(1_000, 2, 3)).toBe(667);
    expect(shareOfTime(1, 1, 2)).toBe(1);
    fc.assert(
      fc.property(amounts, lengths, fc.nat(), (amount, whole, at) => {
        const part = at % (whole + 1);
        const sum = shareOfTime(amount, part, whole) + shareOfTime(amount, whole - part, whole);
        expect(sum - amount).toBeGreaterThanOrEqual(0);
        expect(sum - amount).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('another plan within the term', () => {
  it('costs nothing where its price is the same, and less than nothing only where it is cheaper', () => {
    fc.assert(
      fc.property(terms, amounts, ({ cover, now }, amount) => {
        const { cost, unused } = changeOfPlan(
          [cover],
          present(cover),
          { amount, termMs: cover.to - cover.from },
          now,
        );
        expect(Math.sign(cost - unused) * Math.sign(amount - cover.amount)).toBeGreaterThanOrEqual(0);
        expect(amount !== cover.amount || cost === unused).toBe(true);
      }),
    );
  });

  it('never costs more in two steps at one moment than in one, and leaves the time paid for as it is', () => {
    fc.assert(
      fc.property(terms, amounts, amounts, ({ cover, now }, middle, last) => {
        const termMs = cover.to - cover.from;
        const first = changeOfPlan([cover], present(cover), { amount: middle, termMs }, now);
        const second = changeOfPlan(first.covers, present(cover), { amount: last, termMs }, now);
        const atOnce = changeOfPlan([cover], present(cover), { amount: last, termMs }, now);
        expect(first.cost - first.unused + second.cost - second.unused).toBe(atOnce.cost - atOnce.unused);
        expect(second.covers).toEqual([{ from: now, to: cover.to, amount: atOnce.cost }]);
      }),
    );
  });

  it('half way through a year costs half the difference: from 120.00 to 300.00 it is 90.00', () => {
    const cover = { from: 0, to: YEAR, amount: 12_000 };
    const changed = changeOfPlan([cover], present(cover), { amount: 30_000, termMs: YEAR }, YEAR / 2);
    expect(changed).toEqual({
      cost: 15_000,
      unused: 6_000,
      covers: [{ from: YEAR / 2, to: YEAR, amount: 15_000 }],
      beginsAnew: false,
    });
  });

  it('with another length of term begins anew, and what was paid for and not used pays a part of it', () => {
    const month = { from: 0, to: 30 * DAY_MS, amount: 3_000 };
    const changed = changeOfPlan([month], present(month), { amount: 30_000, termMs: YEAR }, 10 * DAY_MS);
    expect(changed).toMatchObject({ cost: 30_000, unused: 2_000, beginsAnew: true });
    expect(changed.covers).toEqual([{ from: 10 * DAY_MS, to: 10 * DAY_MS + YEAR, amount: 30_000 }]);
  });

  it('of what is owned for ever costs the difference of the prices', () => {
    const bought = { from: 5, to: null, amount: 4_900 };
    const changed = changeOfPlan(
      [bought],
      { termMs: null, endsAt: null },
      { amount: 9_900, termMs: null },
      YEAR,
    );
    expect(changed).toMatchObject({ cost: 9_900, unused: 4_900, covers: [{ to: null, amount: 9_900 }] });
  });
});

describe('a renewal', () => {
  it('adds a whole term after the present one, or from now on, and keeps what was paid before', () => {
    fc.assert(
      fc.property(terms, amounts, lengths, fc.nat(YEAR), ({ cover, now }, amount, termMs, late) => {
        const soon = renewal([cover], { endsAt: cover.to, amount, termMs }, now);
        expect([soon.from, soon.to]).toEqual([cover.to, cover.to + termMs]);
        expect(unusedWorth(soon.covers, now)).toBe(unusedWorth([cover], now) + amount);
        const after = renewal([cover], { endsAt: cover.to, amount, termMs }, cover.to + late);
        expect(after.covers).toEqual([{ from: cover.to + late, to: cover.to + late + termMs, amount }]);
      }),
    );
  });
});
