import { z } from 'zod';
import { productStatusSchema } from '#shared/domain/product.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { moneySchema } from '#shared/money/money.ts';
import { callContextSchema } from './call.ts';
import { orderDisputeSchema, orderLineSchema, orderReturnSchema, orderSchema } from './http/orders.ts';

/** What of an order leaves the shop with its events: no secret of the payment, no address, no customisation. */
export const eventOrderHeadSchema = orderSchema
  .pick({
    id: true,
    number: true,
    customerId: true,
    version: true,
    state: true,
    reason: true,
    currency: true,
    total: true,
    createdAt: true,
    updatedAt: true,
  })
  .meta({ id: 'EventOrderHead' });
export const eventLineSchema = orderLineSchema
  .pick({
    id: true,
    productId: true,
    variantId: true,
    sku: true,
    kind: true,
    quantity: true,
    bundleId: true,
    unitPrice: true,
    total: true,
    state: true,
    instanceId: true,
  })
  .extend({
    /** Cut to 100 characters. */
    title: z.string().max(100),
    variantTitle: z.string().max(100),
  })
  .meta({ id: 'EventLine' });

const orderDataSchema = z
  .strictObject({ order: eventOrderHeadSchema.extend({ lines: z.array(eventLineSchema) }) })
  .meta({ id: 'OrderEventData' });
const lineDataSchema = z
  .strictObject({
    order: eventOrderHeadSchema,
    line: eventLineSchema.extend({ detail: z.string().max(1000) }),
  })
  .meta({ id: 'LineEventData' });
const refundDataSchema = z
  .strictObject({
    order: eventOrderHeadSchema,
    refund: z.strictObject({
      amount: moneySchema,
      /** Everything refunded of this order so far. */
      refundedTotal: moneySchema,
    }),
  })
  .meta({ id: 'RefundEventData' });
const returnDataSchema = z
  .strictObject({
    order: eventOrderHeadSchema,
    return: orderReturnSchema
      .pick({ id: true, state: true, wish: true, lines: true, refundId: true, exchangeOrderId: true })
      .extend({
        /** Why the step was made, in the words of who made it. */
        reason: z.string().max(1000),
      }),
  })
  .meta({ id: 'ReturnEventData' });
const disputeDataSchema = z
  .strictObject({
    order: eventOrderHeadSchema,
    dispute: orderDisputeSchema,
  })
  .meta({ id: 'DisputeEventData' });
const paymentDataSchema = z
  .strictObject({ order: eventOrderHeadSchema, payment: z.strictObject({ message: z.string().max(1000) }) })
  .meta({ id: 'PaymentEventData' });

const productDataSchema = z
  .strictObject({
    product: z.strictObject({
      id: idSchema('product'),
      /** The version this event made; read the product for what it says now. */
      version: z.int().min(1),
      status: productStatusSchema,
    }),
  })
  .meta({ id: 'ProductEventData' });
const priceListDataSchema = z
  .strictObject({
    priceList: z.strictObject({
      id: idSchema('priceList'),
      version: z.int().min(1),
      status: z.enum(['active', 'archived']),
    }),
  })
  .meta({ id: 'PriceListEventData' });

/** Every event that leaves the shop: what it says and when it happens. */
export const PUBLIC_EVENTS = {
  'order.placed': {
    when: 'The order stands: priced, its stock held, its payment open. Once an order.',
    data: orderDataSchema,
  },
  'order.paid': {
    when: 'The whole amount is authorised or received (or nothing is to be paid), and preparing begins. Once an order.',
    data: orderDataSchema,
  },
  'order.partially_fulfilled': {
    when: 'Something was handed over while other lines are still to come. Once an order.',
    data: orderDataSchema,
  },
  'order.completed': { when: 'The order ended with a delivery. Once an order.', data: orderDataSchema },
  'order.cancelled': {
    when: 'The order ended without a delivery, and nothing was charged. Once an order, and never of one that was refused at placing.',
    data: orderDataSchema,
  },
  'order.refunded': {
    when: 'The order ended undone, and what had been charged went back. Once an order.',
    data: orderDataSchema,
  },
  'order.needs_operator': {
    when: 'The order cannot go on by itself: a person must look. Each time it happens.',
    data: orderDataSchema,
  },
  'order.in_review': {
    when: 'The order is checked by a person before anything is prepared. Each time it happens.',
    data: orderDataSchema,
  },
  'order.updated': {
    when: 'The order was changed: its lines or its address before the payment, or lines were cancelled after it. Each time.',
    data: orderDataSchema,
  },
  'line.delivered': { when: 'One line was handed over to the customer.', data: lineDataSchema },
  'line.failed': { when: 'One line could not be made.', data: lineDataSchema },
  'payment.failed': {
    when: 'An attempt to pay failed; the customer may try again.',
    data: paymentDataSchema,
  },
  'refund.created': {
    when: 'Money went back to the customer, all or a part. Once a refund, with its own amount.',
    data: refundDataSchema,
  },
  'order.dispute_opened': {
    when: 'The customer’s bank asks about the payment (`warning`) or takes it back until that is decided (`open`). Once each, so that an inquiry that becomes a dispute is told twice.',
    data: disputeDataSchema,
  },
  'order.dispute_won': { when: 'A dispute was decided for the shop.', data: disputeDataSchema },
  'order.dispute_lost': { when: 'A dispute was decided for the customer.', data: disputeDataSchema },
  'order.refunded_outside': {
    when: 'Money went back that the order had not asked for: somebody refunded it at the payment service. Beside `refund.created`.',
    data: refundDataSchema,
  },
  'return.requested': { when: 'The customer asked to send goods back.', data: returnDataSchema },
  'return.approved': { when: 'A return was approved: the goods may come.', data: returnDataSchema },
  'return.rejected': { when: 'A return was declined.', data: returnDataSchema },
  'return.withdrawn': { when: 'The customer keeps the goods after all.', data: returnDataSchema },
  'return.received': { when: 'Returned goods arrived.', data: returnDataSchema },
  'return.refunded': { when: 'What was paid for returned goods goes back.', data: returnDataSchema },
  'return.exchanged': { when: 'The order that replaces returned goods was placed.', data: returnDataSchema },
  'product.created': {
    when: 'A product was made, by a request or an import, in whichever status. Once a product.',
    data: productDataSchema,
  },
  'product.updated': {
    when: 'A product has a new version, by a request, an import, a bulk edit or a collection taken away. Once a version.',
    data: productDataSchema,
  },
  'product.published': {
    when: 'A product came into the shop, by hand or because its time had come. Once a version.',
    data: productDataSchema,
  },
  'product.archived': {
    when: 'A product was taken out of the shop. Once a version.',
    data: productDataSchema,
  },
  'price_list.updated': {
    when: 'A price list was made, changed or archived, or prices in it were written. Each time.',
    data: priceListDataSchema,
  },
} as const satisfies Record<string, { when: string; data: z.ZodType }>;
export type PublicEventType = keyof typeof PUBLIC_EVENTS;
export const PUBLIC_EVENT_TYPES = Object.keys(PUBLIC_EVENTS) as [PublicEventType, ...PublicEventType[]];

/** What the order's machine tells; the envelope is made around it when it leaves. */
export interface PublicEvent {
  type: PublicEventType;
  /** Counts the public events of one order from 1. */
  sequence: number;
  /** Epoch milliseconds. */
  at: number;
  data: unknown;
}

const WORDS: ReadonlySet<string> = new Set(['text', 'detail', 'reason', 'message']);

/** A public event's data without anybody's words. */
export function withoutWords(data: unknown): unknown {
  if (Array.isArray(data)) return data.map(withoutWords);
  if (data === null || typeof data !== 'object') return data;
  return Object.fromEntries(
    Object.entries(data).map(([name, value]) => [
      name,
      typeof value === 'string' && WORDS.has(name) ? '' : withoutWords(value),
    ]),
  );
}

/** CloudEvents 1.0 in JSON (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md). */
export const cloudEventSchema = z
  .strictObject({
    specversion: z.literal('1.0'),
    /** Also the `webhook-id`: the same however often it is delivered. */
    id: z.string().min(1).max(100),
    source: z.url(),
    type: z.string().min(1).max(60),
    subject: z.string().max(100),
    time: z.iso.datetime(),
    /** Increases with each public event of one subject (of an order by one, from 1): tells which of two is newer. */
    sequence: z.int().min(1),
    datacontenttype: z.literal('application/json'),
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'CloudEvent' });
export type CloudEvent = z.infer<typeof cloudEventSchema>;

/** purchase → purchase: one public event, to be handed to every endpoint that wants it. */
export const orderEventMessageSchema = callContextSchema.extend({
  messageId: z.string().min(1).max(200),
  orderId: idSchema('order'),
  event: cloudEventSchema,
});
export type OrderEventMessage = z.infer<typeof orderEventMessageSchema>;
