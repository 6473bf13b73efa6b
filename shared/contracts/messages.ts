import { customerIdSchema } from '#shared/domain/customer.ts';
import { z } from 'zod';
import { availabilitySchema, fulfilmentSchema, productStatusSchema } from '#shared/domain/product.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { callContextSchema } from './call.ts';
import { instanceChangeSchema } from './instance-changes.ts';
import { LOW_STOCK_THRESHOLD_DEFAULT, STOCK_SHARDS_MAX } from './http/stock.ts';
import { addressSchema } from '#shared/domain/address.ts';
import { suspensionReasonSchema } from '#shared/domain/suspension.ts';

/** Every message names its request, so a log search over one id shows all hops. Parsed by the consumer. */
const base = callContextSchema.extend({ messageId: z.string().min(1).max(200) });

/**
 * payments → itself. `payment.facts`: ask the provider about this payment and book it; `reconciliation.continue`: go on with
 * a reconciliation from where it stands.
 */
export const paymentFactsMessageSchema = z.discriminatedUnion('type', [
  base.extend({ type: z.literal('payment.facts'), paymentId: z.string().min(1).max(255) }),
  base.extend({ type: z.literal('reconciliation.continue'), reconciliationId: idSchema('reconciliation') }),
]);
export type PaymentFactsMessage = z.infer<typeof paymentFactsMessageSchema>;

/** payments → purchase. A wake-up call: the order refetches the truth from the provider. */
export const paymentEventMessageSchema = base.extend({
  type: z.literal('payment.changed'),
  eventId: z.string(),
  eventType: z.string(),
  orderId: idSchema('order'),
  paymentId: z.string(),
  /** The event is of a kind that only a thorough look at the payment shows. */
  thorough: z.boolean().optional(),
});
export type PaymentEventMessage = z.infer<typeof paymentEventMessageSchema>;

/** Of a line that changes or renews what its customer owns: its `instanceId` is a name for the change, of no instance. */
const changedInstanceId = idSchema('instance').optional();

/** purchase → provisioner. `instanceId` and `workflowId` are minted and stored by the order before this is sent. */
export const provisioningMessageSchema = z.discriminatedUnion('type', [
  base.extend({
    type: z.literal('line.provision'),
    orderId: idSchema('order'),
    orderNumber: z.string(),
    lineId: idSchema('line'),
    instanceId: idSchema('instance'),
    workflowId: z.string().max(100),
    customerId: customerIdSchema,
    productId: idSchema('product'),
    productVersion: z.int(),
    variantId: idSchema('variant'),
    sku: z.string(),
    title: z.string(),
    variantTitle: z.string(),
    quantity: z.int().min(1),
    customisation: z.record(z.string(), z.unknown()),
    fulfilment: fulfilmentSchema,
    shippingAddress: addressSchema.nullable(),
    /** Nothing new is made: an instance of the customer's is changed. */
    changes: instanceChangeSchema.optional(),
  }),
  /** After capture: the customer may now see key, link or access data. */
  base.extend({
    type: z.literal('line.activate'),
    orderId: idSchema('order'),
    lineId: idSchema('line'),
    instanceId: idSchema('instance'),
    changedInstanceId,
  }),
  /** Compensation. Must tolerate that provisioning never started, is running, failed or finished. */
  base.extend({
    type: z.literal('line.deprovision'),
    orderId: idSchema('order'),
    lineId: idSchema('line'),
    instanceId: idSchema('instance'),
    changedInstanceId,
    workflowId: z.string().max(100),
    reason: z.string().max(500),
  }),
  /**
   * What was made is out of the customer's reach until it is resumed. `sequence` increases with each wish of the order
   * about this line, whichever way: the newest counts, in whatever order they come, also before provisioning began.
   */
  base.extend({
    type: z.literal('line.suspend'),
    orderId: idSchema('order'),
    lineId: idSchema('line'),
    instanceId: idSchema('instance'),
    changedInstanceId,
    reason: suspensionReasonSchema,
    sequence: z.int().min(1),
  }),
  base.extend({
    type: z.literal('line.resume'),
    orderId: idSchema('order'),
    lineId: idSchema('line'),
    instanceId: idSchema('instance'),
    changedInstanceId,
    sequence: z.int().min(1),
  }),
]);
export type ProvisioningMessage = z.infer<typeof provisioningMessageSchema>;

/** What of a line was handed over: for those who word it in another language than `detail`. */
export const DELIVERED_CODES = [
  'key_ready',
  'keys_ready',
  'download_ready',
  'access_ready',
  'gift_card_ready',
  'gift_cards_ready',
  /** `params`: `carrier`, `trackingCode`. */
  'handed_over',
] as const;
export type DeliveredCode = (typeof DELIVERED_CODES)[number];

/** provisioner → purchase. `detail` is meant for the customer's eyes. */
export const provisioningResultMessageSchema = base.extend({
  type: z.enum([
    'line.started',
    'line.provisioned',
    'line.failed',
    'line.activated',
    'line.deprovisioned',
    'line.stuck',
    'line.suspended',
    'line.resumed',
  ]),
  orderId: idSchema('order'),
  lineId: idSchema('line'),
  instanceId: idSchema('instance'),
  /** Machine-readable cause of `line.failed` and `line.stuck`, e.g. `partner_refused`; of `line.activated` a `DeliveredCode`. */
  code: z.string().nullable(),
  /** What `code` is filled in with; absent in messages of an older version. */
  params: z.record(z.string(), z.string()).optional(),
  detail: z.string().max(1000),
  /**
   * Of `line.suspended` and `line.resumed`, and of a `line.stuck` that could be neither: how it stands. `sequence`: the
   * newest wish of the order that was heard; 0: none. `revision` increases with each change, so that older news is known.
   */
  access: z.strictObject({ sequence: z.int().min(0), revision: z.int().min(1) }).optional(),
});
export type ProvisioningResultMessage = z.infer<typeof provisioningResultMessageSchema>;

const catalogueChange = base.extend({
  /** The version the change made. */
  version: z.int().min(1),
  /** Epoch milliseconds. */
  at: z.int(),
  sequence: z.int().min(1),
});

/**
 * catalogue → purchase. `stock.declared`: `sequence` orders declarations of one SKU; an older one is ignored. The others
 * are public events of products and price lists; there `sequence` orders those of one subject.
 */
export const catalogueEventMessageSchema = z.discriminatedUnion('type', [
  base.extend({
    type: z.literal('stock.declared'),
    sku: z.string().min(1).max(100),
    onHand: z.int().min(0).max(1_000_000_000),
    sequence: z.int().min(1),
  }),
  catalogueChange.extend({
    type: z.enum(['product.created', 'product.updated', 'product.archived', 'product.published']),
    productId: idSchema('product'),
    status: productStatusSchema,
  }),
  catalogueChange.extend({
    type: z.literal('price_list.updated'),
    priceListId: idSchema('priceList'),
    status: z.enum(['active', 'archived']),
  }),
]);
export type CatalogueEventMessage = z.infer<typeof catalogueEventMessageSchema>;

/** purchase → catalogue. `sequence` increases with each change of one SKU; an older one is ignored. */
export const stockEventMessageSchema = base.extend({
  type: z.literal('stock.changed'),
  sku: z.string().min(1).max(100),
  /** Units free for anybody, over all locations and shards. */
  available: z.int().min(0),
  /** Absent in messages of an older version: follows from `available`. */
  availability: availabilitySchema.exclude(['unlimited']).optional(),
  /** When units on backorder should arrive, epoch milliseconds. */
  expectedAt: z.int().nullable().default(null),
  shards: z.int().min(1).max(STOCK_SHARDS_MAX).default(1),
  locations: z.array(z.strictObject({ code: z.string(), available: z.int().min(0) })).default([]),
  /** From how many units down the SKU, and each location of it, is low. Absent in messages of an older version. */
  lowStockThreshold: z.int().min(0).default(LOW_STOCK_THRESHOLD_DEFAULT),
  sequence: z.int().min(1),
});
export type StockEventMessage = z.infer<typeof stockEventMessageSchema>;
