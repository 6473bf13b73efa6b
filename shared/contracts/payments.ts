import { z } from 'zod';
import type { Result } from '#shared/domain/result.ts';
import { PAYMENT_ADVICES } from '#shared/domain/payment-advice.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { countrySchema } from '#shared/domain/address.ts';
import { currencySchema, moneySchema } from '#shared/money/money.ts';
import type { CallContext } from './call.ts';

/** A name the provider gave: opaque, and nothing that could leave a path. */
const providersName = () =>
  z
    .string()
    .max(255)
    .regex(/^[\w.:~-]+$/);
export const paymentIdSchema = providersName();
/** A kept payment method. */
export const savedMethodIdSchema = providersName();

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

/**
 * The customer's bank takes money back, or asks. `warning`: an inquiry, no money has moved; `open`: the amount is taken until
 * it is decided; `lost`: it stays with the customer.
 */
export const paymentDisputeSchema = z.strictObject({
  disputeId: z.string(),
  /** In the payment's currency. Of one in another currency: all that is left of the payment, since nothing is converted. */
  amount: z.int().min(0),
  /** What the bank disputes, where it is not in the payment's currency: that of the card, one we cannot price in perhaps. */
  stated: z.strictObject({ amount: z.int().min(0), currency: z.string().regex(/^[A-Z]{3}$/) }).optional(),
  state: z.enum(['warning', 'open', 'won', 'lost']),
  /** As the provider names it, e.g. `fraudulent`, `product_not_received`. */
  reason: z.string(),
  /** Epoch milliseconds. */
  openedAt: z.int().min(0),
  /** Until when evidence can be handed in, epoch milliseconds; null: none is awaited. */
  dueBy: z.int().min(0).nullable().optional(),
  /** It was lost, and is to be decided anew: the shop may appeal, or has. Then `dueBy` is the end of the time to do so. */
  appealed: z.literal(true).optional(),
});
export type PaymentDispute = z.infer<typeof paymentDisputeSchema>;

/** What it was paid with; each part null where the provider does not tell. Never a whole number of a card or account. */
export const paymentInstrumentSchema = z.strictObject({
  /** `visa`, `mastercard`, … */
  brand: z.string().nullable(),
  last4: z
    .string()
    .regex(/^\w{1,4}$/)
    .nullable(),
  /** `apple_pay`, `google_pay`, `link`, … */
  wallet: z.string().nullable(),
  country: countrySchema.nullable(),
  /** The same for the same card or account, whoever pays with it. */
  fingerprint: z.string().nullable(),
});
export type PaymentInstrument = z.infer<typeof paymentInstrumentSchema>;

const checkSchema = z.enum(['pass', 'fail', 'unchecked']).default('unchecked');
/** What the provider thinks of it. */
export const paymentRiskSchema = z.strictObject({
  level: z.enum(['normal', 'elevated', 'highest', 'unknown']).default('unknown'),
  /** 0 to 99; null where the account has no scores. */
  score: z.int().min(0).max(100).nullable().default(null),
  review: z.enum(['none', 'open', 'approved', 'refused']).default('none'),
  /** The card's issuer takes the payment for fraud, before any dispute. */
  earlyWarning: z.boolean().default(false),
  /** The customer proved to be the holder (3-D Secure). */
  authenticated: z.boolean().default(false),
  postalCodeCheck: checkSchema,
  cvcCheck: checkSchema,
});
export type PaymentRisk = z.infer<typeof paymentRiskSchema>;

/** Where the customer sends a bank transfer to: one of `accounts`, with the reference. */
export const transferInstructionsSchema = z.strictObject({
  /** Still to come, minor units of the payment's currency. */
  amountRemaining: z.int().min(0),
  /** Goes into the transfer's own text: the money is found by it. */
  reference: z.string(),
  accounts: z.array(
    z.strictObject({
      holder: z.string().nullable(),
      bank: z.string().nullable(),
      country: z.string().nullable(),
      iban: z.string().nullable(),
      bic: z.string().nullable(),
      accountNumber: z.string().nullable(),
      /** Sort code, routing number, CLABE's bank code: what the country puts before an account's number. */
      routingNumber: z.string().nullable(),
    }),
  ),
  /** The provider's own page with the same. */
  url: z.url().nullable(),
});
export type TransferInstructions = z.infer<typeof transferInstructionsSchema>;

/**
 * The provider has sent small deposits to the account the customer typed, and debits it once he has told it what came:
 * one deposit with a code in its text, or the amounts of two.
 */
export const accountVerificationSchema = z.strictObject({
  kind: z.enum(['deposit_code', 'deposit_amounts']),
  /** When they should be on the account, epoch milliseconds; null where the provider does not tell. */
  arrivesAt: z.int().min(0).nullable(),
  /** The provider's own page, where the customer tells it. */
  url: z.url(),
  /** Id of the method whose account it is; null where the provider, or an older payments worker, does not tell. */
  account: z.string().nullable().default(null),
});
export type AccountVerification = z.infer<typeof accountVerificationSchema>;
/** As it was kept: an older release kept no account. */
export type KeptVerification = z.input<typeof accountVerificationSchema>;

/** One payment as the provider sees it now. Amounts are minor units of `currency`. */
export const paymentSnapshotSchema = z.strictObject({
  paymentId: z.string(),
  orderId: idSchema('order'),
  /** Which payment of the order it is, as given to `createPayment`. */
  attempt: z.int().min(1),
  /**
   * requires_payment: no method yet or the last attempt failed; requires_action: the customer must act (3-D Secure, a bank
   * transfer, an account to verify);
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
  /** Why the last attempt failed; null when none failed. `message`: what `advice` says, in English. */
  lastError: z
    .strictObject({
      code: z.string(),
      declineCode: z.string().nullable(),
      /** What the customer can do about it; absent from older releases. */
      advice: z.enum(PAYMENT_ADVICES).optional(),
      message: z.string(),
    })
    .nullable(),
  /** Oldest first. */
  disputes: z.array(paymentDisputeSchema).default([]),
  /** Null before the customer chose, and where the provider tells nothing. */
  instrument: paymentInstrumentSchema.nullable().default(null),
  risk: paymentRiskSchema.prefault({}),
  /** Null unless the customer pays by bank transfer and money is still to come. */
  instructions: transferInstructionsSchema.nullable().default(null),
  /** Null unless the customer has to verify his account before it is debited; `state` is then `requires_action`. */
  verification: accountVerificationSchema.nullable().default(null),
});
export type PaymentSnapshot = z.infer<typeof paymentSnapshotSchema>;

/** Of a payment nothing further is known of. */
export const NO_PAYMENT_DETAILS: Pick<
  PaymentSnapshot,
  'disputes' | 'instrument' | 'risk' | 'instructions' | 'verification'
> = {
  disputes: [],
  instrument: null,
  risk: paymentRiskSchema.parse({}),
  instructions: null,
  verification: null,
};

/**
 * Every way a call to the provider fails. `retriable` and `rate_limited` are worth repeating with the same key;
 * `needs_action`: only the customer can go on, the payment waits for him; `misconfigured` never mends itself.
 */
export const paymentErrorSchema = z.strictObject({
  code: z.enum([
    'declined',
    'needs_action',
    'invalid_state',
    'not_found',
    'retriable',
    'rate_limited',
    'misconfigured',
  ]),
  /** For the log and the operator. */
  message: z.string(),
  /** Why the bank or the provider said no, as the provider names it. */
  declineCode: z.string().nullable().default(null),
  /** What the customer can do about it; null where there is nothing. */
  customerMessage: z.string().nullable().default(null),
  /** Not before so many milliseconds; null: the caller's own delays. */
  retryAfterMs: z.int().min(0).nullable().default(null),
});
export type PaymentError = z.infer<typeof paymentErrorSchema>;
export const paymentError = (
  code: PaymentError['code'],
  message: string,
  more: Partial<PaymentError> = {},
): PaymentError => ({
  code,
  message,
  declineCode: null,
  customerMessage: null,
  retryAfterMs: null,
  ...more,
});

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
  /** Whose order it is; kept methods belong to him. */
  customerId: idSchema('user').nullable().default(null),
  /**
   * A method he kept before: charged at once, without him. When the bank wants him, or declines, the payment waits for
   * another attempt. One that is not his is `not_found`.
   */
  savedMethodId: savedMethodIdSchema.nullable().default(null),
  /** Keep what he pays with for later. */
  saveMethod: z.boolean().default(false),
  /** He must prove to be the holder (3-D Secure) whatever the bank asks for. */
  challenge: z.boolean().default(false),
  /** Nothing is opened and nobody charged: what was opened before is answered, else `not_found`. */
  existing: z.boolean().default(false),
  /** Same key, same effect: derived from order and step by the caller. */
  idempotencyKey: z.string().min(1).max(255),
});
export type CreatePaymentInput = z.input<typeof createPaymentInputSchema>;

export const paymentStepInputSchema = z.strictObject({
  paymentId: paymentIdSchema,
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

export const getPaymentInputSchema = z.strictObject({
  paymentId: paymentIdSchema,
  /**
   * Also what the provider tells only when asked for it by itself: a warning of fraud by the card's issuer. Once it was
   * found every look tells it.
   */
  thorough: z.boolean().default(false),
});
export type GetPaymentInput = z.input<typeof getPaymentInputSchema>;

export const PAYMENTS_PAGE_MAX = 100;
export const listPaymentsInputSchema = z.strictObject({
  /** Opened at or after, and before; epoch milliseconds. */
  from: z.int().min(0),
  to: z.int().min(0),
  limit: z.int().min(1).max(PAYMENTS_PAGE_MAX).default(PAYMENTS_PAGE_MAX),
  /** `next` of the page before. */
  cursor: z.string().max(255).nullable().default(null),
});
export type ListPaymentsInput = z.input<typeof listPaymentsInputSchema>;
export interface PaymentPage {
  /** Newest first; those of our orders. */
  payments: PaymentSnapshot[];
  /** Payments of the same account that belong to no order of ours. */
  foreign: string[];
  next: string | null;
}

/** RPC face of the payments worker (entrypoint `PaymentsRpc`). Every method is safe to repeat with the same key. */
export interface PaymentsService {
  createPayment(call: CallContext, input: CreatePaymentInput): Promise<Result<PaymentSnapshot, PaymentError>>;
  getPayment(call: CallContext, input: GetPaymentInput): Promise<Result<PaymentSnapshot, PaymentError>>;
  /** Exact and up to date: from the provider's list, not from its index. */
  listPayments(call: CallContext, input: ListPaymentsInput): Promise<Result<PaymentPage, PaymentError>>;
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

export const settleEventsInputSchema = z.strictObject({
  eventIds: z.array(z.string().min(1).max(255)).min(1).max(100),
  outcome: z.enum(['handled', 'failed']),
  /** Why it failed; null otherwise. */
  detail: z.string().max(500).nullable(),
});
export type SettleEventsInput = z.infer<typeof settleEventsInputSchema>;

/** What the receiver of payment events tells back to their inbox (entrypoint `PaymentsRpc`). */
export interface PaymentEventsService {
  /** Safe to repeat. Nothing depends on it but what operators see, and how soon a lost message is sent again. */
  settleEvents(call: CallContext, input: SettleEventsInput): Promise<void>;
}
