import { customerIdSchema } from '#shared/domain/customer.ts';
import { z } from 'zod';
import type { CallContext } from '#shared/contracts/call.ts';
import {
  type Order,
  type OrderDifference,
  type OrderEffects,
  placeOrderSchema,
  type TimelineEntry,
} from '#shared/contracts/http/orders.ts';
import { changeOriginSchema } from '#shared/contracts/instance-changes.ts';
import type { OrderRisk } from '#shared/contracts/http/fraud.ts';
import type { PaymentEventMessage, ProvisioningResultMessage } from '#shared/contracts/messages.ts';
import type { Result } from '#shared/domain/result.ts';
import { GIFT_CARDS_PER_ORDER_MAX } from '#shared/domain/gift-card.ts';
import { type FrozenPrice, isPriceOf } from '#shared/domain/pricing/frozen.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { currencySchema } from '#shared/money/money.ts';
import { originSchema, UNKNOWN_ORIGIN } from '../fraud/face.ts';
import { onceSchema } from '../lib/commands.ts';
import type {
  AfterSaleInput,
  AfterSaleLook,
  AfterSaleReply,
  VersionInput,
  VersionReply,
  VersionsInput,
} from './after-sale.ts';
import type { EditInput, EditReply } from './edit.ts';
import type { Version } from './history.ts';
import type { EraseReply, PersonalOrder, PersonInput } from './persons.ts';
import type { Refusal } from './machine/document.ts';
import type { StockAllocatedInput } from '../stock/face.ts';
import type { Viewer } from './machine/view.ts';

/** `refusal`: why it cannot be spent on this order; the order then is refused in these words. */
export const namedCardSchema = z.strictObject({
  cardId: idSchema('giftCard'),
  ending: z.string().max(4),
  currency: currencySchema,
  refusal: z.string().max(300).optional(),
});

export type NamedCardInput = z.infer<typeof namedCardSchema>;
export const namedCardsSchema = z.array(namedCardSchema).max(GIFT_CARDS_PER_ORDER_MAX).default([]);

export const placeInputSchema = z
  .strictObject({
    orderId: idSchema('order'),
    customerId: customerIdSchema,
    /** Who places it; absent: the customer, a person. */
    placedBy: idSchema('user').optional(),
    request: placeOrderSchema,
    /** From a cart's object, or the quote of a change: what the customer was promised to pay, honoured until it expires. */
    quote: z
      .custom<FrozenPrice>((value) => typeof value === 'object' && value !== null)
      .nullable()
      .default(null),
    /** Gift cards it is paid with, as their codes were looked up: no code goes further than there. */
    giftCards: namedCardsSchema,
    /** Where it came from; absent where nobody told, as in an exchange. */
    origin: originSchema.default(UNKNOWN_ORIGIN),
    /** It changes or renews an instance of the customer's, at the price of its quote alone. */
    changeOf: changeOriginSchema.nullable().default(null),
    /** From another order's object alone: this one sends what replaces goods sent back. */
    exchangeOf: z
      .strictObject({ orderId: idSchema('order'), returnId: idSchema('return') })
      .nullable()
      .default(null),
  })
  .refine(
    ({ quote, request }) => quote === null || isPriceOf(quote, request),
    'the quote is of another order',
  );
export type PlaceInput = z.input<typeof placeInputSchema>;
export type Placed = z.output<typeof placeInputSchema>;

/** Of every command: whose account it is, whose orders are its own, and the key under which it has its effect once. */
const commandShape = {
  actorId: idSchema('user').nullable().default(null),
  customerId: customerIdSchema.nullable().default(null),
  once: onceSchema.nullable().default(null),
};
export const cancelInputSchema = z.strictObject({
  by: z.enum(['customer', 'operator']),
  text: z.string().max(300).nullable(),
  /** What undoing spares. Absent: a customer keeps what he has, an operator undoes everything. */
  keep: z.enum(['nothing', 'delivered']).optional(),
  ...commandShape,
});
export type CancelInput = z.input<typeof cancelInputSchema>;

export const retryInputSchema = z.strictObject({
  /** Key of one effect that was given up; null: everything outstanding. */
  effect: z.string().max(300).nullable().default(null),
  ...commandShape,
});
export type RetryInput = z.input<typeof retryInputSchema>;

export const resolveInputSchema = z.strictObject({
  as: z.enum(['completed', 'cancelled', 'refunded']),
  text: z.string().min(1).max(300),
  /** The difference that was seen, by its code. */
  confirm: z.string().max(300).nullable(),
  ...commandShape,
});
export type ResolveInput = z.input<typeof resolveInputSchema>;

export const exchangeEndedInputSchema = z.strictObject({
  returnId: idSchema('return'),
  /** The order of the replacement. */
  orderId: idSchema('order'),
  /** In words its customer may read; absent: what was sent was given back. */
  why: z.string().max(300).optional(),
});
export type ExchangeEndedInput = z.infer<typeof exchangeEndedInputSchema>;

export const timelineInputSchema = z.strictObject({
  as: z.enum(['customer', 'operator']),
  after: z.int().min(0),
  limit: z.int().min(1),
});
export type TimelineInput = z.infer<typeof timelineInputSchema>;
export interface TimelineReply {
  customerId: string;
  items: TimelineEntry[];
}

export const reviewInputSchema = z.strictObject({
  decision: z.enum(['approve', 'refuse']),
  text: z.string().min(1).max(300),
  ...commandShape,
});
export type ReviewInput = z.input<typeof reviewInputSchema>;

/** What placing ended with; kept, so that a repeat gets the very same. */
export type PlaceAnswer =
  | { kind: 'placed'; order: Order }
  | { kind: 'out_of_stock'; orderId: string; lineIndex: number; available: number }
  /** A promotion had no use left; `codeIndex`: which code it was asked for with, null when it counted by itself in a quote. */
  | { kind: 'promotion_used_up'; orderId: string; codeIndex: number | null; text: string }
  /** More than one customer may buy of a product in its period. */
  | { kind: 'purchase_limit'; orderId: string; lineIndex: number; left: number; text: string }
  /** Refused without a word why. */
  | { kind: 'blocked'; orderId: string }
  /** There is no such order: these fields of the body make it impossible. */
  | { kind: 'refused'; refusals: Refusal[] };
export type PlaceReply = (PlaceAnswer & { replayed: boolean }) | { kind: 'in_flight' };

export type CommandError =
  | { code: 'not_found' | 'key_reused' }
  /** The present state does not allow it, in words for whoever asked. */
  | { code: 'not_now'; detail: string }
  /** What was asked for is not there; `pointer` is RFC 6901 within the body. */
  | { code: 'refused'; refusals: Refusal[]; replayed: false }
  /** Money, deliveries and stock would disagree; `difference.code` confirms that this was seen. */
  | { code: 'unconfirmed'; difference: OrderDifference };
/** `replayed`: the command had its effect before, this is the answer of then. */
export type CommandReply = Result<{ order: Order; replayed: boolean }, CommandError>;

/** Follows an order over a WebSocket; see `ListenWish`. */
export interface OrderListening {
  fetch(request: Request): Promise<Response>;
}

/** As whom an order is read, and whose orders are the reader's own. */
export interface Reader {
  as: Viewer['as'];
  customerId?: string;
}

/** RPC face of an `Order` object, named by the order's id. Every method is safe to repeat. */
export interface OrderFace {
  /** Answers once the order can be paid or has ended, at the latest after `PLACE_WAIT_MS`. */
  place(call: CallContext, input: PlaceInput): Promise<PlaceReply>;
  /** What `place` answers to a repeat; null: nothing was placed. Asking places nothing. */
  placeReply(call: CallContext): Promise<PlaceReply | null>;
  /** Null when there is no such order; asking creates nothing. */
  read(call: CallContext, reader: Reader): Promise<Order | null>;
  /** Entries after a sequence number, oldest first. */
  timeline(call: CallContext, input: TimelineInput): Promise<TimelineReply | null>;
  cancel(call: CallContext, input: CancelInput): Promise<CommandReply>;
  /** Gives what an operator looked at another round. */
  retry(call: CallContext, input?: RetryInput): Promise<CommandReply>;
  /** Ends, by hand, what cannot go on by itself. */
  resolve(call: CallContext, input: ResolveInput): Promise<CommandReply>;
  /** What is known of its risk, for staff. */
  risk(call: CallContext): Promise<OrderRisk | null>;
  /** Decides about an order that waits for it. */
  review(call: CallContext, input: ReviewInput): Promise<CommandReply>;
  /** What is under way and what was given up, for operators. */
  effects(call: CallContext): Promise<OrderEffects | null>;
  /**
   * What a wish after the sale was answered before under its key (`replayed`), else the order as it is and nothing is granted:
   * for a wish that must be priced before it can be asked for.
   */
  lookAfterSale(call: CallContext, input: AfterSaleLook): Promise<AfterSaleReply>;
  /** A wish after the sale, granted once for its key. */
  afterSale(call: CallContext, input: AfterSaleInput): Promise<AfterSaleReply>;
  /** Changes an order before its payment, priced anew. */
  edit(call: CallContext, input: EditInput): Promise<EditReply>;
  /** Null when there is no such order. */
  versions(call: CallContext, input: VersionsInput): Promise<{ customerId: string; items: Version[] } | null>;
  /** The order before and after one of its versions. */
  version(call: CallContext, input: VersionInput): Promise<VersionReply | null>;
  /** False when there is no such order. */
  paymentChanged(call: CallContext, message: PaymentEventMessage): Promise<boolean>;
  lineChanged(call: CallContext, message: ProvisioningResultMessage): Promise<boolean>;
  /** Units on backorder have arrived for the order: it asks the stock which. False when there is no such order. */
  stockAllocated(call: CallContext, input: StockAllocatedInput): Promise<boolean>;
  /** From the order of a replacement: nothing of it stays with the customer. False when there is no such order. */
  exchangeEnded(call: CallContext, input: ExchangeEndedInput): Promise<boolean>;
  /** What it keeps about its customer; null when it is none of theirs. */
  personal(call: CallContext, input: PersonInput): Promise<PersonalOrder | null>;
  /** Something of it is on its way back, or asked to be. */
  hasOpenReturns(call: CallContext): Promise<boolean>;
  /** Takes the person out of it, for good; `not_ended` while anything of it is under way. */
  erasePerson(call: CallContext, input: PersonInput): Promise<EraseReply>;
  /** From the sweeper: goes on where something was lost. False when there is no such order. */
  nudge(call: CallContext): Promise<boolean>;
  /** Shows the order in lists again, and writes it down in the directory. False when there is no such order. */
  project(call: CallContext): Promise<boolean>;
}
