import { z } from 'zod';
import type { CallContext } from '#shared/contracts/call.ts';
import {
  type GiftCardEntry,
  type GiftCardRecipient,
  giftCardRecipientSchema,
  type GiftCardView,
  type HoldGiftCard,
} from '#shared/contracts/gift-cards.ts';
import type { PaymentError, PaymentSnapshot } from '#shared/contracts/payments.ts';
import type { Result } from '#shared/domain/result.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { AMOUNT_MAX_MINOR_UNITS, type Currency, currencySchema } from '#shared/money/money.ts';

const cardId = idSchema('giftCard');
const key = z.string().min(1).max(300);
const amount = z.int().min(1).max(AMOUNT_MAX_MINOR_UNITS);

export const openCardSchema = z.strictObject({
  cardId,
  currency: currencySchema,
  value: amount,
  /** Name of the key its code was made with. */
  codeKey: z.string(),
  validDays: z.int().min(1).nullable(),
  orderId: idSchema('order').nullable(),
  recipient: giftCardRecipientSchema.nullable(),
  byId: idSchema('user').nullable(),
  reason: z.string().max(500),
});
export type OpenCard = z.infer<typeof openCardSchema>;
export const cardSchema = z.strictObject({ cardId });
export const withdrawCardSchema = cardSchema.extend({ reason: z.string().max(500) });
export const shutCardSchema = cardSchema.extend({ shut: z.boolean(), round: z.int().min(1) });
export const staffWordSchema = cardSchema.extend({
  key,
  byId: idSchema('user'),
  reason: z.string().min(1).max(500),
});
export const disableCardSchema = staffWordSchema.extend({ disabled: z.boolean() });
/** `change`: minor units, negative to take away. */
export const adjustCardSchema = staffWordSchema.extend({
  change: z.int().min(-AMOUNT_MAX_MINOR_UNITS).max(AMOUNT_MAX_MINOR_UNITS),
});

export const captureCardSchema = z.strictObject({ paymentId: key, key, amount, final: z.boolean() });
export type CaptureCard = z.infer<typeof captureCardSchema>;
export const cardPaymentSchema = z.strictObject({
  paymentId: key,
  orderId: idSchema('order'),
  attempt: z.int().min(1),
});
export type CardPayment = z.infer<typeof cardPaymentSchema>;
export const refundCardSchema = z.strictObject({ paymentId: key, reference: key, amount });
export type RefundCard = z.infer<typeof refundCardSchema>;

export const takeCardSchema = cardSchema.extend({ key, orderId: idSchema('order'), amount });
export type TakeCard = z.infer<typeof takeCardSchema>;

/** `too_much`: the card has not that much, or would have more than a card can; `key_reused`: for another change. */
export type CardRefusal = 'unknown' | 'too_much' | 'key_reused';
export interface DisclosedCard {
  view: GiftCardView;
  recipient: GiftCardRecipient | null;
}
/** What a card has on record of its money, for the ledger. Times are epoch milliseconds, amounts minor units. */
export interface CardRecord {
  currency: Currency;
  observedAt: number;
  /** From when on it can be spent; null: not yet. */
  activeAt: number | null;
  /** In which it was sold; null: issued by hand. */
  soldIn: string | null;
  /** Of the payment that was asked for; null: the card itself was. */
  payment: RecordedPayment | null;
  /** What moved the money of the payment, or what moved the card's by no payment. Oldest first. */
  moves: GiftCardEntry[];
}
export interface RecordedPayment {
  orderId: string;
  /** When it was held. */
  at: number;
  authorised: number;
  captured: number;
  voided: number;
  open: number;
  refunded: number;
}
type Snapshot = Promise<Result<PaymentSnapshot, PaymentError>>;

/** RPC face of a `GiftCard` object, named by the card's id: the one owner of its money. Every method is safe to repeat. */
export interface GiftCardFace {
  /** Makes the card, once; false: it was withdrawn before, and there will be none. It cannot be spent yet. */
  open(call: CallContext, input: OpenCard): Promise<boolean>;
  activate(call: CallContext, input: z.infer<typeof cardSchema>): Promise<void>;
  withdraw(call: CallContext, input: z.infer<typeof withdrawCardSchema>): Promise<void>;
  shut(call: CallContext, input: z.infer<typeof shutCardSchema>): Promise<void>;
  /** Null: there is none. Asking creates nothing. */
  look(call: CallContext): Promise<GiftCardView | null>;
  /** With whom it is still to be sent to, for a copy of its buyer's data. Null: there is no card. Asking creates nothing. */
  disclose(call: CallContext): Promise<DisclosedCard | null>;
  /**
   * To whom it was to be sent is forgotten, and it is sent to nobody; the card and its money stay. True: there was somebody.
   * Asking creates nothing.
   */
  forgetRecipient(call: CallContext): Promise<boolean>;
  disable(
    call: CallContext,
    input: z.infer<typeof disableCardSchema>,
  ): Promise<Result<GiftCardView, CardRefusal>>;
  adjust(
    call: CallContext,
    input: z.infer<typeof adjustCardSchema>,
  ): Promise<Result<GiftCardView, CardRefusal>>;
  /**
   * Sets money aside for an order: as much as is wanted and there, nothing perhaps. The first answer stands: asked again
   * it holds neither more nor less, and nothing once it was released.
   */
  hold(call: CallContext, input: HoldGiftCard): Snapshot;
  payment(call: CallContext, input: { paymentId: string }): Snapshot;
  /** What the ledger books of a payment, or of the card by itself (null). Null: there is none. Asking creates nothing. */
  record(call: CallContext, input: { paymentId: string | null }): Promise<CardRecord | null>;
  /** Takes a part of what is held; `final`: the rest is free again. */
  capture(call: CallContext, input: CaptureCard): Snapshot;
  /** Frees what is held and not captured; nothing is held under this name afterwards. */
  release(call: CallContext, input: CardPayment): Snapshot;
  /** Gives back what was captured: the card has it again. */
  refund(call: CallContext, input: RefundCard): Snapshot;
  /** Its price goes back: takes that much off it, or nothing (false). The first answer stands, until it is given back. */
  takeBack(call: CallContext, input: TakeCard): Promise<boolean>;
  /** Its price did not go back: it has again what was taken, and nothing is taken under this key any more. */
  giveBack(call: CallContext, input: TakeCard): Promise<void>;
}
