import type { Stripe } from 'stripe';
import { z } from 'zod';
import { openComplaint, suspectFraud } from './aftermath.ts';
import { settle } from './paying/attempt.ts';
import { cancelIntent, expire } from './operations/captures.ts';
import { referenceOf } from './documents/transfer-instructions.ts';
import { idOf, type OperationContext } from './operations/context.ts';
import { receiveTransfer, remainingOf } from './paying/transfer.ts';
import { disputesOf, escalate, lose, win } from './operations/disputes.ts';
import { abandonRefund, createRefund, failRefund } from './operations/refunds.ts';
import { closeReviewOf, openReview } from './operations/reviews.ts';
import { endVerification } from './operations/verify.ts';
import { FIRST_PAGE } from './storage.ts';

/** What a test, or a person at the control page, may let happen to one payment. */
export const PAYMENT_ACTIONS = {
  expire: 'The hold lapses',
  settle: 'A delayed payment settles',
  bounce: 'A delayed payment fails',
  transfer: 'The customer’s bank transfer arrives (all that is missing, or `amount`)',
  unverify: 'The ten days to verify a bank account are over',
  refund: 'Somebody refunds it (or `amount` of it) in the provider’s dashboard',
  'fail-refunds': 'Refunds made so far fail: the customer’s bank sends the money back',
  'abandon-refunds':
    'Nobody names an account for refunds of a transfer in 45 days: they go to the customer’s balance at the provider',
  dispute: 'The customer charges it back (or `amount` of it, for `reason`)',
  inquire: 'The bank inquires: a dispute that takes no money yet',
  escalate: 'An inquiry becomes a chargeback',
  win: 'The bank decides open disputes for the shop',
  lose: 'The bank decides open disputes for the customer',
  review: 'Somebody opens a review of it',
  'approve-review': 'The open review is approved',
  'refuse-review': 'The open review ends as fraud: what is held is released, what was taken goes back',
  warn: 'The issuer warns of fraud',
  'forget-keys': 'A day passes: idempotency keys used with this payment are forgotten',
} as const;
export type PaymentAction = keyof typeof PAYMENT_ACTIONS;

export const happeningSchema = z.strictObject({
  action: z.enum(Object.keys(PAYMENT_ACTIONS) as [PaymentAction, ...PaymentAction[]]),
  /** Minor units, for actions that take money; all that is left unless told. */
  amount: z.int().min(1).optional(),
  /** Of a dispute, as the API names it. */
  reason: z.string().min(1).max(100).optional(),
});
export type Happening = z.infer<typeof happeningSchema>;

type Act = (context: OperationContext, intentId: string, happening: Happening) => void;
const REFUNDS_MAX = 100;
/** The dashboard asks whoever gives money back for what the provider needs to know. */
const BY_STAFF = { instructions_email: 'as-typed-by-staff@example.org' } as const;

const eachDispute =
  (decide: (context: OperationContext, dispute: Stripe.Dispute) => unknown): Act =>
  (context, intentId) => {
    for (const dispute of disputesOf(context, intentId)) decide(context, dispute);
  };
const complain =
  (kind: 'chargeback' | 'inquiry'): Act =>
  (context, intentId, { amount = null, reason = 'fraudulent' }) => {
    openComplaint(context, intentId, { case: kind, amount, reason });
  };

const refundsMade = (context: OperationContext, intentId: string): Stripe.Refund[] =>
  context.store.list('refund', { ...FIRST_PAGE, parent: intentId, limit: REFUNDS_MAX })?.data ?? [];

const ACTS: Record<PaymentAction, Act> = {
  expire,
  settle: (context, intentId) => settle(context, intentId, 'approved'),
  bounce: (context, intentId) => settle(context, intentId, 'failed'),
  transfer: (context, intentId, { amount }) => {
    const intent = context.store.get('payment_intent', intentId);
    const missing = intent === null ? null : remainingOf(intent);
    if (intent === null || missing === null) return;
    const transfer = {
      customer: idOf(intent.customer),
      currency: intent.currency,
      reference: referenceOf(intent),
    };
    receiveTransfer(context, { ...transfer, amount: amount ?? missing });
  },
  unverify: (context, intentId) => endVerification(context, intentId),
  refund: (context, intentId, { amount }) => {
    createRefund(context, '', {
      ...BY_STAFF,
      payment_intent: intentId,
      ...(amount === undefined ? {} : { amount }),
    });
  },
  'fail-refunds': (context, intentId) => {
    for (const refund of refundsMade(context, intentId)) failRefund(context, refund);
  },
  'abandon-refunds': (context, intentId) => {
    for (const refund of refundsMade(context, intentId)) abandonRefund(context, refund);
  },
  dispute: complain('chargeback'),
  inquire: complain('inquiry'),
  escalate: eachDispute(escalate),
  win: eachDispute(win),
  lose: eachDispute(lose),
  review: (context, intentId) => {
    openReview(context, intentId, 'manual');
  },
  'approve-review': (context, intentId) => closeReviewOf(context, intentId, 'approved'),
  'refuse-review': (context, intentId) => {
    const held = context.store.get('payment_intent', intentId)?.status === 'requires_capture';
    if (held) cancelIntent(context, intentId, { cancellation_reason: 'fraudulent' });
    else createRefund(context, '', { ...BY_STAFF, payment_intent: intentId, reason: 'fraudulent' });
  },
  warn: suspectFraud,
  'forget-keys': (context, intentId) => {
    context.store.forgetKeys(intentId);
  },
};

export const letHappen: Act = (context, intentId, happening) =>
  ACTS[happening.action](context, intentId, happening);
