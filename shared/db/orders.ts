import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type {
  FulfilmentState,
  OrderState,
  PaymentStatus,
  PlaceOrder,
} from '#shared/contracts/http/orders.ts';
import type { Currency } from '#shared/money/money.ts';

type Destination = NonNullable<PlaceOrder['destination']>;

/** `ORDERS_DB.orders`: a projection, rebuilt from the Order objects; see migrations/orders. */
export const orders = sqliteTable('orders', {
  id: text('id').primaryKey(),
  number: text('number').notNull(),
  customerId: text('customer_id').notNull(),
  /** Version of the document shown; a write with an older one changes nothing. */
  version: integer('version').notNull(),
  state: text('state').$type<OrderState>().notNull(),
  reasonCode: text('reason_code'),
  reasonText: text('reason_text'),
  currency: text('currency').$type<Currency>().notNull(),
  /** Minor units. */
  total: integer('total').notNull(),
  lineCount: integer('line_count').notNull(),
  firstTitle: text('first_title').notNull(),
  createdAt: text('created_at').notNull(),
  updatedAt: text('updated_at').notNull(),
  sweepAt: integer('sweep_at'),
  paymentStatus: text('payment_status').$type<PaymentStatus>().notNull(),
  fulfilment: text('fulfilment').$type<FulfilmentState>().notNull(),
  attentionCode: text('attention_code'),
  attentionText: text('attention_text'),
  attentionDetail: text('attention_detail'),
  placedBy: text('placed_by'),
  /** 1: it has ended and still waits for word of an instance. */
  unsettled: integer('unsettled').notNull(),
});

/** `ORDERS_DB.order_items`: what an order asked for, to find it by. */
export const orderItems = sqliteTable(
  'order_items',
  {
    orderId: text('order_id').notNull(),
    sku: text('sku').notNull(),
    productId: text('product_id').notNull(),
    createdAt: text('created_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.orderId, table.sku, table.productId] })],
);

/** `ORDERS_DB.order_tax_lines`: what the order means to the tax office; amounts in minor units, what goes back negative. */
export const orderTaxLines = sqliteTable(
  'order_tax_lines',
  {
    orderId: text('order_id').notNull(),
    /** Its place among the order's. */
    position: integer('position').notNull(),
    /** Version of the document that last changed it. */
    version: integer('version').notNull(),
    kind: text('kind', { enum: ['sale', 'refund', 'reversal', 'refund_outside', 'chargeback'] }).notNull(),
    reference: text('reference').notNull(),
    lineId: text('line_id').notNull(),
    sku: text('sku').notNull(),
    taxIndex: integer('tax_index').notNull(),
    occurredAt: text('occurred_at').notNull(),
    currency: text('currency').$type<Currency>().notNull(),
    country: text('country'),
    region: text('region'),
    name: text('name').notNull(),
    ratePpm: integer('rate_ppm').notNull(),
    included: integer('included', { mode: 'boolean' }).notNull(),
    net: integer('net').notNull(),
    tax: integer('tax').notNull(),
  },
  (table) => [primaryKey({ columns: [table.orderId, table.position] })],
);

/** `ORDERS_DB.command_batches`: which orders one command for many was given to, for as long as its key stands. */
export const commandBatches = sqliteTable('command_batches', {
  /** `<user id>:<Idempotency-Key>`. */
  key: text('key').primaryKey(),
  fingerprint: text('fingerprint').notNull(),
  /** JSON array of ids. */
  orderIds: text('order_ids').notNull(),
  /** JSON place in the list, or null. */
  next: text('next'),
  /** Epoch milliseconds. */
  expiresAt: integer('expires_at').notNull(),
});

/** `ORDERS_DB.instance_quotes`: prices promised for a change or renewal of an instance; dropped days after they expired. */
export const instanceQuotes = sqliteTable(
  'instance_quotes',
  {
    id: text('id').primaryKey(),
    customerId: text('customer_id').notNull(),
    /** JSON. */
    document: text('document').notNull(),
    /** The order it was accepted with. */
    orderId: text('order_id'),
    expiresAt: integer('expires_at').notNull(),
  },
  (table) => [index('instance_quotes_expired').on(table.expiresAt)],
);

/** `ORDERS_DB.instance_renewals`: instances that renew by themselves, and how far the next renewal is. Truth, no projection. */
export const instanceRenewals = sqliteTable('instance_renewals', {
  instanceId: text('instance_id').primaryKey(),
  customerId: text('customer_id').notNull(),
  methodId: text('method_id').notNull(),
  destination: text('destination', { mode: 'json' }).$type<Destination>(),
  locale: text('locale').notNull(),
  agreedAt: integer('agreed_at').notNull(),
  state: text('state', { enum: ['on', 'paying', 'failed'] }).notNull(),
  remindedOf: integer('reminded_of'),
  attempts: integer('attempts').notNull(),
  quoteId: text('quote_id'),
  orderId: text('order_id'),
  lookAt: integer('look_at'),
});
