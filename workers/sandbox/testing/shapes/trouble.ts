import { z } from 'zod';
import { EVIDENCE_NAMES } from '../../stripe/documents/dispute.ts';
import { balanceTransaction } from './payments.ts';
import {
  amount,
  currency,
  head,
  int,
  livemode,
  maybe,
  maybeText,
  metadata,
  nothing,
  reference,
  seconds,
  text,
  typed,
} from './parts.ts';

/** Disputes, reviews and warnings (https://docs.stripe.com/api/disputes/object and its neighbours). */

const EVIDENCE = Object.fromEntries(EVIDENCE_NAMES.map((name) => [name, maybeText])) as Record<
  (typeof EVIDENCE_NAMES)[number],
  typeof maybeText
>;

export const dispute = z.strictObject({
  ...head('dispute', 'dp'),
  amount,
  balance_transactions: z.array(balanceTransaction),
  charge: reference('ch|py'),
  currency,
  enhanced_eligibility_types: z.array(text),
  evidence: z.strictObject({
    ...EVIDENCE,
    enhanced_evidence: z.strictObject({}),
  }),
  evidence_details: z.strictObject({
    due_by: seconds.nullable(),
    enhanced_eligibility: z.strictObject({}),
    has_evidence: z.boolean(),
    past_due: z.boolean(),
    submission_count: int.min(0),
    submission_method: z.enum(['manual', 'not_submitted', 'smart_disputes']),
  }),
  intended_submission_method: nothing,
  is_charge_refundable: z.boolean(),
  livemode,
  metadata,
  payment_intent: maybe('pi'),
  payment_method_details: typed,
  reason: text,
  status: z.enum([
    'lost',
    'needs_response',
    'under_review',
    'warning_closed',
    'warning_needs_response',
    'warning_under_review',
    'won',
  ]),
});

export const review = z.strictObject({
  ...head('review', 'prv'),
  billing_zip: maybeText,
  charge: maybe('ch|py'),
  closed_reason: z
    .enum(['approved', 'canceled', 'disputed', 'redacted', 'refunded', 'refunded_as_fraud'])
    .nullable(),
  ip_address: nothing,
  ip_address_location: nothing,
  livemode,
  open: z.boolean(),
  opened_reason: z.enum(['manual', 'rule']),
  payment_intent: reference('pi').optional(),
  reason: text,
  session: nothing,
});

export const fraudWarning = z.strictObject({
  ...head('radar.early_fraud_warning', 'issfr'),
  actionable: z.boolean(),
  charge: reference('ch|py'),
  fraud_type: text,
  livemode,
  payment_intent: reference('pi').optional(),
});
