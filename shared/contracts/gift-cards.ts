import { z } from 'zod';
import type { Result } from '#shared/domain/result.ts';
import { customerIdSchema } from '#shared/domain/customer.ts';
import { GIFT_CARDS_MAX, GIFT_CARDS_PER_ORDER_MAX } from '#shared/domain/gift-card.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { AMOUNT_MAX_MINOR_UNITS, currencySchema, moneySchema, type Money } from '#shared/money/money.ts';
import type { CallContext } from './call.ts';
import type { PaymentError, PaymentSnapshot } from './payments.ts';

/** To whom a card is sent. Forgotten as soon as it is. */
export const giftCardRecipientSchema = z.strictObject({
  email: z.string().min(3).max(254),
  name: z.string().max(80).nullable(),
  from: z.string().max(80).nullable(),
  message: z.string().max(500).nullable(),
  /** Epoch milliseconds; not before. */
  sendAt: z.int().min(0).nullable(),
});
export type GiftCardRecipient = z.infer<typeof giftCardRecipientSchema>;

/** `key` names the cards for ever: asked for again under it, they are the same. */
export const issueGiftCardsSchema = z.strictObject({
  key: z.string().min(1).max(200),
  quantity: z.int().min(1).max(GIFT_CARDS_MAX),
  value: moneySchema.refine(({ amount }) => amount >= 1 && amount <= AMOUNT_MAX_MINOR_UNITS, {
    path: ['amount'],
    error: `must be 1 to ${AMOUNT_MAX_MINOR_UNITS}`,
  }),
  /** Days from when it can be spent; null: for ever. */
  validDays: z.int().min(1).max(36_500).nullable(),
  orderId: idSchema('order').nullable(),
  /** Whose order they are sold in; null: nobody's. For their data's sake alone: of two askings under a key it may differ. */
  customerId: customerIdSchema.nullable(),
  recipient: giftCardRecipientSchema.nullable(),
  /** Who issues them by hand, and why; null: they were sold. */
  byHand: z.strictObject({ by: idSchema('user'), reason: z.string().min(1).max(500) }).nullable(),
});
export type IssueGiftCards = z.infer<typeof issueGiftCardsSchema>;
/** In their order, as many as were asked for. */
export interface IssuedGiftCards {
  cards: { cardId: string; code: string }[];
}

export const giftCardKeySchema = z.strictObject({ key: z.string().min(1).max(200) });
export type GiftCardKey = z.infer<typeof giftCardKeySchema>;
/** `round` increases with each wish of the order: the newest counts, in whatever order they arrive. */
export const shutGiftCardsSchema = giftCardKeySchema.extend({ shut: z.boolean(), round: z.int().min(1) });
export type ShutGiftCards = z.infer<typeof shutGiftCardsSchema>;

/**
 * `withdrawn`: they were taken back, or are to be: there will be none under this key. `key_reused`: other cards were asked for
 * under it.
 */
export type IssueRefusal = 'withdrawn' | 'key_reused';

/** RPC face of the payments worker (entrypoint `GiftCardsRpc`) for who sells cards. Every method is safe to repeat. */
export interface GiftCardsService {
  /** Makes cards nobody can spend yet. */
  issue(call: CallContext, input: IssueGiftCards): Promise<Result<IssuedGiftCards, IssueRefusal>>;
  /** They can be spent from now on, and are sent to whom they are for. */
  activate(call: CallContext, input: GiftCardKey): Promise<void>;
  /** What is not spent or held is gone; also when they were never made, and then none will be. */
  withdraw(call: CallContext, input: GiftCardKey): Promise<void>;
  /** Cannot be spent until it is undone: the payment they were bought with is disputed. */
  shut(call: CallContext, input: ShutGiftCards): Promise<void>;
}

/** Codes as a customer typed them. */
export const findGiftCardsSchema = z.strictObject({
  codes: z.array(z.string().max(100)).min(1).max(GIFT_CARDS_PER_ORDER_MAX),
  /** Who tries them, and from where (a network, see `networkOf`); null: it is not known. */
  buyer: z.string().min(1).max(100),
  network: z.string().max(100).nullable(),
});
export type FindGiftCards = z.infer<typeof findGiftCardsSchema>;
export interface FoundGiftCard {
  card: GiftCardView;
  /** The last symbols of its code. */
  ending: string;
}
/** Wrong codes of this buyer or network: none is looked up for so long. */
export interface TooManyTries {
  code: 'too_many';
  retryAfterMs: number;
}

/** What is to be set aside on a card. */
export const holdGiftCardSchema = z.strictObject({
  /** See `giftCardPaymentId`: this payment is captured, cancelled and refunded like any other. */
  paymentId: z.string().max(255),
  orderId: idSchema('order'),
  attempt: z.int().min(1),
  currency: currencySchema,
  /** Minor units: what is wanted of it at most. */
  amount: z.int().min(1).max(AMOUNT_MAX_MINOR_UNITS),
  /** What has to remain for another way to pay, unless nothing does: the smallest payment there is. */
  restMin: z.int().min(0),
});
export type HoldGiftCard = z.infer<typeof holdGiftCardSchema>;

/** A gift card that a line of an order brought. */
export const soldGiftCardSchema = z.strictObject({
  cardId: idSchema('giftCard'),
  /** Of the line it was sold in. */
  instanceId: idSchema('instance'),
  /** Minor units that can be spent, as lists know it: it may be behind by moments. */
  balance: z.int().min(0),
});
export type SoldGiftCard = z.infer<typeof soldGiftCardSchema>;
export const soldInSchema = z.strictObject({ orderId: idSchema('order') });
export type SoldIn = z.infer<typeof soldInSchema>;

/** How many gift cards one refund takes something off. */
export const GIFT_CARDS_PER_REFUND_MAX = 500;
/** What a refund of the order they were sold in takes off cards, minor units; `key` names it for ever. */
export const takeBackGiftCardsSchema = z.strictObject({
  orderId: idSchema('order'),
  key: z.string().min(1).max(200),
  takes: z
    .array(
      z.strictObject({ cardId: idSchema('giftCard'), amount: z.int().min(1).max(AMOUNT_MAX_MINOR_UNITS) }),
    )
    .min(1)
    .max(GIFT_CARDS_PER_REFUND_MAX),
});
export type TakeBackGiftCards = z.infer<typeof takeBackGiftCardsSchema>;

/** RPC face of the payments worker (entrypoint `PaymentsRpc`) for who takes cards. Every method is safe to repeat. */
export interface GiftCardPayments {
  /** The cards that an order brought. */
  soldGiftCards(call: CallContext, input: SoldIn): Promise<SoldGiftCard[]>;
  /** Takes all of it off the cards, or nothing: `spent`, and then nothing ever under this key. */
  takeBackGiftCards(call: CallContext, input: TakeBackGiftCards): Promise<Result<null, 'spent'>>;
  /** The cards have again what was taken off under this key, and nothing is taken under it afterwards. */
  giveBackGiftCards(call: CallContext, input: TakeBackGiftCards): Promise<void>;
  /**
   * Sets money of a card aside for an order: as much as is wanted and there, nothing perhaps, and then the payment is
   * `cancelled`. The first answer stands. The payment's further steps are those of `PaymentsService`.
   */
  holdGiftCard(call: CallContext, input: HoldGiftCard): Promise<Result<PaymentSnapshot, PaymentError>>;
}
export interface GiftCardFinder {
  /** The cards of these codes, index-aligned; null: there is none. Tries are counted, those that were right are given back. */
  findGiftCards(
    call: CallContext,
    input: FindGiftCards,
  ): Promise<Result<(FoundGiftCard | null)[], TooManyTries>>;
}

export const GIFT_CARD_STATES = ['pending', 'active', 'disabled', 'withdrawn'] as const;
export type GiftCardState = (typeof GIFT_CARD_STATES)[number];

/** What happened to the money of a card; of the last two none moved. */
export const GIFT_CARD_ENTRIES = [
  'issued',
  'debited',
  'credited',
  'adjusted',
  'expired',
  'voided',
  'reclaimed',
  'restored',
  'disabled',
  'enabled',
] as const;
export type GiftCardEntryKind = (typeof GIFT_CARD_ENTRIES)[number];

export interface GiftCardEntry {
  /** Of its card, from 1. */
  sequence: number;
  kind: GiftCardEntryKind;
  /** What it added to the card, minor units; negative: it took it away. */
  amount: number;
  orderId: string | null;
  byId: string | null;
  reason: string;
  /** Epoch milliseconds. */
  at: number;
}
/** A card as its object knows it. Times are epoch milliseconds. */
export interface GiftCardView {
  cardId: string;
  state: GiftCardState;
  /** Can be spent now. */
  balance: Money;
  /** Set aside for orders that are not charged yet. */
  held: number;
  /** Null: never, or not before it can be spent. */
  expiresAt: number | null;
  version: number;
}
