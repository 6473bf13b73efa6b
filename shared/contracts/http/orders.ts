import { customerIdSchema } from '#shared/domain/customer.ts';
import { z } from 'zod';
import { addressSchema, countrySchema, regionSchema } from '#shared/domain/address.ts';
import { jsonFault } from '#shared/domain/bounded-json.ts';
import { GIFT_CARDS_PER_ORDER_MAX } from '#shared/domain/gift-card.ts';
import { codeSchema } from '#shared/domain/pricing/code.ts';
import { productKindSchema } from '#shared/domain/product.ts';
import { suspensionReasonSchema } from '#shared/domain/suspension.ts';
import { localeSchema } from '#shared/domain/locale.ts';
import { savedMethodIdSchema, transferInstructionsSchema } from '#shared/contracts/payments.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { currencySchema, moneySchema } from '#shared/money/money.ts';
import { verificationSchema } from './payment-methods.ts';
import { linePriceSchema, priceSchema } from './price.ts';

export const LINES_MAX = 50;
export const QUANTITY_MAX = 10_000;
/** Each component of a bundle is a line of the order. */
export const tooManyParts = (count: number): string =>
  `come to ${count} with the parts of bundles; one order takes ${LINES_MAX}: remove some`;
/** How long the customer has to pay, by default and in bounds. The hold on stock lasts as long. */
export const PAYMENT_WINDOW_SECONDS = { min: 5, default: 1_800, max: 86_400 } as const;
export const paymentWindowSchema = z.int().min(PAYMENT_WINDOW_SECONDS.min).max(PAYMENT_WINDOW_SECONDS.max);

/** Of one line, as it is stored: serialised again, in UTF-8. What fits travels in one message of a queue (128 KB). */
export const CUSTOMISATION_BYTES_MAX = 16 * 1024;
/** Levels of objects and arrays in each other, the customisation itself being the first. */
export const CUSTOMISATION_DEPTH_MAX = 16;

/** Looked at before anything copies or walks it. */
export const customisationSchema = z
  .preprocess(
    (value, context) => {
      const fault = jsonFault(value, {
        depthMax: CUSTOMISATION_DEPTH_MAX,
        bytesMax: CUSTOMISATION_BYTES_MAX,
      });
      if (fault !== null) context.addIssue({ code: 'custom', path: fault.path, message: fault.detail });
      return value;
    },
    z.record(z.string().max(64), z.unknown()),
  )
  .default({})
  .meta({
    description: `Checked against the product's \`customisationSchema\`. At most ${CUSTOMISATION_BYTES_MAX} bytes of JSON, numbers written out, and ${CUSTOMISATION_DEPTH_MAX} levels deep; \`__proto__\` is not a name, and text is well-formed Unicode.`,
  });

export const orderStateSchema = z
  .enum([
    'placing',
    'awaiting_payment',
    'in_review',
    'provisioning',
    'capturing',
    'completed',
    'compensating',
    'cancelled',
    'refunded',
    'needs_operator',
  ])
  .meta({ id: 'OrderState' });
export type OrderState = z.infer<typeof orderStateSchema>;

export const deliverySchema = z.enum(['together', 'as_ready']).meta({
  id: 'Delivery',
  description:
    '`together`: all lines or none, charged when all are made. `as_ready`: each line is charged and handed over as soon as it is made; what cannot be delivered is not charged, or refunded.',
});
export type Delivery = z.infer<typeof deliverySchema>;
export const CODES_MAX = 10;
export const codesSchema = z.array(codeSchema).max(CODES_MAX);
export const destinationSchema = z
  .strictObject({ country: countrySchema, region: regionSchema.optional() })
  .meta({
    id: 'Destination',
    description: 'ISO 3166-1 alpha-2 country, with the second part of an ISO 3166-2 code',
  });

/** How the customer wants to pay, as an order and a checkout take it. */
export const payingWithShape = {
  /**
   * One of `GET /v1/payment-methods`: charged at once. When the bank wants the customer, or declines, the order waits in
   * `awaiting_payment` with a client secret like any other.
   */
  paymentMethodId: savedMethodIdSchema.optional(),
  /** Keep what is paid with for later orders; of an organisation's order, which a colleague may pay, nothing is kept. */
  savePaymentMethod: z.boolean().optional(),
};

/** Gift cards to pay with, as an order and a checkout take them. */
export const giftCardsShape = {
  /**
   * Charged first, in this order, each at most its balance; the payment asks for what they leave, which is nothing or enough
   * for a payment. A code that cannot be spent refuses the order. Gift cards cannot be bought with them.
   */
  giftCards: z
    .array(z.strictObject({ code: z.string().trim().min(1).max(100) }))
    .max(GIFT_CARDS_PER_ORDER_MAX)
    .default([]),
};

export const placeOrderSchema = z.strictObject({
  currency: currencySchema,
  lines: z
    .array(
      z.strictObject({
        variantId: idSchema('variant'),
        quantity: z.int().min(1).max(QUANTITY_MAX),
        customisation: customisationSchema,
      }),
    )
    .min(1)
    .max(LINES_MAX),
  /** Required when a line is delivered as a parcel. */
  shippingAddress: addressSchema.optional(),
  /** A product that may only be delivered with everything else wins over `as_ready`. */
  delivery: deliverySchema.default('together'),
  /**
   * Where the customer is, for taxes, when nothing is sent as a parcel. The shipping address comes first; without
   * either it is the shop's own country.
   */
  destination: destinationSchema.optional(),
  /** Promotion codes; higher priorities come first, then the earlier code. Capitals and spaces around do not matter. */
  codes: codesSchema.default([]),
  /** How a parcel is sent; default: the cheapest way to its address. */
  shippingMethodId: idSchema('shippingMethod').optional(),
  /** Shortens or lengthens the time to pay; the stock is held for as long. */
  paymentWindowSeconds: paymentWindowSchema.default(PAYMENT_WINDOW_SECONDS.default),
  locale: localeSchema.default('en'),
  ...payingWithShape,
});
/** What an order keeps of what was asked for. */
export type PlaceOrder = z.infer<typeof placeOrderSchema>;

/** As a client asks for it: codes of gift cards are looked up before the order hears of them, and kept nowhere. */
export const placeOrderBodySchema = placeOrderSchema.extend(giftCardsShape).meta({ id: 'PlaceOrder' });
export type PlaceOrderBody = z.infer<typeof placeOrderBodySchema>;

export const orderLineSchema = z
  .strictObject({
    id: idSchema('line'),
    productId: idSchema('product'),
    variantId: idSchema('variant'),
    sku: z.string(),
    kind: productKindSchema,
    title: z.string(),
    variantTitle: z.string(),
    quantity: z.int(),
    /** The bundle it is a part of, one of `bundles`; null: it was bought by itself. */
    bundleId: idSchema('line').nullable(),
    unitPrice: moneySchema,
    total: moneySchema,
    /** How `total` comes about. */
    price: linePriceSchema,
    customisation: z.record(z.string(), z.unknown()),
    state: z.enum(['pending', 'provisioning', 'provisioned', 'delivered', 'failed', 'undoing', 'undone']),
    /** Where it stands, in words for the customer. */
    detail: z.string(),
    instanceId: idSchema('instance').nullable(),
    /** Given back after the sale. */
    refunded: z.strictObject({ quantity: z.int(), amount: moneySchema }),
    /** Came back for a replacement, and what it pays of it: no money went back. */
    exchanged: z.strictObject({ quantity: z.int(), amount: moneySchema }),
    /** Taken back after the sale, with its refund. */
    revoked: z.boolean(),
    /** Why it is out of the customer's reach for now; null: it is not. */
    suspension: z.union([
      z.strictObject({
        /** `suspending` and `resuming` until that is done everywhere. */
        state: z.enum(['suspending', 'suspended', 'resuming']),
        code: suspensionReasonSchema,
        text: z.string(),
        since: z.iso.datetime(),
      }),
      z.null(),
    ]),
    /** Until when it may be sent back, and how many units; null when it cannot be. */
    returnable: z.union([z.strictObject({ until: z.iso.datetime(), quantity: z.int() }), z.null()]),
  })
  .meta({ id: 'OrderLine' });

/** A bundle is one position of the order; what it is made of are lines, whose prices add up to its own. */
export const orderBundleSchema = z
  .strictObject({
    /** Changes and cancellations name it like a line; its parts stay together. */
    id: idSchema('line'),
    productId: idSchema('product'),
    variantId: idSchema('variant'),
    sku: z.string(),
    title: z.string(),
    variantTitle: z.string(),
    quantity: z.int(),
    unitPrice: moneySchema,
    total: moneySchema,
    price: linePriceSchema,
    customisation: z.record(z.string(), z.unknown()),
    /** Its parts among `lines`. */
    lineIds: z.array(idSchema('line')),
  })
  .meta({ id: 'OrderBundle' });

export const orderReasonSchema = z
  .strictObject({
    /** e.g. `out_of_stock`, `payment_abandoned`, `cancelled_by_customer`, `provisioning_failed`. */
    code: z.string(),
    /** In words the customer can read. */
    text: z.string(),
  })
  .meta({ id: 'OrderReason' });

export const timelineEntrySchema = z
  .strictObject({
    /** Increases with each entry of this order; entries for staff alone leave gaps. */
    sequence: z.int(),
    at: z.iso.datetime(),
    /** e.g. `order.placed`, `stock.held`, `payment.authorised`, `line.provisioned`. */
    type: z.string(),
    text: z.string(),
    lineId: idSchema('line').nullable(),
    /** Version and state of the order right after it; null where an old entry does not tell. */
    version: z.int().nullable(),
    state: z.union([orderStateSchema, z.null()]),
    /** What the type has to tell beyond the text. */
    data: z.record(z.string(), z.unknown()).nullable(),
  })
  .meta({ id: 'TimelineEntry' });
export type TimelineEntry = z.infer<typeof timelineEntrySchema>;

export const fulfilmentStateSchema = z
  .enum(['none', 'partial', 'complete'])
  .meta({ id: 'FulfilmentState', description: 'How much of the order the customer has' });
export type FulfilmentState = z.infer<typeof fulfilmentStateSchema>;

export const paymentStatusSchema = z
  .enum([
    'pending',
    'authorised',
    'partially_captured',
    'captured',
    'partially_refunded',
    'refunded',
    'voided',
    'failed',
    'not_required',
    'disputed',
    'charged_back',
  ])
  .meta({
    id: 'PaymentStatus',
    description:
      'Of all payments of the order together; `not_required`: nothing is to be paid; `disputed`: the customer’s bank has taken all or a part back until it is decided; `charged_back`: for good',
  });
export type PaymentStatus = z.infer<typeof paymentStatusSchema>;

/** Who did something; `provider`: the payment service, or a bank behind it. */
export const actorKindSchema = z
  .enum(['customer', 'operator', 'system', 'provider'])
  .meta({ id: 'ActorKind' });

export const orderRefundSchema = z
  .strictObject({
    id: z.string(),
    amount: moneySchema,
    /** `settled_by_hand`: our team gave it back past the payment service. */
    state: z.enum(['pending', 'made', 'failed', 'settled_by_hand']),
    /** `undone`, `not_delivered` or `granted`. */
    cause: z.string(),
    lineIds: z.array(idSchema('line')),
    reason: z.string(),
    at: z.iso.datetime(),
    /** What it gives back of each line; empty when it follows from what was not delivered. `tax` is within `amount`. */
    parts: z.array(
      z.strictObject({
        lineId: idSchema('line'),
        quantity: z.int(),
        amount: moneySchema,
        tax: moneySchema,
      }),
    ),
    shipping: moneySchema,
    returnId: idSchema('return').nullable(),
  })
  .meta({ id: 'OrderRefund' });

export const orderDisputeSchema = z
  .strictObject({
    /** As the payment service names it. */
    id: z.string(),
    /** Of one in another currency than the order's: all that is left of the payment. */
    amount: moneySchema,
    /** What the bank disputes, where that is in another currency, any of ISO 4217; null: `amount`. */
    stated: z.union([z.strictObject({ amount: z.int(), currency: z.string() }), z.null()]),
    /** `warning`: the bank asks, no money has moved; `open`: the amount is taken until it is decided. */
    state: z.enum(['warning', 'open', 'won', 'lost']),
    /** As the payment service names it, e.g. `fraudulent`, `product_not_received`. */
    reason: z.string(),
    openedAt: z.iso.datetime(),
    /** Until when evidence can be handed in at the payment service; null: none is awaited, or not for this reader. */
    evidenceDueBy: z.iso.datetime().nullable(),
  })
  .meta({ id: 'OrderDispute' });

export const orderReturnSchema = z
  .strictObject({
    id: idSchema('return'),
    state: z.enum([
      'requested',
      'approved',
      'received',
      'refunded',
      'exchanging',
      'exchanged',
      'rejected',
      'withdrawn',
    ]),
    /** What the customer wants for it. */
    wish: z.enum(['refund', 'exchange']),
    lines: z.array(z.strictObject({ lineId: idSchema('line'), quantity: z.int(), reason: z.string() })),
    /** Oldest first. */
    steps: z.array(
      z.strictObject({
        state: z.string(),
        at: z.iso.datetime(),
        by: actorKindSchema,
        reason: z.string(),
      }),
    ),
    refundId: z.string().nullable(),
    /** The order that sends the replacement. */
    exchangeOrderId: idSchema('order').nullable(),
    /** What the caller can do with it now. */
    nextActions: z.array(z.enum(['approve', 'reject', 'withdraw', 'receive', 'refund', 'exchange'])),
  })
  .meta({ id: 'OrderReturn' });

export const orderNoteSchema = z
  .strictObject({
    id: idSchema('note'),
    at: z.iso.datetime(),
    by: actorKindSchema,
    visibility: z.enum(['internal', 'customer']),
    text: z.string(),
  })
  .meta({ id: 'OrderNote' });

export const orderSchema = z
  .strictObject({
    id: idSchema('order'),
    /** Short number for people, e.g. `TP-7K3M9Q2X`. */
    number: z.string(),
    /** Whose it is: a person’s, or an organisation’s. */
    customerId: customerIdSchema,
    /** The organisation whose it is; null: a person’s. */
    organisationId: idSchema('organisation').nullable(),
    /** Who placed it. */
    placedBy: idSchema('user'),
    /** Increases with each change; also the strong ETag. */
    version: z.int(),
    state: orderStateSchema,
    /** Why it ended or is being undone; null while all goes well. */
    reason: z.union([orderReasonSchema, z.null()]),
    currency: currencySchema,
    total: moneySchema,
    /** How `total` comes about, beside the lines' own prices; null until it is priced. */
    price: z.union([priceSchema, z.null()]),
    lines: z.array(orderLineSchema),
    bundles: z.array(orderBundleSchema),
    shippingAddress: z.union([addressSchema, z.null()]),
    delivery: deliverySchema,
    fulfilment: fulfilmentStateSchema,
    paymentStatus: paymentStatusSchema,
    /** Money that goes or went back, oldest first. */
    refunds: z.array(orderRefundSchema),
    /** Money the customer's bank took back or asks about, oldest first. */
    disputes: z.array(orderDisputeSchema),
    /** Goods on their way back, oldest first. */
    returns: z.array(orderReturnSchema),
    /** Internal ones are shown to staff alone. */
    notes: z.array(orderNoteSchema),
    /** It sends what replaces goods of another order. */
    exchangeOf: z.union([
      z.strictObject({ orderId: idSchema('order'), returnId: idSchema('return') }),
      z.null(),
    ]),
    /** It makes nothing new: it changes the plan of an instance, or renews it. */
    changeOf: z.union([
      z.strictObject({
        instanceId: idSchema('instance'),
        change: z.enum(['plan', 'renewal']),
        /** What is paid for once it is done: amounts as prices are shown, `to` null where it has no end. */
        covers: z.array(
          z.strictObject({
            from: z.iso.datetime(),
            to: z.iso.datetime().nullable(),
            amount: moneySchema,
          }),
        ),
      }),
      z.null(),
    ]),
    /** At the payment service; null: none was asked for, since nothing is to pay beyond the gift cards. */
    payment: z
      .strictObject({
        paymentId: z.string(),
        clientSecret: z.string(),
        state: z.enum(['pending', 'authorised', 'captured', 'voided', 'refunded', 'failed']),
        /** What it asks for: less than the order costs where a part was collected with another payment before. */
        amount: moneySchema,
        authorised: moneySchema,
        captured: moneySchema,
        refunded: moneySchema,
        /** Pay before this, or the hold on stock ends. */
        dueAt: z.iso.datetime(),
        lastError: z.string().nullable(),
        /** Where a bank transfer goes to, while one is waited for; for the customer alone. */
        instructions: z.union([transferInstructionsSchema, z.null()]),
        /** The customer has to verify his bank account before it is debited; for the customer alone. */
        verification: z.union([verificationSchema, z.null()]),
      })
      .nullable(),
    /** Gift cards it pays with, first to be charged first; the payment above pays what they leave. */
    giftCards: z.array(
      z.strictObject({
        /** The last symbols of its code. */
        ending: z.string(),
        /** Set aside for this order, or charged. */
        amount: moneySchema,
        captured: moneySchema,
        refunded: moneySchema,
      }),
    ),
    /** What the caller can do now. */
    nextActions: z.array(
      z.enum([
        'verify_account',
        'pay',
        'edit',
        'cancel',
        'cancel_lines',
        'wait',
        'view_instances',
        'contact_support',
        'retry',
        'resolve',
        'review',
        'return',
        'refund',
        'restore_access',
        'revoke',
      ]),
    ),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'Order' });
export type Order = z.infer<typeof orderSchema>;

export const orderDifferenceSchema = z
  .strictObject({
    as: z.enum(['completed', 'cancelled', 'refunded']),
    /** Collected and not given back. */
    kept: moneySchema,
    /** What the customer would have for it. */
    due: moneySchema,
    /** Still held on the customer's account. */
    open: moneySchema,
    /** Would be declared delivered or taken back by hand. */
    lines: z.array(z.strictObject({ lineId: idSchema('line'), state: z.string() })),
    /** Units that would not be on the shelf again. */
    stock: z.array(z.strictObject({ sku: z.string(), quantity: z.int() })),
    /** Send it as `confirm` to say that this was seen; null: everything fits. */
    code: z.string().nullable(),
  })
  .meta({ id: 'OrderDifference', description: 'What would not fit if the order ended like this' });
export type OrderDifference = z.infer<typeof orderDifferenceSchema>;

export const orderEffectsSchema = z
  .strictObject({
    state: orderStateSchema,
    /** The step the machine stands at, finer than `state`. */
    step: z.string(),
    /** Why a person is asked. */
    attention: z.strictObject({ code: z.string(), text: z.string(), detail: z.string() }).nullable(),
    /** Under way and given up, oldest first. */
    items: z.array(
      z.strictObject({
        key: z.string(),
        lane: z.string(),
        state: z.enum(['pending', 'parked']),
        attempts: z.int(),
        nextAt: z.iso.datetime().nullable(),
        lastError: z.string().nullable(),
        payload: z.record(z.string(), z.unknown()),
      }),
    ),
    /** For each end a person may choose: what would not fit. Empty unless the order needs one. */
    resolutions: z.array(orderDifferenceSchema),
  })
  .meta({ id: 'OrderEffects' });
export type OrderEffects = z.infer<typeof orderEffectsSchema>;

export const orderSummarySchema = orderSchema
  .pick({
    id: true,
    number: true,
    customerId: true,
    organisationId: true,
    placedBy: true,
    state: true,
    reason: true,
    total: true,
    createdAt: true,
    updatedAt: true,
  })
  .extend({
    /** Version of the order that the summary shows. */
    version: z.int(),
    paymentStatus: paymentStatusSchema,
    fulfilment: fulfilmentStateSchema,
    /** Why a person must look, for staff; `detail` is the technical cause. */
    attention: z.strictObject({ code: z.string(), text: z.string(), detail: z.string() }).nullable(),
    lineCount: z.int(),
    firstTitle: z.string(),
  })
  .meta({ id: 'OrderSummary' });
export type OrderSummary = z.infer<typeof orderSummarySchema>;

export const orderPageSchema = z
  .strictObject({ items: z.array(orderSummarySchema), next: z.string().nullable() })
  .meta({ id: 'OrderPage' });
export const timelineSchema = z
  .strictObject({
    items: z.array(timelineEntrySchema),
    /** `after` of the next page; null when these are all for now. */
    next: z.int().nullable(),
  })
  .meta({ id: 'Timeline' });
export type Timeline = z.infer<typeof timelineSchema>;
