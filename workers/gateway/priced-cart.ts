import type { Context } from 'hono';
import type { Product, Variant } from '#shared/contracts/http/products.ts';
import { multiplyMoney, sumMoney, type Currency, type Money } from '#shared/money/money.ts';
import { publicApi } from './api.ts';
import type { Cart, CartLine } from './cart.ts';
import type { PageEnv } from './env.ts';

export interface PricedLine extends CartLine {
  /** Place in the cart, as `POST /v1/orders` counts lines. */
  index: number;
  /** Null when the catalogue no longer has it. */
  product: Product | null;
  variant: Variant | null;
  /** Null when it has no price in the cart's currency. */
  total: Money | null;
}
export interface PricedCart {
  currency: Currency;
  lines: PricedLine[];
  /** What the catalogue says now; the order is priced again when it is placed. Null while a line has no price. */
  total: Money | null;
  /** Whether something is delivered as a parcel. */
  needsAddress: boolean;
  /** Currencies in which every line has a price. */
  currencies: Currency[];
}

/** Looks up each product of a cart once. */
export async function pricedCart(c: Context<PageEnv>, cart: Cart): Promise<PricedCart> {
  const handles = [...new Set(cart.lines.map(({ handle }) => handle))];
  const found = new Map(
    await Promise.all(
      handles.map(async (handle) => {
        const path = `/v1/products/${encodeURIComponent(handle)}`;
        const answer = await publicApi<Product>(c, { method: 'GET', path });
        return [handle, answer.ok ? answer.value : null] as const;
      }),
    ),
  );
  const lines = cart.lines.map((line, index) =>
    pricedLine(line, index, found.get(line.handle) ?? null, cart.currency),
  );
  const totals = lines.flatMap(({ total }) => (total === null ? [] : [total]));
  return {
    currency: cart.currency,
    lines,
    total: totals.length === lines.length ? sumMoney(cart.currency, totals) : null,
    needsAddress: lines.some(({ product }) => product?.kind === 'physical'),
    currencies: sharedCurrencies(lines),
  };
}

function pricedLine(line: CartLine, index: number, product: Product | null, currency: Currency): PricedLine {
  const variant = product?.variants.find(({ id }) => id === line.variantId) ?? null;
  const price = variant?.prices.find((candidate) => candidate.currency === currency);
  const total = price === undefined ? null : multiplyMoney(price, line.quantity);
  return { ...line, index, product, variant, total };
}

function sharedCurrencies(lines: readonly PricedLine[]): Currency[] {
  const [first, ...others] = lines.map(
    ({ variant }) => new Set(variant?.prices.map(({ currency }) => currency) ?? []),
  );
  return [...(first ?? [])].filter((currency) => others.every((set) => set.has(currency)));
}
