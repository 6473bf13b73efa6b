import type { OrderState, PaymentStatus } from '#shared/contracts/http/orders.ts';
import type { Combination, Outcome } from './dimensions.ts';

/** Where a combination must end, whatever its webhooks did. Amounts as parts of the order's total. */
export interface Ending {
  states: readonly OrderState[];
  paymentStatus: readonly PaymentStatus[];
  /** Figures of the ledger, of what gift cards leave; null: there is no payment in it, or none that moved money. */
  ledger: { captured: number; refunded: number; chargedBack: number } | null;
  /** Units of the first line that left the shelf; of what is owned how often it was changed. */
  unitsSold: 0 | 1;
  /** Disputes the order has heard of, by how they ended. */
  disputes: readonly ('won' | 'lost')[];
}

const PAID: Ending = {
  states: ['completed'],
  paymentStatus: ['captured'],
  ledger: { captured: 1, refunded: 0, chargedBack: 0 },
  unitsSold: 1,
  disputes: [],
};
const UNPAID: Ending = {
  states: ['cancelled'],
  paymentStatus: ['voided', 'failed'],
  ledger: { captured: 0, refunded: 0, chargedBack: 0 },
  unitsSold: 0,
  disputes: [],
};
/** The part of the total that is refunded in the provider's dashboard where it is not all. */
export const PART_OUTSIDE = 0.2;

const BY_OUTCOME: Partial<Record<Outcome, Ending>> = {
  succeeds: PAID,
  'settles late': PAID,
  // As before it, so that only the dispute itself shows that the order heard of it.
  'dispute won': { ...PAID, disputes: ['won'] },
  // What was delivered stays out of reach, and a person decides what becomes of it.
  'dispute lost': {
    ...PAID,
    states: ['needs_operator'],
    paymentStatus: ['charged_back'],
    ledger: { captured: 1, refunded: 0, chargedBack: 1 },
    disputes: ['lost'],
  },
  'refunded outside': {
    ...PAID,
    paymentStatus: ['refunded'],
    ledger: { captured: 1, refunded: 1, chargedBack: 0 },
  },
  // Nobody but a person knows what the money was given back for.
  'partly refunded outside': {
    ...PAID,
    states: ['needs_operator'],
    paymentStatus: ['partially_refunded'],
    ledger: { captured: 1, refunded: PART_OUTSIDE, chargedBack: 0 },
  },
};

export function endingOf({ method, outcome }: Combination): Ending {
  if (method === 'nothing') return { ...PAID, paymentStatus: ['not_required'], ledger: null };
  if (method === 'gift_card') return { ...PAID, ledger: null };
  return BY_OUTCOME[outcome] ?? UNPAID;
}
