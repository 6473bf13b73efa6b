import { linesNamed, unitsNamed } from './machine/bundles.ts';
import { soldGiftCardSchema } from '#shared/contracts/gift-cards.ts';
import { customerIdSchema } from '#shared/domain/customer.ts';
import { z } from 'zod';
import type { Order } from '#shared/contracts/http/orders.ts';
import { locationCodeSchema } from '#shared/contracts/http/stock.ts';
import { placeOrderSchema } from '#shared/contracts/http/orders.ts';
import type { Result } from '#shared/domain/result.ts';
import { isPriceOf } from '#shared/domain/pricing/frozen.ts';
import type { PricedOrder } from '#shared/domain/pricing/priced.ts';
import { idSchema, type IdKind } from '#shared/ids/ids.ts';
import type { Version } from './history.ts';
import type { Actor, OrderDocument } from './machine/document.ts';
import type { Viewer } from './machine/viewer.ts';
import { linesFor } from './machine/after-sale/access.ts';
import { findReturn } from './machine/after-sale/check.ts';
import { exchangePrice } from './machine/after-sale/exchange.ts';
import { partsOfReturn } from './machine/after-sale/settlement.ts';
import { DAY_MS } from '#shared/time/time.ts';
import type { AfterSaleCommand, AfterSaleError } from './machine/after-sale/events.ts';

const units = z.strictObject({ lineId: idSchema('line'), quantity: z.int().min(1) });
const shelved = units.extend({ location: locationCodeSchema.optional() });
const why = z.string().max(300);
const returnId = idSchema('return');

/** A wish as it comes in: without the ids that the order mints for it. */
const wishSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('refund.requested'),
    wish: z.discriminatedUnion('of', [
      z.strictObject({ of: z.literal('lines'), lines: z.array(units), shipping: z.boolean() }),
      z.strictObject({ of: z.literal('amount'), amount: z.int().min(1), shipping: z.boolean() }),
      z.strictObject({ of: z.literal('everything') }),
    ]),
    /** `all`: everything that is not a parcel. */
    revoke: z.union([z.array(idSchema('line')), z.literal('all')]),
    restock: z.array(shelved),
    cards: z.array(soldGiftCardSchema).nullable().optional(),
    why,
  }),
  z.strictObject({ type: z.literal('note.added'), text: z.string().min(1).max(2_000), visible: z.boolean() }),
  z.strictObject({
    type: z.literal('return.requested'),
    wish: z.enum(['refund', 'exchange']),
    lines: z.array(units.extend({ reason: z.string().max(300) })).min(1),
    why,
  }),
  z.strictObject({ type: z.literal('lines.cancelled'), lineIds: z.array(idSchema('line')).min(1), why }),
  z.strictObject({
    type: z.literal('access.decided'),
    decision: z.enum(['suspend', 'restore', 'revoke']),
    /** Null: all the decision can be about. */
    lineIds: z.array(idSchema('line')).min(1).nullable(),
    why,
  }),
  z.strictObject({ type: z.enum(['return.approved', 'return.rejected', 'return.withdrawn']), returnId, why }),
  z.strictObject({ type: z.literal('return.received'), returnId, restock: z.array(shelved), why }),
  z.strictObject({
    type: z.literal('return.refunded'),
    returnId,
    amount: z.int().min(1).nullable(),
    shipping: z.boolean(),
    why,
  }),
  z
    .strictObject({
      type: z.literal('return.exchanged'),
      returnId,
      request: placeOrderSchema,
      /** What the replacement costs by the rules; what came back is taken off it here. */
      priced: z.custom<PricedOrder>((value) => typeof value === 'object' && value !== null),
      why,
    })
    .refine(
      ({ priced, request }) => isPriceOf({ priced, expiresAt: 0 }, request),
      'the price is of another order',
    ),
]);
export type AfterSaleWish = z.infer<typeof wishSchema>;

export const askerSchema = z.strictObject({
  kind: z.enum(['customer', 'operator']),
  id: idSchema('user'),
  /** Whose orders a customer asks about; absent: their own. */
  customerId: customerIdSchema.optional(),
});
export type OrderAsker = z.infer<typeof askerSchema>;

export const afterSaleInputSchema = z.strictObject({
  by: askerSchema,
  /** The client's `Idempotency-Key`, and the digest of the request it stands for. */
  key: z.string().min(1).max(255),
  fingerprint: z.string().length(64),
  wish: wishSchema,
});
/** Of a wish that must be priced before it can be asked for. */
export const afterSaleLookSchema = afterSaleInputSchema.omit({ wish: true });
export type AfterSaleLook = z.infer<typeof afterSaleLookSchema>;
export type AfterSaleInput = z.input<typeof afterSaleInputSchema>;
export type AfterSaleAsked = z.output<typeof afterSaleInputSchema>;

/** The order after the wish; `replayed`: it was granted to this very request before. */
export type AfterSaleReply = Result<
  { order: Order; replayed: boolean },
  AfterSaleError | { code: 'key_reused' }
>;

export const versionsInputSchema = z.strictObject({
  /** Exclusive, newest first. */
  before: z.int().min(1).nullable(),
  limit: z.int().min(1).max(101),
  as: z.enum(['customer', 'operator']),
});
export type VersionsInput = z.infer<typeof versionsInputSchema>;

export const versionInputSchema = z.strictObject({
  version: z.int().min(1),
  as: z.enum(['customer', 'operator']),
});
export type VersionInput = z.infer<typeof versionInputSchema>;
export interface VersionReply {
  customerId: string;
  version: Version;
  /** Null: it did not exist for anybody. */
  before: Order | null;
  after: Order | null;
}

/** Whose wish it is decides whether there is such an order at all. */
export const mayAsk = (document: OrderDocument, { kind, id, customerId = id }: OrderAsker): boolean =>
  kind === 'operator' || document.customerId === customerId;

/** Staff pay their own orders like anybody. */
export const viewerOf = (
  { customerId: owner }: Pick<OrderDocument, 'customerId'>,
  { kind, id, customerId = id }: OrderAsker,
): Viewer => ({ as: kind, isOwn: owner === customerId });

/** Who it was, as histories keep it. */
export const actorIn = ({ kind, id }: OrderAsker): Actor => ({ kind, id });

/** The wish as a command of the machine, with the ids it needs. */
export function commandOf(
  document: OrderDocument,
  { by: asker, wish }: { by: OrderAsker; wish: AfterSaleWish },
  newId: (kind: IdKind) => string,
  at: number,
): AfterSaleCommand & { at: number } {
  const by = actorIn(asker);
  switch (wish.type) {
    case 'refund.requested': {
      const revoke =
        wish.revoke === 'all'
          ? document.lines
              .filter((line) => line.state === 'delivered' && line.fulfilment.template !== 'parcel')
              .map(({ id }) => id)
          : wish.revoke;
      const restock = wish.restock.flatMap((units) => shelvedParts(document, units));
      return {
        ...wish,
        revoke: withParts(document, revoke),
        restock,
        refundId: newId('refund'),
        cards: wish.cards ?? null,
        by,
        at,
      };
    }
    case 'note.added':
      return { ...wish, noteId: newId('note'), by, at };
    case 'return.requested':
      return { ...wish, returnId: newId('return'), by, at };
    case 'return.refunded':
      return { ...wish, refundId: newId('refund'), by, at };
    case 'return.exchanged':
      return exchangeCommand(document, wish, by, newId, at);
    case 'access.decided': {
      const lineIds = wish.lineIds ?? linesFor(document, wish.decision).map(({ id }) => id);
      return { ...wish, lineIds, by, at };
    }
    case 'lines.cancelled':
    case 'return.approved':
    case 'return.rejected':
    case 'return.withdrawn':
    case 'return.received':
      return { ...wish, by, at };
  }
}

/** Of a bundle what can be taken back by itself: parcels come back by a return. */
const withParts = (document: OrderDocument, ids: readonly string[]): string[] =>
  ids.flatMap((id) =>
    document.bundles?.some((bundle) => bundle.id === id) === true
      ? linesNamed(document, id)
          .filter(({ fulfilment }) => fulfilment.template !== 'parcel')
          .map((line) => line.id)
      : [id],
  );

/** Of a bundle what stands on a shelf. */
const shelvedParts = (document: OrderDocument, units: z.infer<typeof shelved>): z.infer<typeof shelved>[] =>
  unitsNamed(document, [units])
    .filter(({ lineId }) => lineId === units.lineId || isStocked(document, lineId))
    .map(({ lineId, quantity }) => ({ ...units, lineId, quantity }));
const isStocked = ({ lines }: OrderDocument, lineId: string): boolean =>
  lines.some(({ id, stockTracked }) => id === lineId && stockTracked);

/** A price promised to a replacement stands until its order is placed, however long that takes. */
const EXCHANGE_PROMISED_MS = 30 * DAY_MS;

function exchangeCommand(
  document: OrderDocument,
  { type, returnId, request, priced, why: reason }: Extract<AfterSaleWish, { type: 'return.exchanged' }>,
  by: Actor,
  newId: (kind: IdKind) => string,
  at: number,
): AfterSaleCommand & { at: number } {
  const found = findReturn(document, returnId);
  const parts = found === undefined ? [] : partsOfReturn(document, found);
  const credit = parts.reduce((sum, part) => sum + part.amount, 0);
  const title = `Exchange of order ${document.number}`;
  const { priced: lowered, used } = exchangePrice(priced, { credit, promotionId: returnId, title });
  const quote = { priced: lowered, expiresAt: at + EXCHANGE_PROMISED_MS };
  const ids = { orderId: newId('order'), refundId: newId('refund') };
  // Its mails speak the customer's language.
  const spoken = { ...request, locale: document.request.locale };
  return { type, returnId, ...ids, request: spoken, quote, used, by, why: reason, at };
}
