import {
  array,
  assert,
  boolean,
  constantFrom,
  integer,
  option,
  property,
  record,
  shuffledSubarray,
} from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findingOf } from './conditions.ts';
import { isAtLeast, OUTCOMES, outcomeOf, SCORE_MAX, thresholdsSchema } from './outcome.ts';
import { type Condition, conditionSchema, type ConditionKind, type FraudRule } from './rule.ts';
import { scoreOf } from './score.ts';
import type { ProviderRisk, Signals } from './signals.ts';
import { CALM, EXAMPLES, signals } from './testing/examples.ts';

const KINDS = Object.keys(EXAMPLES) as ConditionKind[];
const cases = KINDS.flatMap((kind) => {
  const { condition, counts, spares } = EXAMPLES[kind];
  return [
    ...Object.entries(counts).map(([name, example]) => ({ kind, name, condition, example, found: true })),
    ...Object.entries(spares).map(([name, example]) => ({ kind, name, condition, example, found: false })),
  ];
});
const rule = (condition: Condition, values: Partial<FraudRule> = {}): FraudRule => ({
  id: 'frl_1',
  enabled: true,
  score: 10,
  condition,
  reason: 'because',
  ...values,
});
const THRESHOLDS = { challenge: 30, review: 60, block: 90 };

/** Each signal in the form that speaks for nobody, and in the one that speaks against the order. */
const LOUDER: Record<string, { quiet: Partial<Signals>; loud: Partial<Signals> }> = {
  amount: {
    quiet: { amount: { amount: 1, currency: 'EUR' } },
    loud: { amount: { amount: 9_999, currency: 'EUR' } },
  },
  age: { quiet: { accountAgeMs: null }, loud: { accountAgeMs: 0 } },
  mail: { quiet: { disposableEmail: null }, loud: { disposableEmail: true } },
  countries: {
    quiet: { countries: { card: null, shipping: null, client: null } },
    loud: { countries: { card: 'US', shipping: 'DE', client: 'FR' } },
  },
  counts: {
    quiet: { counts: [] },
    loud: { counts: [{ subject: 'card', object: 'o', windowSeconds: 3_600, orders: 400 }] },
  },
  risk: {
    quiet: { risk: null },
    loud: {
      risk: {
        ...CALM,
        level: 'highest',
        score: 99,
        review: 'open',
        earlyWarning: true,
        cvcCheck: 'fail',
      } satisfies ProviderRisk,
    },
  },
};
const rulesArbitrary = array(
  record({
    kind: constantFrom(...KINDS),
    score: integer({ min: 1, max: SCORE_MAX }),
    enabled: boolean(),
  }),
  { maxLength: 12 },
).map((drawn) =>
  drawn.map(({ kind, score, enabled }, index) =>
    rule(EXAMPLES[kind].condition, { id: `frl_${index}`, score, enabled }),
  ),
);
const namesArbitrary = shuffledSubarray(Object.keys(LOUDER));
const signalsWith = (loud: readonly string[]): Signals =>
  signals(
    Object.assign(
      {},
      ...Object.entries(LOUDER).map(([name, form]) => (loud.includes(name) ? form.loud : form.quiet)),
    ) as Partial<Signals>,
  );

describe('what makes an order suspicious', () => {
  it.each(cases)('$kind and $name: $found', ({ condition, example, found }) => {
    expect(findingOf(condition, signals(example)) !== null).toBe(found);
  });

  it('has examples that are rules an operator could set', () => {
    for (const kind of KINDS) expect(conditionSchema.parse(EXAMPLES[kind].condition).kind).toBe(kind);
  });

  it('adds the scores of what was found, and names each with its reason', () => {
    const rules = [
      rule(EXAMPLES.amount.condition, { id: 'a', score: 20, reason: 'large' }),
      rule(EXAMPLES.disposable_email.condition, { id: 'b', score: 15 }),
      rule(EXAMPLES.new_account.condition, { id: 'c', score: 99 }),
    ];
    const found = scoreOf(
      rules,
      THRESHOLDS,
      signals({ amount: { amount: 6_000, currency: 'EUR' }, disposableEmail: true }),
    );
    expect([found.score, found.outcome, found.hits.map(({ ruleId, reason }) => [ruleId, reason])]).toEqual([
      35,
      'challenge',
      [
        ['a', 'large'],
        ['b', 'because'],
      ],
    ]);
  });

  it('takes each outcome from its threshold on', () => {
    expect([0, 29, 30, 59, 60, 89, 90, 1_000].map((score) => outcomeOf(score, THRESHOLDS))).toEqual([
      'allow',
      'allow',
      'challenge',
      'challenge',
      'review',
      'review',
      'block',
      'block',
    ]);
    expect(OUTCOMES.map((outcome) => isAtLeast(outcome, 'review'))).toEqual([false, false, true, true]);
  });

  it('takes no thresholds that fall', () => {
    expect(thresholdsSchema.safeParse({ challenge: 50, review: 40, block: 90 }).success).toBe(false);
    expect(thresholdsSchema.safeParse({ challenge: 40, review: 40, block: 40 }).success).toBe(true);
  });

  it('never becomes milder with one signal more, whatever the rules', () => {
    assert(
      property(
        rulesArbitrary,
        namesArbitrary,
        option(constantFrom(...Object.keys(LOUDER))),
        (rules, loud, more) => {
          const before = scoreOf(rules, THRESHOLDS, signalsWith(loud));
          const after = scoreOf(rules, THRESHOLDS, signalsWith(more === null ? loud : [...loud, more]));
          expect(after.score).toBeGreaterThanOrEqual(before.score);
          expect(isAtLeast(after.outcome, before.outcome)).toBe(true);
        },
      ),
    );
  });

  it('never becomes milder with one rule more', () => {
    assert(
      property(rulesArbitrary, rulesArbitrary, namesArbitrary, (rules, more, loud) => {
        const before = scoreOf(rules, THRESHOLDS, signalsWith(loud));
        const after = scoreOf([...rules, ...more], THRESHOLDS, signalsWith(loud));
        expect(isAtLeast(after.outcome, before.outcome)).toBe(true);
      }),
    );
  });

  it('never counts a rule that is not enabled', () => {
    assert(
      property(rulesArbitrary, namesArbitrary, (rules, loud) => {
        const enabled = rules.filter((each) => each.enabled);
        expect(scoreOf(rules, THRESHOLDS, signalsWith(loud))).toEqual(
          scoreOf(enabled, THRESHOLDS, signalsWith(loud)),
        );
      }),
    );
  });

  it('does not depend on the order of the rules', () => {
    assert(
      property(rulesArbitrary, namesArbitrary, (rules, loud) => {
        const { score, outcome } = scoreOf(rules, THRESHOLDS, signalsWith(loud));
        expect(scoreOf(rules.toReversed(), THRESHOLDS, signalsWith(loud))).toMatchObject({
          score,
          outcome,
        });
      }),
    );
  });
});
