import { z } from 'zod';
import type { Result } from '#shared/domain/result.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { currencySchema, moneySchema } from '#shared/money/money.ts';
import type { CallContext } from './call.ts';

/**
 * A refund as the provider sees it. `failed`: the customer's bank sent the money back, also days after it `succeeded`;
 * it then counts as never made. `reference`: ours, as given to `refundPayment`; null when made at the provider by hand.
 */
export const paymentRefundSchema = z.strictObject({
  refundId: z.string(),
  amount: z.int().min(0),
  state: z.enum(['pending', 'succeeded', 'failed']),
  reference: z.string().nullable(),
});
export type PaymentRefund = z.infer<typeof paymentRefundSchema>;

/** One payment as the provider sees it now. Amounts are minor units of `currency`. */
export const paymentSnapshotSchema = z.strictObject({
  paymentId: z.string(),
  orderId: idSchema('order'),
  /** Which payment of the order it is, as given to `createPayment`. */
  attempt: z.int().min(1),
  /**
   * requires_payment: no method yet or the last attempt failed; requires_action: the customer must act (3-D Secure);
   * processing: settles later; authorised: funds held, a capture outstanding, also when a part is captured already;
   * captured: no capture is outstanding; cancelled: voided or abandoned.
   */
  state: z.enum(['requires_payment', 'requires_action', 'processing', 'authorised', 'captured', 'cancelled']),
  currency: currencySchema,
  amount: z.int().min(0),
  authorised: z.int().min(0),
  captured: z.int().min(0),
  /** Refunds made or under way; a failed one does not count. */
  refunded: z.int().min(0),
  /** Still held and open to capture. */
  capturable: z.int().min(0),
  /** When the hold lapses, epoch milliseconds; null when nothing is held or the provider does not tell. */
  captureBefore: z.int().min(0).nullable(),
  /** Several partial captures are possible. Otherwise the first capture releases the rest. */
  multicapture: z.boolean(),
  /** How it is paid, as the provider names it (`card`, `sepa_debit`, …); null before the customer chose. */
  method: z.string().nullable(),
  /** Newest first. */
  refunds: z.array(paymentRefundSchema),
  clientSecret: z.string(),
  /** Why the last attempt failed, in words a customer can act on; null when none failed. */
  lastError: z
    .strictObject({ code: z.string(), declineCode: z.string().nullable(), message: z.string() })
    .nullable(),
});
export type PaymentSnapshot = z.infer<typeof paymentSnapshotSchema>;

/** Every way a call to the provider fails. `retriable` and `rate_limited` are worth repeating with the same key. */
export const paymentErrorSchema = z.strictObject({
  code: z.enum(['declined', 'invalid_state', 'not_found', 'retriable', 'rate_limited', 'misconfigured']),
  message: z.string(),
});
export type PaymentError = z.infer<typeof paymentErrorSchema>;

export const createPaymentInputSchema = z.strictObject({
  orderId: idSchema('order'),
  orderNumber: z.string(),
  amount: moneySchema,
  /** A renewal is another payment of the same order: 1, 2, … */
  attempt: z.int().min(1).default(1),
  /**
   * When this payment was first asked for, epoch milliseconds, or earlier. A provider forgets keys after a day: a payment
   * asked for longer ago is looked up before another one is opened.
   */
  askedAt: z.int().min(0),
  /**
   * `manual`: methods that cannot hold funds are not offered. `where_possible`: the method decides; cards and wallets hold
   * funds, debits and transfers settle by themselves.
   */
  captureMode: z.enum(['manual', 'automatic', 'where_possible']),
  customerEmail: z.string().nullable(),
  /** Same key, same effect: derived from order and step by the caller. */
  idempotencyKey: z.string().min(1).max(255),
});
export type CreatePaymentInput = z.input<typeof createPaymentInputSchema>;

export const paymentStepInputSchema = z.strictObject({
  paymentId: z.string().regex(/^pi_\w+$/),
  orderId: idSchema('order'),
  idempotencyKey: z.string().min(1).max(255),
});
export type PaymentStepInput = z.infer<typeof paymentStepInputSchema>;
/** The amount of this capture alone. `final`: the rest of the hold is released. */
export const capturePaymentInputSchema = paymentStepInputSchema.extend({
  amount: z.int().min(1),
  final: z.boolean(),
});
export type CapturePaymentInput = z.infer<typeof capturePaymentInputSchema>;

/** What the customer is to pay instead; only while nothing is paid or under way. */
export const changePaymentInputSchema = paymentStepInputSchema.extend({ amount: z.int().min(1) });
export type ChangePaymentInput = z.infer<typeof changePaymentInputSchema>;

/** `reference` names the refund for ever: one refund is made of it however often and however late it is asked for. */
export const refundPaymentInputSchema = paymentStepInputSchema.extend({
  amount: z.int().min(1),
  reference: z.string().min(1).max(255),
});
export type RefundPaymentInput = z.infer<typeof refundPaymentInputSchema>;

/** RPC face of the payments worker (entrypoint `PaymentsRpc`). Every method is safe to repeat with the same key. */
export interface PaymentsService {
  createPayment(call: CallContext, input: CreatePaymentInput): Promise<Result<PaymentSnapshot, PaymentError>>;
  getPayment(call: CallContext, input: { paymentId: string }): Promise<Result<PaymentSnapshot, PaymentError>>;
  /**
   * Captures `amount` of an authorisation. Not final: only where `multicapture`; the rest stays held. One capture a key,
   * however late it is repeated.
   */
  capturePayment(
    call: CallContext,
    input: CapturePaymentInput,
  ): Promise<Result<PaymentSnapshot, PaymentError>>;
  /** Asks for another amount. Refused as `invalid_state` once the customer has paid or is about to. */
  changePayment(call: CallContext, input: ChangePaymentInput): Promise<Result<PaymentSnapshot, PaymentError>>;
  /** Voids a payment that is not captured. A payment already cancelled counts as done. */
  cancelPayment(call: CallContext, input: PaymentStepInput): Promise<Result<PaymentSnapshot, PaymentError>>;
  /** The refund is in the answer's `refunds` under its reference, also one that has failed since. */
  refundPayment(call: CallContext, input: RefundPaymentInput): Promise<Result<PaymentSnapshot, PaymentError>>;
}
