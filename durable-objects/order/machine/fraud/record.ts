import type { Assessed, ClientOrigin, Phase } from '../../../fraud/face.ts';
import type { PaymentInstrument, PaymentRisk } from '#shared/contracts/payments.ts';
import type { Actor, OrderDocument } from '../document.ts';

/** Why a person is asked about an order under way; the customer reads the code too, so it tells him nothing. */
export const SUSPICION = 'payment_check';

/** One look at the order. */
export interface Assessment extends Assessed {
  phase: Phase;
  /** What it looked at, see `subjectOf`. */
  of: string;
  /** Epoch milliseconds. */
  at: number;
}

export interface ReviewDecision {
  decision: 'approve' | 'refuse';
  /** The system's when the payment service's own review decided. */
  by: Actor;
  why: string;
  at: number;
}

/** A person is to decide. Times are epoch milliseconds. */
export interface Review {
  since: number;
  /** Nobody decided until then: the order is undone. */
  until: number;
  remindAt: number;
  reminded: boolean;
  decision: ReviewDecision | null;
}

/** What is known of the risk of an order. Optional in a document: older orders have none. */
export interface FraudRecord {
  origin: ClientOrigin;
  accountCreatedAt: number | null;
  /** Of the live payment, as the provider last told. */
  instrument: PaymentInstrument | null;
  risk: PaymentRisk | null;
  /** Before anything was held; null: not assessed yet. */
  placing: Assessment | null;
  /** Of the live payment, the newest. */
  payment: Assessment | null;
  /** What the newest assessment that was asked for looked at, and how many were asked for. */
  asked: string | null;
  askedRisk: PaymentRisk | null;
  round: number;
  review: Review | null;
}

export const newFraudRecord = (origin: ClientOrigin): FraudRecord => ({
  origin,
  accountCreatedAt: null,
  instrument: null,
  risk: null,
  placing: null,
  payment: null,
  asked: null,
  askedRisk: null,
  round: 0,
  review: null,
});

/** For operators: what it scored, and why. */
export const findingsOf = (assessment: Assessment | null): string =>
  assessment === null
    ? ''
    : `score ${assessment.score}: ${assessment.hits.map(({ reason, finding }) => `${reason} (${finding})`).join('; ')}`;

/** Of an order that is older than its assessment: nothing is known. */
export const fraudOf = ({ fraud }: Pick<OrderDocument, 'fraud'>): FraudRecord =>
  fraud ?? newFraudRecord({ addressKey: null, country: null });
