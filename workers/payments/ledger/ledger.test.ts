import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { balanceOf, balancesOf, unbalancedCurrency, type LedgerTransaction } from './accounts.ts';
import { missingTransactions } from './book.ts';
import { checkPayment } from './check.ts';
import type { PaymentFacts } from './facts.ts';
import { happenings, observationsOf, type Happening } from './testing.ts';

/** Books observations as the worker does: one older than what was booked last says nothing new. */
function book(observations: readonly PaymentFacts[]): LedgerTransaction[] {
  const booked: LedgerTransaction[] = [];
  let observedAt = -1;
  for (const facts of observations) {
    if (facts.observedAt < observedAt) continue;
    booked.push(...missingTransactions(facts, booked));
    ({ observedAt } = facts);
  }
  return booked;
}
const last = (observations: readonly PaymentFacts[]): PaymentFacts => {
  const facts = observations.at(-1);
  if (facts === undefined) throw new Error('there is a first observation');
  return facts;
};
const rates = fc.constantFrom(null, 1.25, 0.61);

describe('the ledger of a payment', () => {
  it('has transactions that each sum to zero in each currency, and no key twice', () => {
    fc.assert(
      fc.property(happenings, rates, (history, rate) => {
        const booked = book(observationsOf(history, rate));
        expect(booked.map(({ entries }) => unbalancedCurrency(entries))).toEqual(booked.map(() => null));
        expect(new Set(booked.map(({ key }) => key)).size).toBe(booked.length);
      }),
      { numRuns: 500 },
    );
  });

  it('comes to the same balances whatever was seen before, in whatever order and however often', () => {
    fc.assert(
      fc.property(happenings, rates, fc.array(fc.nat()), (history, rate, picks) => {
        const observations = observationsOf(history, rate);
        const seen = picks.map((pick) => observations[pick % observations.length] ?? last(observations));
        const end = last(observations);
        expect(balancesOf(book([...seen, end]))).toEqual(balancesOf(book([end])));
      }),
      { numRuns: 500 },
    );
  });

  it('books nothing when asked again', () => {
    fc.assert(
      fc.property(happenings, rates, (history, rate) => {
        const observations = observationsOf(history, rate);
        expect(missingTransactions(last(observations), book(observations))).toEqual([]);
      }),
    );
  });

  it('agrees with the provider after each step: authorised = captured + voided + open', () => {
    fc.assert(
      fc.property(happenings, rates, (history, rate) => {
        const observations = observationsOf(history, rate);
        for (const [index, facts] of observations.entries()) {
          const { breaches, figures } = checkPayment(facts, book(observations.slice(0, index + 1)));
          expect(breaches).toEqual([]);
          expect(figures.authorised).toBe(figures.captured + figures.voided + figures.open);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('has in the provider’s balance exactly what its transactions brought, and nothing in between once all is settled', () => {
    fc.assert(
      fc.property(happenings, rates, (history, rate) => {
        const facts = last(observationsOf(history, rate));
        const balances = balancesOf(book([facts]));
        const moved = [...facts.charges, ...facts.refunds, ...facts.disputes].flatMap(
          (each) => each.transactions,
        );
        const net = moved.reduce((sum, each) => sum + each.net, 0);
        expect(balanceOf(balances, 'provider_balance', rate === null ? 'EUR' : 'USD')).toBe(net);
        const allSettled = facts.refunds.every(
          (each) => each.state === 'failed' || each.transactions.length > 0,
        );
        expect(allSettled && balanceOf(balances, 'clearing', 'EUR') !== 0).toBe(false);
      }),
      { numRuns: 300 },
    );
  });
});

const after = (...history: Happening[]): PaymentFacts => last(observationsOf(history, null));
const PAID: Happening[] = [
  { kind: 'authorise', amount: 10_000 },
  { kind: 'capture', share: 1, final: true },
];

describe('what each fact comes to', () => {
  const balances = (facts: PaymentFacts) => {
    const found = balancesOf(book([facts]));
    return Object.fromEntries(
      Object.entries(found).flatMap(([account, { EUR = 0 }]) => (EUR === 0 ? [] : [[account, EUR]])),
    );
  };

  it.each<[string, PaymentFacts, Record<string, number>]>([
    ['a hold', after({ kind: 'authorise', amount: 10_000 }), { hold: 10_000, hold_contra: -10_000 }],
    ['a hold given back', after({ kind: 'authorise', amount: 10_000 }, { kind: 'void' }), {}],
    ['a sale', after(...PAID), { sales: -10_000, provider_balance: 9_975, fees: 25 }],
    [
      'a part captured, the rest released',
      after({ kind: 'authorise', amount: 10_000 }, { kind: 'capture', share: 0.4, final: true }),
      { sales: -4_000, provider_balance: 3_975, fees: 25 },
    ],
    [
      'a refund; the fee stays with the provider',
      after(...PAID, { kind: 'refund', share: 0.5, settles: true }),
      { sales: -10_000, refunds: 5_000, provider_balance: 4_975, fees: 25 },
    ],
    [
      'a refund under way',
      after(...PAID, { kind: 'refund', share: 0.5, settles: false }),
      { sales: -10_000, refunds: 5_000, clearing: -5_000, provider_balance: 9_975, fees: 25 },
    ],
    [
      'a refund that failed',
      after(...PAID, { kind: 'refund', share: 0.5, settles: true }, { kind: 'refund_fails' }),
      { sales: -10_000, provider_balance: 9_975, fees: 25 },
    ],
    [
      'a dispute',
      after(...PAID, { kind: 'dispute', inquiry: false }),
      { sales: -10_000, disputes: 10_000, dispute_fees: 1_500, fees: 25, provider_balance: -1_525 },
    ],
    [
      'a dispute won',
      after(...PAID, { kind: 'dispute', inquiry: false }, { kind: 'dispute_ends', won: true }),
      { sales: -10_000, dispute_fees: 1_500, fees: 25, provider_balance: 8_475 },
    ],
    [
      'a dispute lost',
      after(...PAID, { kind: 'dispute', inquiry: false }, { kind: 'dispute_ends', won: false }),
      { sales: -10_000, chargebacks: 10_000, dispute_fees: 1_500, fees: 25, provider_balance: -1_525 },
    ],
    [
      'an inquiry',
      after(...PAID, { kind: 'dispute', inquiry: true }),
      { sales: -10_000, provider_balance: 9_975, fees: 25 },
    ],
  ])('%s', (_what, facts, expected) => {
    expect(balances(facts)).toEqual(expected);
  });

  it('keeps both currencies honestly where the provider converts', () => {
    const facts = last(observationsOf([...PAID, { kind: 'refund', share: 0.5, settles: true }], 1.25));
    expect(balancesOf(book([facts]))).toMatchObject({
      sales: { EUR: -10_000 },
      refunds: { EUR: 5_000 },
      clearing: { EUR: 0 },
      exchange: { EUR: 5_000, USD: -6_250 },
      provider_balance: { USD: 6_225 },
      fees: { USD: 25 },
    });
  });
});

describe('a breach is found, never booked away', () => {
  const codes = (facts: PaymentFacts, before: PaymentFacts[] = []) => {
    const booked = book([...before, facts]);
    return checkPayment(facts, booked).breaches.map(({ code }) => code);
  };
  const changed = (facts: PaymentFacts, change: (facts: PaymentFacts) => void): PaymentFacts => {
    const copy = structuredClone(facts);
    copy.observedAt += 1;
    change(copy);
    return copy;
  };
  const charge = (facts: PaymentFacts) => {
    const [first] = facts.charges;
    if (first === undefined) throw new Error('there is a charge');
    return first;
  };

  it('when a part of a hold is nowhere', () => {
    const facts = changed(after({ kind: 'authorise', amount: 100 }), (copy) => void (charge(copy).open = 60));
    expect(codes(facts)).toEqual(['hold_does_not_add_up', 'hold_differs']);
  });
  it('when the provider received something else than was captured', () => {
    expect(codes(changed(after(...PAID), (copy) => void (copy.received = 9_000)))).toEqual([
      'received_differs',
    ]);
  });
  it('when what was captured is said to be less than before', () => {
    const facts = after(...PAID);
    const less = changed(facts, (copy) => {
      charge(copy).captured = 9_000;
      charge(copy).voided = 1_000;
      copy.received = 9_000;
    });
    expect(codes(less, [facts])).toContain('figure_fell');
  });
  it('when a bank disputes in another currency, which is booked in that and left out of the figures', () => {
    const facts = changed(
      after(...PAID, { kind: 'dispute', inquiry: false }, { kind: 'dispute_ends', won: false }),
      (copy) => {
        for (const dispute of copy.disputes) Object.assign(dispute, { currency: 'USD', amount: 11_900 });
      },
    );
    expect(codes(facts)).toEqual(['dispute_in_other_currency']);
    expect(balancesOf(book([facts]))).toMatchObject({
      chargebacks: { USD: 11_900 },
      disputes: { USD: 0 },
      exchange: { USD: -11_900, EUR: 10_000 },
      provider_balance: { EUR: -1_525 },
    });
  });
  it('when more goes back than was taken', () => {
    const facts = changed(after(...PAID, { kind: 'refund', share: 1, settles: true }), (copy) => {
      copy.refunds.push({
        ...copy.refunds[0],
        refundId: 're_again',
        at: 0,
        amount: 1,
        state: 'succeeded',
        transactions: [],
      });
    });
    expect(codes(facts)).toEqual(['more_given_back_than_taken']);
  });
});
