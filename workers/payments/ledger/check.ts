import { balanceOf, balancesOf, type LedgerTransaction } from './accounts.ts';
import { levelOf } from './book.ts';
import type { PaymentFacts } from './facts.ts';

/** Figures of one payment in the customer's currency, minor units, as the provider has them. */
export interface Figures {
  authorised: number;
  captured: number;
  voided: number;
  open: number;
  /** Made or under way. */
  refunded: number;
  /** Withdrawn and undecided. */
  disputed: number;
  chargedBack: number;
}

export const BREACH_CODES = [
  'hold_does_not_add_up',
  'hold_differs',
  'received_differs',
  'figure_fell',
  'more_given_back_than_taken',
  'dispute_in_other_currency',
] as const;
/** Something that must never be. `code` names the rule, `detail` the figures. */
export interface Breach {
  code: (typeof BREACH_CODES)[number];
  detail: string;
}

export interface Check {
  figures: Figures;
  breaches: Breach[];
  /** Agreed with the customer and not in the provider's balance yet; not zero for long means that something is missing. */
  unsettled: number;
}

/**
 * Holds the ledger of one payment against what the provider says. The first rule is the invariant of every payment:
 * authorised = captured + voided + open.
 */
export function checkPayment(facts: PaymentFacts, transactions: readonly LedgerTransaction[]): Check {
  const { currency } = facts;
  const balances = balancesOf(transactions);
  const balance = (account: Parameters<typeof balanceOf>[1]): number =>
    balanceOf(balances, account, currency);
  const sum = (pick: 'authorised' | 'captured' | 'voided' | 'open'): number =>
    facts.charges.reduce((total, charge) => total + charge[pick], 0);
  const figures: Figures = {
    authorised: sum('authorised'),
    captured: sum('captured'),
    voided: sum('voided'),
    open: sum('open'),
    refunded: facts.refunds.reduce((total, each) => total + (each.state === 'failed' ? 0 : each.amount), 0),
    disputed: balance('disputes'),
    chargedBack: balance('chargebacks'),
  };
  const breaches: Breach[] = [];
  const must = (holds: boolean, code: Breach['code'], detail: string): void => {
    if (!holds) breaches.push({ code, detail });
  };
  const { authorised, captured, voided, open, refunded } = figures;
  must(
    authorised === captured + voided + open,
    'hold_does_not_add_up',
    `authorised ${authorised} is not captured ${captured} + voided ${voided} + open ${open}`,
  );
  must(
    balance('hold') === open,
    'hold_differs',
    `${balance('hold')} is booked as held, the provider holds ${open}`,
  );
  must(
    captured === facts.received,
    'received_differs',
    `charges were captured for ${captured}, received is ${facts.received}`,
  );
  for (const charge of facts.charges) {
    for (const kind of ['authorised', 'captured', 'voided'] as const) {
      const level = levelOf(transactions, kind, charge.chargeId);
      must(
        level <= charge[kind],
        'figure_fell',
        `${kind} of ${charge.chargeId} was ${level} and is ${charge[kind]} now`,
      );
    }
  }
  must(
    refunded + figures.chargedBack <= captured,
    'more_given_back_than_taken',
    `refunded ${refunded} and charged back ${figures.chargedBack} of captured ${captured}`,
  );
  for (const dispute of facts.disputes) {
    must(
      dispute.currency === currency || dispute.state === 'won',
      'dispute_in_other_currency',
      `${dispute.disputeId} is about ${dispute.amount} ${dispute.currency} of a payment in ${currency}`,
    );
  }
  return { figures, breaches, unsettled: balance('clearing') };
}
