import { z } from 'zod';
import { idSchema } from '#shared/ids/ids.ts';
import { currencySchema, type Currency } from '#shared/money/money.ts';
import { QUANTITY_MAX } from '#shared/contracts/http/orders.ts';

/** The cart: what a browser wants to buy, kept in a cookie. Holds no price; prices are the catalogue's to say. Pure. */

/** Browsers keep cookies of up to 4,096 bytes, name and attributes included (RFC 6265 §6.1). */
export const CART_BYTES_MAX = 3_500;
export const CART_COOKIE = 'cart';
export const CART_AGE_SECONDS = 30 * 24 * 3600;

const cartLineSchema = z.strictObject({
  handle: z.string().min(1).max(200),
  variantId: idSchema('variant'),
  quantity: z.int().min(1).max(QUANTITY_MAX),
  customisation: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
});
export const cartSchema = z.strictObject({
  currency: currencySchema,
  lines: z.array(cartLineSchema).max(20),
});
export type CartLine = z.infer<typeof cartLineSchema>;
export type Cart = z.infer<typeof cartSchema>;

export const emptyCart = (currency: Currency = 'EUR'): Cart => ({ currency, lines: [] });

/** Cookie value of a cart: base64url of JSON, not signed, since it carries wishes and no right. Null when too long. */
export function encodeCart(cart: Cart): string | null {
  const bytes = new TextEncoder().encode(JSON.stringify(cart));
  const text = btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
  return text.length > CART_BYTES_MAX ? null : text;
}

/** Reads a cart back; whatever is not one is an empty cart. */
export function decodeCart(text: string | undefined): Cart {
  try {
    const bytes = Uint8Array.from(atob((text ?? '').replaceAll('-', '+').replaceAll('_', '/')), (c) =>
      c.charCodeAt(0),
    );
    const cart = cartSchema.safeParse(JSON.parse(new TextDecoder().decode(bytes)));
    return cart.success ? cart.data : emptyCart();
  } catch {
    return emptyCart();
  }
}

/** Adds a line; the same variant with the same customisation becomes more of the line that is there. */
export function addLine(cart: Cart, currency: Currency, line: CartLine): Cart {
  const same = cart.lines.findIndex(
    (other) =>
      other.variantId === line.variantId &&
      JSON.stringify(other.customisation) === JSON.stringify(line.customisation),
  );
  const lines = cart.lines.map((other, index) =>
    index === same ? { ...other, quantity: Math.min(other.quantity + line.quantity, QUANTITY_MAX) } : other,
  );
  return { currency, lines: same === -1 ? [...lines, line] : lines };
}

/** Sets the quantity of a line; none left removes it. An index that is not there changes nothing. */
export function setQuantity(cart: Cart, index: number, quantity: number): Cart {
  const lines = cart.lines.flatMap((line, at) =>
    at !== index ? [line] : quantity < 1 ? [] : [{ ...line, quantity: Math.min(quantity, QUANTITY_MAX) }],
  );
  return { ...cart, lines };
}

/** The body of `POST /v1/orders` for this cart. */
export const orderBody = (cart: Cart, shippingAddress?: Record<string, string>) => ({
  currency: cart.currency,
  lines: cart.lines.map(({ variantId, quantity, customisation }) => ({ variantId, quantity, customisation })),
  ...(shippingAddress === undefined ? {} : { shippingAddress }),
});
