import { z } from 'zod';
import { localeSchema } from '#shared/domain/locale.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { moneySchema } from '#shared/money/money.ts';
import { savedMethodIdSchema } from '../payments.ts';
import { destinationSchema, PAYMENT_WINDOW_SECONDS, payingWithShape, paymentWindowSchema } from './orders.ts';
import { linePriceSchema, priceSchema } from './price.ts';

const instanceId = idSchema('instance');
const destination = destinationSchema.optional();

export const quoteInstanceChangeSchema = z
  .discriminatedUnion('change', [
    z.strictObject({ change: z.literal('plan'), instanceId, variantId: idSchema('variant'), destination }),
    z.strictObject({
      change: z.literal('renewal'),
      instanceId,
      /** The plan of the next term; default: as it is. */
      variantId: idSchema('variant').optional(),
      destination,
    }),
  ])
  .meta({
    id: 'QuoteInstanceChange',
    description:
      '`plan`: another variant of its product, or of one with the same `planGroup`, at once; `renewal`: a further term. `destination`: where its owner is, for taxes',
  });
export type QuoteInstanceChange = z.infer<typeof quoteInstanceChangeSchema>;

export const instanceQuoteSchema = z
  .strictObject({
    id: idSchema('quote'),
    instanceId,
    change: z.enum(['plan', 'renewal']),
    title: z.string(),
    /** The plan it has once it is accepted and paid. */
    plan: z.strictObject({ variantId: idSchema('variant'), sku: z.string(), variantTitle: z.string() }),
    /** The plan it has now. */
    presentPlan: z.strictObject({ variantId: idSchema('variant'), variantTitle: z.string() }),
    takesEffect: z.enum(['at_once', 'with_next_term']),
    /** Until when it is paid for then; null: for ever. */
    endsAt: z.iso.datetime().nullable(),
    /** What the plan costs for its time, as prices are shown. */
    cost: moneySchema,
    /** What was paid for and not used, taken off. */
    unused: moneySchema,
    line: linePriceSchema,
    price: priceSchema,
    /** What accepting it costs. */
    total: moneySchema,
    expiresAt: z.iso.datetime(),
  })
  .meta({ id: 'InstanceQuote', description: 'What a change or renewal of a product costs, as a promise' });
export type InstanceQuote = z.infer<typeof instanceQuoteSchema>;

export const orderInstanceChangeSchema = z
  .strictObject({
    quoteId: idSchema('quote'),
    paymentWindowSeconds: paymentWindowSchema.default(PAYMENT_WINDOW_SECONDS.default),
    locale: localeSchema.default('en'),
    ...payingWithShape,
  })
  .meta({ id: 'OrderInstanceChange' });
export type OrderInstanceChange = z.infer<typeof orderInstanceChangeSchema>;

export const agreeToRenewalSchema = z
  .strictObject({
    /** One of `GET /v1/payment-methods`: charged for each further term, at its price of then. */
    paymentMethodId: savedMethodIdSchema,
    /** That it is charged without asking again, until this is switched off. */
    agreed: z.literal(true),
    destination,
    locale: localeSchema.default('en'),
  })
  .meta({ id: 'AgreeToRenewal' });
export type AgreeToRenewal = z.infer<typeof agreeToRenewalSchema>;

export const instanceRenewalSchema = z
  .strictObject({
    instanceId,
    paymentMethodId: savedMethodIdSchema,
    agreedAt: z.iso.datetime(),
    state: z.enum(['on', 'paying', 'failed']),
    /** Orders of this term that were not paid. */
    attempts: z.int(),
    /** The order under way. */
    orderId: idSchema('order').nullable(),
  })
  .meta({
    id: 'InstanceRenewal',
    description:
      '`on`: renewed by itself as its term ends; `paying`: an order for it is under way; `failed`: it was not paid, however often: its owner renews it or agrees anew',
  });
export type InstanceRenewal = z.infer<typeof instanceRenewalSchema>;
