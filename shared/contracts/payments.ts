import { z } from 'zod';
import type { Result } from '#shared/domain/result.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { currencySchema, moneySchema } from '#shared/money/money.ts';
import type { CallContext } from './call.ts';

/** One payment as the provider sees it now. Amounts are minor units of `currency`. */
export const paymentSnapshotSchema = z.strictObject({
  paymentId: z.string(),
  orderId: idSchema('order'),
  /**
   * requires_payment: no method yet or the last attempt failed; requires_action: the customer must act (3-D Secure);
   * processing: settles later; authorised: funds held, capture outstanding; captured; cancelled: voided or abandoned.
   */
  state: z.enum(['requires_payment', 'requires_action', 'processing', 'authorised', 'captured', 'cancelled']),
  currency: currencySchema,
  amount: z.int().min(0),
  authorised: z.int().min(0),
  captured: z.int().min(0),
  refunded: z.int().min(0),
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
  captureMode: z.enum(['manual', 'automatic']),
  customerEmail: z.string().nullable(),
  /** Same key, same effect: derived from order and step by the caller. */
  idempotencyKey: z.string().min(1).max(255),
});
export type CreatePaymentInput = z.infer<typeof createPaymentInputSchema>;

export const paymentStepInputSchema = z.strictObject({
  paymentId: z.string().regex(/^pi_\w+$/),
  orderId: idSchema('order'),
  idempotencyKey: z.string().min(1).max(255),
});
export type PaymentStepInput = z.infer<typeof paymentStepInputSchema>;
export const paymentAmountInputSchema = paymentStepInputSchema.extend({ amount: z.int().min(1) });
export type PaymentAmountInput = z.infer<typeof paymentAmountInputSchema>;

/** RPC face of the payments worker (entrypoint `PaymentsRpc`). Every method is safe to repeat with the same key. */
export interface PaymentsService {
  createPayment(call: CallContext, input: CreatePaymentInput): Promise<Result<PaymentSnapshot, PaymentError>>;
  getPayment(call: CallContext, input: { paymentId: string }): Promise<Result<PaymentSnapshot, PaymentError>>;
  /** Captures `amount` of an authorisation; the rest is released by the provider. */
  capturePayment(
    call: CallContext,
    input: PaymentAmountInput,
  ): Promise<Result<PaymentSnapshot, PaymentError>>;
  /** Voids a payment that is not captured. A payment already cancelled counts as done. */
  cancelPayment(call: CallContext, input: PaymentStepInput): Promise<Result<PaymentSnapshot, PaymentError>>;
  refundPayment(call: CallContext, input: PaymentAmountInput): Promise<Result<PaymentSnapshot, PaymentError>>;
}
