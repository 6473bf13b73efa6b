import { settle } from './attempt.ts';
import { expire } from './operations/captures.ts';
import type { LaterAction, OperationContext } from './operations/context.ts';
import { endRefund, failRefund } from './operations/refunds.ts';
import { FIRST_PAGE } from './storage.ts';

/** What happens by itself after a time. Each leaves alone what has gone on meanwhile. */
export const LATER: Record<LaterAction, (context: OperationContext, id: string) => void> = {
  settle: (context, intentId) => settle(context, intentId),
  expire,
  refund: endRefund,
};

/** What a test may let happen to one payment without waiting for it. */
export const PAYMENT_ACTIONS = {
  expire: 'The hold lapses',
  settle: 'A delayed payment settles',
  bounce: 'A delayed payment fails',
  'fail-refunds': 'Refunds made so far fail: the customer’s bank sends the money back',
  'forget-keys': 'A day passes: idempotency keys used with this payment are forgotten',
} as const;
export type PaymentAction = keyof typeof PAYMENT_ACTIONS;

const REFUNDS_MAX = 100;

const CONTROL: Record<PaymentAction, (context: OperationContext, intentId: string) => void> = {
  expire,
  settle: (context, intentId) => settle(context, intentId, 'approved'),
  bounce: (context, intentId) => settle(context, intentId, 'failed'),
  'fail-refunds': (context, intentId) => {
    const page = { ...FIRST_PAGE, parent: intentId, limit: REFUNDS_MAX };
    for (const refund of context.store.list('refund', page)?.data ?? []) failRefund(context, refund);
  },
  'forget-keys': (context, intentId) => {
    context.store.forgetKeys(intentId);
  },
};

export const controlPayment = (context: OperationContext, intentId: string, action: PaymentAction): void =>
  CONTROL[action](context, intentId);
