import { buyerNameSchema } from '#shared/domain/customer.ts';
import { z } from 'zod';
import type { CallContext } from '#shared/contracts/call.ts';
import {
  addLineSchema,
  type Cart,
  changeCartSchema,
  changeLineSchema,
  type Quote,
} from '#shared/contracts/http/carts.ts';
import {
  deliverySchema,
  destinationSchema,
  paymentWindowSchema,
  payingWithShape,
} from '#shared/contracts/http/orders.ts';
import { addressSchema } from '#shared/domain/address.ts';
import { localeSchema } from '#shared/domain/locale.ts';
import { codeSchema } from '#shared/domain/pricing/code.ts';
import type { Result } from '#shared/domain/result.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { currencySchema } from '#shared/money/money.ts';
import { originSchema, UNKNOWN_ORIGIN } from '../fraud/face.ts';
import { namedCardsSchema, type PlaceReply } from '../order/face.ts';
import type { CartRefusal } from './machine/document.ts';
import type { AbsorbedCart } from './machine/lines.ts';

const digestSchema = z.string().regex(/^[0-9a-f]{64}$/);
/** A person, or a person for an organisation. */
const customerSchema = buyerNameSchema;
const keySchema = z.string().min(1).max(255);
const versionSchema = z.int().min(1).nullable();

/** Who asks; the token itself never reaches the object, only its SHA-256 in hex. */
export const askerSchema = z.strictObject({
  customerId: customerSchema.nullable(),
  tokenHash: digestSchema.nullable(),
});
export const openInputSchema = z.strictObject({
  cartId: idSchema('cart'),
  owner: z.discriminatedUnion('as', [
    z.strictObject({ as: z.literal('guest'), tokenHash: digestSchema }),
    z.strictObject({ as: z.literal('customer'), customerId: customerSchema }),
  ]),
  currency: currencySchema,
  locale: localeSchema,
});
export const addInputSchema = z.strictObject({
  key: keySchema,
  fingerprint: digestSchema,
  line: addLineSchema,
});
export const changeInputSchema = z.strictObject({
  lineId: idSchema('line'),
  /** Version of the line the change was made for; null: whatever it is now. */
  ifVersion: versionSchema,
  change: changeLineSchema,
});
export const removeInputSchema = z.strictObject({ lineId: idSchema('line'), ifVersion: versionSchema });
export const settingsInputSchema = z.strictObject({ ifVersion: versionSchema, values: changeCartSchema });
export const codeInputSchema = codeSchema;
export const claimInputSchema = z.strictObject({
  customerId: customerSchema,
  tokenHash: digestSchema.nullable(),
});
export const absorbInputSchema = z.strictObject({
  from: idSchema('cart'),
  customerId: customerSchema,
  lines: z.array(addLineSchema.extend({ id: idSchema('line') })),
  codes: z.array(codeSchema),
  settings: z.strictObject({
    currency: currencySchema,
    locale: localeSchema,
    delivery: deliverySchema,
    shippingAddress: addressSchema.nullable(),
    destination: destinationSchema.nullable(),
    shippingMethodId: idSchema('shippingMethod').nullable(),
  }),
});
export const checkoutInputSchema = z.strictObject({
  customerId: customerSchema,
  key: keySchema,
  fingerprint: digestSchema,
  quoteId: idSchema('quote').nullable(),
  paymentWindowSeconds: paymentWindowSchema,
  /** Where the customer orders from. */
  origin: originSchema.default(UNKNOWN_ORIGIN),
  /** As their codes were looked up. */
  giftCards: namedCardsSchema,
  ...payingWithShape,
});

export const checkoutKeySchema = checkoutInputSchema.pick({ customerId: true, key: true, fingerprint: true });

export type Asker = z.infer<typeof askerSchema>;
export type OpenInput = z.infer<typeof openInputSchema>;
export type AddInput = z.infer<typeof addInputSchema>;
export type ChangeInput = z.infer<typeof changeInputSchema>;
export type RemoveInput = z.infer<typeof removeInputSchema>;
export type SettingsInput = z.infer<typeof settingsInputSchema>;
export type ClaimInput = z.infer<typeof claimInputSchema>;
export type CheckoutInput = z.input<typeof checkoutInputSchema>;
export type CheckoutKey = z.infer<typeof checkoutKeySchema>;
export type CheckoutAsked = z.output<typeof checkoutInputSchema>;

/** `unavailable`: the prices could not be read; nothing changed. */
export type CartError = CartRefusal | { code: 'key_reused' } | { code: 'unavailable' };

/** RPC face of a `Cart` object, named by the cart's id. Every method is safe to repeat. */
export interface CartFace {
  /** Opens the cart unless it is there. */
  open(call: CallContext, input: OpenInput): Promise<Cart>;
  read(call: CallContext, asker: Asker): Promise<Result<Cart, CartError>>;
  add(
    call: CallContext,
    asker: Asker,
    input: AddInput,
  ): Promise<Result<{ cart: Cart; lineId: string; replayed: boolean }, CartError>>;
  change(call: CallContext, asker: Asker, input: ChangeInput): Promise<Result<Cart, CartError>>;
  remove(call: CallContext, asker: Asker, input: RemoveInput): Promise<Result<Cart, CartError>>;
  changeSettings(call: CallContext, asker: Asker, input: SettingsInput): Promise<Result<Cart, CartError>>;
  addCode(call: CallContext, asker: Asker, code: string): Promise<Result<Cart, CartError>>;
  removeCode(call: CallContext, asker: Asker, code: string): Promise<Result<Cart, CartError>>;
  /** The quote that stands, or a new one. */
  quote(call: CallContext, asker: Asker): Promise<Result<{ quote: Quote; isNew: boolean }, CartError>>;
  /** Makes a guest's cart the customer's; tells in which cart its lines are then. */
  claim(call: CallContext, input: ClaimInput): Promise<Result<{ cartId: string }, CartError>>;
  /** From another cart of the same customer: takes its lines over, once. */
  absorb(call: CallContext, input: AbsorbedCart): Promise<Result<null, CartError>>;
  /** Forgets the cart of whoever asks, at once; false: it is none of theirs. Not while it is being ordered. */
  erase(call: CallContext, asker: Asker): Promise<Result<boolean, 'ordering'>>;
  /** What `checkout` answers to a repeat; null: nothing was asked for under this key. Asking orders nothing. */
  checkoutAgain(
    call: CallContext,
    input: CheckoutKey,
  ): Promise<Result<{ orderId: string; reply: PlaceReply } | null, CartError>>;
  checkout(
    call: CallContext,
    input: CheckoutInput,
  ): Promise<Result<{ orderId: string; reply: PlaceReply }, CartError>>;
}
