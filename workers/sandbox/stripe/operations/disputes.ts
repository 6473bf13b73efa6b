import type { Stripe } from 'stripe';
import type { z } from 'zod';
import { bookReinstatement, bookWithdrawal } from '../balance.ts';
import { newDispute, type EvidenceName } from '../documents/dispute.ts';
import { invalidRequest } from '../errors.ts';
import type { updateDisputeParams } from '../parameters/disputes.ts';
import { FIRST_PAGE } from '../storage.ts';
import { idOf, need, refundable, type OperationContext } from './context.ts';
import { warningsTooLate } from './fraud-warnings.ts';
import { mergedMetadata } from './payment-intents.ts';
import { closeReviewOf } from './reviews.ts';

/** Disputes (https://docs.stripe.com/disputes): a bank takes money back, or only asks. */

/** Texts that decide a dispute in test mode (https://docs.stripe.com/testing#disputes). */
const VERDICTS = new Map<string, (context: OperationContext, dispute: Stripe.Dispute) => Stripe.Dispute>([
  ['winning_evidence', win],
  ['losing_evidence', lose],
  ['escalate_inquiry_evidence', escalate],
]);
const OPEN: ReadonlySet<string> = new Set([
  'needs_response',
  'under_review',
  'warning_needs_response',
  'warning_under_review',
]);
/** The money is the shop's, as if the bank had never asked. */
const GIVEN_UP: ReadonlySet<string> = new Set(['won', 'warning_closed']);
const isInquiry = (dispute: Stripe.Dispute): boolean => dispute.status.startsWith('warning_');
export const isOpen = (dispute: Stripe.Dispute): boolean => OPEN.has(dispute.status);

export interface Complaint {
  reason: string;
  networkReasonCode: string;
  case: 'chargeback' | 'inquiry';
  /** Minor units; null: all that is left of the charge beside other disputes. */
  amount: number | null;
}

/** Opens a dispute of what a charge took; null when nothing is left to dispute. */
export function openDispute(
  context: OperationContext,
  charge: Stripe.Charge,
  complaint: Complaint,
): Stripe.Dispute | null {
  const left = undisputed(context, charge);
  const amount = Math.min(complaint.amount ?? left, left);
  if (amount <= 0) return null;
  const inquiry = complaint.case === 'inquiry';
  // A bank that takes a debit back does not discuss it.
  const final = charge.payment_method_details?.type !== 'card';
  const dispute = newDispute(
    charge,
    { ...complaint, amount, status: inquiry ? 'warning_needs_response' : final ? 'lost' : 'needs_response' },
    context.now,
  );
  const disputed: Stripe.Charge = { ...charge, disputed: true };
  context.store.put(disputed);
  context.store.put(dispute, idOf(charge.payment_intent), charge.id);
  const known = inquiry ? dispute : withdraw(context, disputed, dispute);
  context.emit('charge.dispute.created', known);
  if (!inquiry) context.emit('charge.dispute.funds_withdrawn', known);
  if (!charge.disputed) context.emit('charge.updated', disputed, { disputed: false });
  if (known.status === 'lost') context.emit('charge.dispute.closed', known);
  closeReviewOf(context, idOf(charge.payment_intent), 'disputed');
  warningsTooLate(context, idOf(charge.payment_intent));
  return known;
}

/** What is left of a charge beside what went back and what other disputes took or ask about. */
function undisputed(context: OperationContext, charge: Stripe.Charge, except?: Stripe.Dispute): number {
  const intent = context.store.get('payment_intent', idOf(charge.payment_intent));
  const others = disputesOf(context, idOf(charge.payment_intent)).filter(
    ({ id, charge: of, status }) => id !== except?.id && idOf(of) === charge.id && !GIVEN_UP.has(status),
  );
  const disputed = others.reduce((sum, { amount }) => sum + amount, 0);
  return refundable(charge, intent?.amount_capturable ?? 0) - disputed;
}

function withdraw(context: OperationContext, charge: Stripe.Charge, dispute: Stripe.Dispute): Stripe.Dispute {
  const line = bookWithdrawal(context, charge, dispute);
  const known = { ...dispute, balance_transactions: [...dispute.balance_transactions, line] };
  context.store.put(known);
  return known;
}

/** Disputes of a payment, newest first. */
export const disputesOf = (context: OperationContext, intentId: string): Stripe.Dispute[] =>
  context.store.list('dispute', { ...FIRST_PAGE, parent: intentId })?.data ?? [];

export function updateDispute(
  context: OperationContext,
  id: string,
  input: z.infer<typeof updateDisputeParams>,
): Stripe.Dispute {
  const dispute = need(context, 'dispute', id);
  if (input.evidence !== undefined && !isOpen(dispute)) throw closedAlready();
  const { enhanced_evidence: _ignored, ...texts } = input.evidence ?? {};
  const evidence = { ...dispute.evidence };
  for (const [name, text] of Object.entries(texts)) {
    if (typeof text === 'string') evidence[name as EvidenceName] = text === '' ? null : text;
  }
  const told = Object.values(evidence).some((text) => typeof text === 'string');
  const submitted = told && input.submit && input.evidence !== undefined;
  const updated: Stripe.Dispute = {
    ...dispute,
    evidence,
    metadata: mergedMetadata(dispute.metadata, input.metadata),
    evidence_details: {
      ...dispute.evidence_details,
      has_evidence: told,
      submission_count: dispute.evidence_details.submission_count + (submitted ? 1 : 0),
      submission_method: submitted ? 'manual' : dispute.evidence_details.submission_method,
    },
    status: submitted ? (isInquiry(dispute) ? 'warning_under_review' : 'under_review') : dispute.status,
  };
  context.store.put(updated);
  context.emit('charge.dispute.updated', updated, { evidence_details: dispute.evidence_details });
  if (submitted) VERDICTS.get(evidence.uncategorized_text ?? '')?.(context, updated);
  return updated;
}

/** Gives in: the money stays with the customer. */
export function closeDispute(context: OperationContext, id: string): Stripe.Dispute {
  const dispute = need(context, 'dispute', id);
  if (!isOpen(dispute)) throw closedAlready();
  return lose(context, dispute);
}

/** The bank decides for the shop. */
export function win(context: OperationContext, dispute: Stripe.Dispute): Stripe.Dispute {
  if (!isOpen(dispute)) return dispute;
  if (isInquiry(dispute)) return close(context, dispute, 'warning_closed');
  const charge = need(context, 'charge', idOf(dispute.charge));
  const line = bookReinstatement(context, charge, dispute);
  const paid = { ...dispute, balance_transactions: [...dispute.balance_transactions, line] };
  const won = close(context, paid, 'won');
  context.emit('charge.dispute.funds_reinstated', won);
  return won;
}

/** The bank decides for the customer; an inquiry ends without becoming a chargeback. */
export function lose(context: OperationContext, dispute: Stripe.Dispute): Stripe.Dispute {
  return isOpen(dispute) ? close(context, dispute, isInquiry(dispute) ? 'warning_closed' : 'lost') : dispute;
}

/** An inquiry becomes a chargeback. */
export function escalate(context: OperationContext, dispute: Stripe.Dispute): Stripe.Dispute {
  if (!isOpen(dispute) || !isInquiry(dispute)) return dispute;
  const charge = need(context, 'charge', idOf(dispute.charge));
  const amount = Math.min(dispute.amount, undisputed(context, charge, dispute));
  if (amount <= 0) return close(context, dispute, 'warning_closed');
  const details = dispute.payment_method_details;
  const chargeback: Stripe.Dispute = {
    ...dispute,
    amount,
    status: 'needs_response',
    is_charge_refundable: false,
    ...(details?.card === undefined
      ? {}
      : { payment_method_details: { ...details, card: { ...details.card, case_type: 'chargeback' } } }),
  };
  const taken = withdraw(context, charge, chargeback);
  context.emit('charge.dispute.updated', taken, { status: dispute.status });
  context.emit('charge.dispute.funds_withdrawn', taken);
  return taken;
}

function close(
  context: OperationContext,
  dispute: Stripe.Dispute,
  status: 'won' | 'lost' | 'warning_closed',
): Stripe.Dispute {
  const closed: Stripe.Dispute = { ...dispute, status, is_charge_refundable: status !== 'lost' };
  context.store.put(closed);
  context.emit('charge.dispute.closed', closed);
  return closed;
}

const closedAlready = () =>
  invalidRequest('This dispute is already closed.', { code: 'dispute_already_closed', param: 'dispute' });
