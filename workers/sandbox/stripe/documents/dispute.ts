import type { Stripe } from 'stripe';
import { DAY_MS, SECOND_MS } from '#shared/time/time.ts';
import { stripeId } from '../ids.ts';

/** Time to answer with evidence. */
const ANSWER_WITHIN_SECONDS = (9 * DAY_MS) / SECOND_MS;

/** What may be told in a dispute's defence; nothing at first. */
const EVIDENCE = [
  'access_activity_log',
  'billing_address',
  'cancellation_policy',
  'cancellation_policy_disclosure',
  'cancellation_rebuttal',
  'customer_communication',
  'customer_email_address',
  'customer_name',
  'customer_purchase_ip',
  'customer_signature',
  'duplicate_charge_documentation',
  'duplicate_charge_explanation',
  'duplicate_charge_id',
  'product_description',
  'receipt',
  'refund_policy',
  'refund_policy_disclosure',
  'refund_refusal_explanation',
  'service_date',
  'service_documentation',
  'shipping_address',
  'shipping_carrier',
  'shipping_date',
  'shipping_documentation',
  'shipping_tracking_number',
  'uncategorized_file',
  'uncategorized_text',
] as const;
export type EvidenceName = (typeof EVIDENCE)[number];
export const EVIDENCE_NAMES: readonly EvidenceName[] = EVIDENCE;

export interface DisputeInput {
  amount: number;
  reason: string;
  networkReasonCode: string;
  status: Stripe.Dispute.Status;
}

export function newDispute(charge: Stripe.Charge, input: DisputeInput, now: number): Stripe.Dispute {
  const inquiry = input.status.startsWith('warning_');
  const card = charge.payment_method_details?.card;
  return {
    id: stripeId('dp'),
    object: 'dispute',
    amount: input.amount,
    balance_transactions: [],
    charge: charge.id,
    created: now,
    currency: charge.currency,
    enhanced_eligibility_types: [],
    evidence: {
      ...(Object.fromEntries(EVIDENCE.map((name) => [name, null])) as Record<EvidenceName, null>),
      enhanced_evidence: {},
    },
    evidence_details: {
      due_by: input.status === 'lost' ? null : now + ANSWER_WITHIN_SECONDS,
      enhanced_eligibility: {},
      has_evidence: false,
      past_due: false,
      submission_count: 0,
      submission_method: 'not_submitted',
    },
    intended_submission_method: null,
    is_charge_refundable: inquiry,
    livemode: false,
    metadata: {},
    payment_intent: charge.payment_intent,
    payment_method_details:
      card === undefined
        ? { type: charge.payment_method_details?.type ?? 'card' }
        : {
            type: 'card',
            card: {
              brand: card.brand ?? 'visa',
              case_type: inquiry ? 'inquiry' : 'chargeback',
              network: card.network ?? 'visa',
              network_reason_code: input.networkReasonCode,
            },
          },
    reason: input.reason,
    status: input.status,
  };
}
