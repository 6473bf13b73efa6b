import * as fc from 'fast-check';
import type { BalanceTransaction, ChargeFact, DisputeFact, PaymentFacts, RefundFact } from './facts.ts';

/** What can happen to a payment at the provider, as it happens; sizes are fractions of what is possible then. */
export type Happening =
  | { kind: 'attempt_fails' }
  | { kind: 'authorise'; amount: number }
  | { kind: 'capture'; share: number; final: boolean }
  | { kind: 'void' }
  | { kind: 'refund'; share: number; settles: boolean }
  | { kind: 'refund_fails' }
  | { kind: 'dispute'; inquiry: boolean }
  | { kind: 'dispute_ends'; won: boolean };

const share = fc.double({ min: 0.01, max: 1, noNaN: true });
export const happenings: fc.Arbitrary<Happening[]> = fc.array(
  fc.oneof<fc.Arbitrary<Happening>[]>(
    fc.constant({ kind: 'attempt_fails' as const }),
    fc.record({ kind: fc.constant('authorise' as const), amount: fc.integer({ min: 50, max: 1_000_000 }) }),
    fc.record({ kind: fc.constant('capture' as const), share, final: fc.boolean() }),
    fc.constant({ kind: 'void' as const }),
    fc.record({ kind: fc.constant('refund' as const), share, settles: fc.boolean() }),
    fc.constant({ kind: 'refund_fails' as const }),
    fc.record({ kind: fc.constant('dispute' as const), inquiry: fc.boolean() }),
    fc.record({ kind: fc.constant('dispute_ends' as const), won: fc.boolean() }),
  ),
  { maxLength: 14 },
);

const FIRST = Date.UTC(2026, 0, 1);
const FEE_FIXED = 25;
const DISPUTE_FEE = 1_500;

/** A provider with one payment: each happening is told as what is on record after it. `rate`: null settles without exchange. */
export function provider(rate: number | null): { facts: PaymentFacts; happen(what: Happening): void } {
  const facts: PaymentFacts = {
    provider: 'stripe',
    paymentId: 'pi_1',
    orderId: null,
    observedAt: FIRST,
    createdAt: FIRST,
    currency: 'EUR',
    received: 0,
    charges: [],
    refunds: [],
    disputes: [],
  };
  let ids = 0;
  const move = (category: string, amount: number, fee: number): BalanceTransaction => {
    const settled = Math.round(amount * (rate ?? 1));
    return {
      id: `txn_${(ids += 1)}`,
      category,
      at: facts.observedAt,
      availableAt: facts.observedAt,
      currency: rate === null ? 'EUR' : 'USD',
      amount: settled,
      fee,
      net: settled - fee,
      exchangeRate: rate === null ? null : String(rate),
    };
  };
  const live = (): ChargeFact | undefined => facts.charges.find((charge) => charge.authorised > 0);
  const givenBack = (): number =>
    facts.refunds.reduce((sum, refund) => sum + (refund.state === 'failed' ? 0 : refund.amount), 0);
  const newCharge = (authorised: number): ChargeFact => ({
    chargeId: `ch_${(ids += 1)}`,
    at: facts.observedAt,
    authorised,
    captured: 0,
    voided: 0,
    open: authorised,
    transactions: [],
  });
  const steps: { [Kind in Happening['kind']]: (what: Extract<Happening, { kind: Kind }>) => void } = {
    attempt_fails: () => void facts.charges.push(newCharge(0)),
    authorise: ({ amount }) => {
      if (live() === undefined) facts.charges.push(newCharge(amount));
    },
    capture: ({ share, final }) => {
      const charge = live();
      if (charge === undefined || charge.open === 0) return;
      const amount = Math.max(1, Math.floor(charge.open * share));
      charge.captured += amount;
      charge.open = final ? 0 : charge.open - amount;
      charge.voided = charge.authorised - charge.captured - charge.open;
      charge.transactions.push(move('charge', amount, FEE_FIXED));
      facts.received += amount;
    },
    void: () => {
      const charge = live();
      if (charge === undefined) return;
      charge.voided += charge.open;
      charge.open = 0;
    },
    refund: ({ share, settles }) => {
      const left = facts.received - givenBack();
      if (left <= 0 || facts.disputes.length > 0) return;
      const amount = Math.max(1, Math.floor(left * share));
      const refund: RefundFact = {
        refundId: `re_${(ids += 1)}`,
        at: facts.observedAt,
        amount,
        state: settles ? 'succeeded' : 'pending',
        transactions: settles ? [move('refund', -amount, 0)] : [],
      };
      facts.refunds.push(refund);
    },
    refund_fails: () => {
      const refund = facts.refunds.find((each) => each.state !== 'failed');
      if (refund === undefined) return;
      refund.state = 'failed';
      if (refund.transactions.length > 0) refund.transactions.push(move('refund_failure', refund.amount, 0));
    },
    dispute: ({ inquiry }) => {
      const amount = facts.received - givenBack();
      if (amount <= 0 || facts.disputes.length > 0) return;
      const dispute: DisputeFact = {
        disputeId: `dp_${(ids += 1)}`,
        at: facts.observedAt,
        currency: facts.currency,
        amount,
        state: inquiry ? 'warning' : 'open',
        reason: 'fraudulent',
        dueBy: null,
        transactions: inquiry ? [] : [move('dispute', -amount, DISPUTE_FEE)],
      };
      facts.disputes.push(dispute);
    },
    dispute_ends: ({ won }) => {
      const [dispute] = facts.disputes;
      if (dispute === undefined || dispute.state !== 'open') return;
      dispute.state = won ? 'won' : 'lost';
      if (won) dispute.transactions.push(move('dispute_reversal', dispute.amount, 0));
    },
  };
  return {
    facts,
    happen(what) {
      facts.observedAt += 60_000;
      (steps[what.kind] as (what: Happening) => void)(what);
    },
  };
}

/** What is on record after each happening, the empty record first. */
export function observationsOf(history: readonly Happening[], rate: number | null): PaymentFacts[] {
  const { facts, happen } = provider(rate);
  return [
    structuredClone(facts),
    ...history.map((what) => {
      happen(what);
      return structuredClone(facts);
    }),
  ];
}
