import { z } from 'zod';
import { addressSchema } from '#shared/domain/address.ts';
import { localeSchema } from '#shared/domain/locale.ts';
import { codeSchema } from '#shared/domain/pricing/code.ts';
import { availabilitySchema, deliveredKindSchema, productKindSchema } from '#shared/domain/product.ts';
import { customerLimitSchema } from '#shared/domain/purchase-limits.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { currencySchema, moneySchema } from '#shared/money/money.ts';
import {
  CODES_MAX,
  deliverySchema,
  destinationSchema,
  LINES_MAX,
  PAYMENT_WINDOW_SECONDS,
  paymentWindowSchema,
  giftCardsShape,
  payingWithShape,
  placeOrderSchema,
  QUANTITY_MAX,
} from './orders.ts';
import { linePriceSchema, priceSchema } from './price.ts';

export const CART_LIMITS = {
  /** Lines one order may have; merging two carts may leave more, to be removed before ordering. */
  lines: LINES_MAX,
  codes: CODES_MAX,
  /** All lines as JSON, in UTF-8. */
  bytes: 64 * 1024,
} as const;
/** Right to a guest's cart: 32 random bytes, base64url. Shown once, kept as a hash. */
export const CART_TOKEN_HEADER = 'x-cart-token';
export const cartTokenSchema = z.string().regex(/^[\w-]{43}$/, 'must be the token of the cart');

const { variantId, quantity, customisation } = placeOrderSchema.shape.lines.element.shape;

export const createCartSchema = z
  .strictObject({ currency: currencySchema, locale: localeSchema.default('en') })
  .meta({ id: 'CreateCart', example: { currency: 'EUR' } });
export type CreateCart = z.infer<typeof createCartSchema>;

export const addLineSchema = z
  .strictObject({ variantId, quantity: quantity.default(1), customisation })
  .meta({
    id: 'AddCartLine',
    example: { variantId: 'var_0192f3a17c527b1e9d3e5a6b7c8d9e0f', quantity: 2 },
  });
export type AddLine = z.infer<typeof addLineSchema>;

export const changeLineSchema = z
  .strictObject({ quantity: z.int().min(1).max(QUANTITY_MAX), customisation: customisation.unwrap() })
  .partial()
  .refine((change) => Object.keys(change).length > 0, 'must change something')
  .meta({ id: 'ChangeCartLine', example: { quantity: 3 } });

export const changeCartSchema = z
  .strictObject({
    currency: currencySchema,
    locale: localeSchema,
    delivery: deliverySchema,
    shippingAddress: addressSchema.nullable(),
    /** Where the customer is, for taxes, while nothing needs an address. */
    destination: destinationSchema.nullable(),
    /** Null: the cheapest way. */
    shippingMethodId: idSchema('shippingMethod').nullable(),
  })
  .partial()
  .refine((change) => Object.keys(change).length > 0, 'must change something')
  .meta({ id: 'ChangeCart', example: { delivery: 'as_ready' } });
export type ChangeCart = z.infer<typeof changeCartSchema>;

export const addCodeSchema = z
  .strictObject({ code: codeSchema })
  .meta({ id: 'AddCartCode', example: { code: 'WELCOME10' } });

export const checkoutSchema = z
  .strictObject({
    /** The quote the customer has seen: its prices hold. Without one the order is priced when it is placed. */
    quoteId: idSchema('quote').optional(),
    paymentWindowSeconds: paymentWindowSchema.default(PAYMENT_WINDOW_SECONDS.default),
    ...payingWithShape,
    ...giftCardsShape,
  })
  .meta({ id: 'CheckoutCart', example: { quoteId: 'quo_0192f3a17c527b1e9d3e5a6b7c8d9e0f' } });
export type Checkout = z.infer<typeof checkoutSchema>;

/** Something that stands against ordering the cart as it is; `pointer` is RFC 6901 within the cart. */
const problemSchema = z.strictObject({ code: z.string(), pointer: z.string(), detail: z.string() });
export type CartProblem = z.infer<typeof problemSchema>;

export const cartChangeSchema = z
  .strictObject({
    lineId: idSchema('line'),
    code: z.enum([
      'price_up',
      'price_down',
      'out_of_stock',
      'back_in_stock',
      'unavailable',
      'available_again',
    ]),
    /** In words for the customer. */
    text: z.string(),
    /** The unit price before and now, where that is what changed. */
    from: z.union([moneySchema, z.null()]),
    to: z.union([moneySchema, z.null()]),
  })
  .meta({
    id: 'CartChange',
    description: 'What became of a line since it was put in, changed or quoted',
  });
export type CartChange = z.infer<typeof cartChangeSchema>;

const cartPartSchema = z
  .strictObject({
    productId: idSchema('product'),
    variantId: idSchema('variant'),
    sku: z.string(),
    kind: deliveredKindSchema,
    title: z.string(),
    variantTitle: z.string(),
    /** In the whole line. */
    quantity: z.int(),
    price: z.union([linePriceSchema, z.null()]),
  })
  .meta({ id: 'CartPart' });

const cartLineSchema = z
  .strictObject({
    id: idSchema('line'),
    /** Increases with each change of this line; its strong ETag. */
    version: z.int(),
    variantId: idSchema('variant'),
    productId: z.union([idSchema('product'), z.null()]),
    sku: z.string(),
    kind: z.union([productKindSchema, z.null()]),
    /** As last seen, when it is no longer for sale. */
    title: z.string(),
    variantTitle: z.string(),
    quantity: z.int(),
    /** In one order; null while it cannot be bought. */
    quantityMax: z.int().nullable(),
    quantityMin: z.int().nullable(),
    quantityMultiple: z.int().nullable(),
    /** What one customer may buy of it in a period, over all orders. */
    customerLimits: z.array(customerLimitSchema),
    availability: z.union([availabilitySchema, z.null()]),
    /** When what is on backorder is there, where somebody said so. */
    expectedAt: z.iso.datetime().nullable(),
    customisation: z.record(z.string(), z.unknown()),
    /** JSON Schema (2020-12) it must fit; null when nothing can be customised. */
    customisationSchema: z.union([z.record(z.string(), z.unknown()), z.null()]),
    /** Null while it cannot be bought. */
    price: z.union([linePriceSchema, z.null()]),
    /** Of a bundle: what it is made of, with each one's share of the price; of anything else empty. */
    parts: z.array(cartPartSchema),
  })
  .meta({ id: 'CartLine' });
export type CartLine = z.infer<typeof cartLineSchema>;

export const cartSchema = z
  .strictObject({
    id: idSchema('cart'),
    /** Increases with each change of the cart; also the strong ETag. Prices may differ without it. */
    version: z.int(),
    state: z.enum(['open', 'ordering', 'ordered', 'merged']),
    /** Null: a guest's. */
    customerId: z.union([idSchema('user'), z.null()]),
    /** The organisation it is filled for; null: the customer alone. */
    organisationId: z.union([idSchema('organisation'), z.null()]),
    /** Once it is ordered. */
    orderId: z.union([idSchema('order'), z.null()]),
    /** The cart its lines went to. */
    mergedInto: z.union([idSchema('cart'), z.null()]),
    currency: currencySchema,
    locale: localeSchema,
    delivery: deliverySchema,
    shippingAddress: z.union([addressSchema, z.null()]),
    destination: z.union([destinationSchema, z.null()]),
    shippingMethodId: idSchema('shippingMethod').nullable(),
    codes: z.array(z.string()),
    lines: z.array(cartLineSchema),
    /** Of the lines that can be bought; null when there are none. */
    price: z.union([priceSchema, z.null()]),
    /** Whether something in it is sent as a parcel. */
    needsShipping: z.boolean(),
    /** Ways to send it to where it goes, cheapest first. */
    shippingMethods: z.array(
      z
        .strictObject({ id: z.string(), title: z.string(), amount: moneySchema })
        .meta({ id: 'OfferedShipping' }),
    ),
    problems: z.array(problemSchema),
    changes: z.array(cartChangeSchema),
    /** The prices that hold for now, while the cart is not changed. */
    quote: z.union([
      z.strictObject({ id: idSchema('quote'), total: moneySchema, expiresAt: z.iso.datetime() }),
      z.null(),
    ]),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'Cart', description: 'What somebody wants to buy, with the prices of this moment' });
export type Cart = z.infer<typeof cartSchema>;

export const newCartSchema = z
  .strictObject({
    cart: cartSchema,
    /** The right to a guest's cart, to be sent as `x-cart-token`; told only here. Null for a customer's. */
    token: z.union([cartTokenSchema, z.null()]),
  })
  .meta({ id: 'NewCart' });
export type NewCart = z.infer<typeof newCartSchema>;

export const quoteSchema = z
  .strictObject({
    id: idSchema('quote'),
    cartId: idSchema('cart'),
    /** Of the cart it was made for; a change of the cart ends it. */
    cartVersion: z.int(),
    price: priceSchema,
    lines: z.array(z.strictObject({ lineId: idSchema('line'), price: linePriceSchema })),
    changes: z.array(cartChangeSchema),
    createdAt: z.iso.datetime(),
    /** Until then a checkout with it gets these prices, whatever becomes of the catalogue. */
    expiresAt: z.iso.datetime(),
  })
  .meta({ id: 'Quote', description: 'Prices that hold for a while, explained line by line' });
export type Quote = z.infer<typeof quoteSchema>;
