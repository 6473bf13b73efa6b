import type { CartChange } from '#shared/contracts/http/carts.ts';
import type { Delivery } from '#shared/contracts/http/orders.ts';
import type { Address } from '#shared/domain/address.ts';
import type { PricedOrder } from '#shared/domain/pricing/priced.ts';
import type { Currency } from '#shared/money/money.ts';

/**
 * Whose it is. A guest's right is a secret token, kept as its SHA-256 in hex. `customerId` is the name of a buyer: a person
 * for themselves and for each organisation they act for are different ones, whose carts are priced and ordered apart.
 */
export type Owner = { as: 'guest'; tokenHash: string } | { as: 'customer'; customerId: string };

export type CartState =
  | { name: 'open' }
  /** An order was asked for and has not answered yet. */
  | { name: 'ordering'; orderId: string }
  | { name: 'ordered'; orderId: string }
  /** Its lines belong to another cart of the same customer; `delivered`: and are there. */
  | { name: 'merged'; into: string; delivered: boolean };

export interface Settings {
  currency: Currency;
  locale: string;
  delivery: Delivery;
  shippingAddress: Address | null;
  destination: { country: string; region?: string | undefined } | null;
  shippingMethodId: string | null;
}

export type ForSale = 'for_sale' | 'out_of_stock' | 'unavailable';

/** What the customer was last told of a line. */
export interface Seen {
  sku: string;
  title: string;
  variantTitle: string;
  forSale: ForSale;
  /** Of one unit, in minor units of the cart's currency; null while it has no price. */
  unitPrice: number | null;
}

export interface Line {
  id: string;
  version: number;
  variantId: string;
  quantity: number;
  customisation: Record<string, unknown>;
  /** Null until it is priced after it was put in or changed. */
  seen: Seen | null;
}

/** Prices that hold until `expiresAt`, for the cart as it was in `cartVersion`. Times are epoch milliseconds. */
export interface Quote {
  id: string;
  cartVersion: number;
  /** Index-aligned with the lines of the priced order. */
  lineIds: string[];
  priced: PricedOrder;
  changes: CartChange[];
  createdAt: number;
  expiresAt: number;
}

/** A cart: plain data, kept as JSON by its object. */
export interface CartDocument {
  schema: 1;
  id: string;
  owner: Owner;
  /** Increases with each change of what is wanted, by whom, or of the state. */
  version: number;
  state: CartState;
  settings: Settings;
  codes: string[];
  lines: Line[];
  quote: Quote | null;
  /** The newest carts whose lines it has taken over, at most `ABSORBED_KEPT_MAX`. */
  absorbed: string[];
  createdAt: number;
  updatedAt: number;
}

/** What is wrong with one field of the request; `pointer` is RFC 6901 within its body, or within the cart. */
export interface FieldFault {
  pointer: string;
  detail: string;
}
/** Every way a cart refuses. */
export type CartRefusal =
  | { code: 'not_found' }
  | { code: 'closed'; state: Exclude<CartState, { name: 'open' }> }
  | { code: 'line_not_found' }
  | { code: 'changed' }
  | { code: 'refused'; faults: FieldFault[] }
  | { code: 'quote_expired' }
  | { code: 'full' };

export function newCart(cart: { id: string; owner: Owner; settings: Settings; at: number }): CartDocument {
  return {
    schema: 1,
    id: cart.id,
    owner: cart.owner,
    version: 1,
    state: { name: 'open' },
    settings: cart.settings,
    codes: [],
    lines: [],
    quote: null,
    absorbed: [],
    createdAt: cart.at,
    updatedAt: cart.at,
  };
}

/** The next version. A quote is of one version: a changed cart has none. */
export function changed(cart: CartDocument, values: Partial<CartDocument>, at: number): CartDocument {
  return {
    ...cart,
    quote: null,
    ...values,
    version: cart.version + 1,
    updatedAt: Math.max(at, cart.updatedAt),
  };
}

/** The quote that holds at `at`, if any. */
export const standingQuote = (cart: CartDocument, at: number): Quote | null =>
  cart.quote !== null && cart.quote.cartVersion === cart.version && at < cart.quote.expiresAt
    ? cart.quote
    : null;
