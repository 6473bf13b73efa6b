import type { Context } from 'hono';
import type { Product, ProductPage, ProductPrice } from '#shared/contracts/http/products.ts';
import type { Currency, Money } from '#shared/money/money.ts';
import { type Answer, api, publicApi } from './api.ts';
import type { PageEnv } from './env.ts';

/** Id of a product → what one unit of its variants costs whoever looks at the page, the cheapest first. */
export type PricesNow = ReadonlyMap<string, readonly ProductPrice[]>;

/**
 * What products cost now, as an order will price them: by price lists for everybody, and for who is signed in by those of
 * his customer groups. One call. Where it fails, and for what it does not tell, pages show the products' own prices; the cart
 * and the checkout ask again.
 */
export async function pricesNow(
  c: Context<PageEnv>,
  productIds: readonly string[],
  currency: Currency,
): Promise<PricesNow> {
  if (productIds.length === 0) return new Map();
  const query = new URLSearchParams({ ids: productIds.join(','), currency, expand: 'variants' }).toString();
  const read: Answer<ProductPage> = c.get('session').present
    ? await api(c, { method: 'GET', path: `/v1/offers?${query}` })
    : await publicApi(c, { method: 'GET', path: `/v1/products?${query}` });
  if (!read.ok) return new Map();
  const cheapestFirst = (prices: readonly ProductPrice[]) =>
    prices.toSorted((a, b) => a.unitPrice.amount - b.unitPrice.amount);
  return new Map(read.value.items.map(({ id, variantPrices = [] }) => [id, cheapestFirst(variantPrices)]));
}

/** The product with its variants as they are priced now, and what they are compared with. Other currencies stay as they are. */
export const pricedNow = (product: Product, prices: PricesNow): Product => ({
  ...product,
  variants: product.variants.map((variant) => {
    const price = prices.get(product.id)?.find(({ variantId }) => variantId === variant.id);
    if (price === undefined) return variant;
    return {
      ...variant,
      prices: withMoney(variant.prices, price.unitPrice),
      compareAtPrices: withMoney(variant.compareAtPrices, comparedWith(price)),
    };
  }),
});

/** In the place of the amount in its currency, or behind them all. */
const withMoney = (all: readonly Money[], money: Money): Money[] =>
  all.some(({ currency }) => currency === money.currency)
    ? all.map((each) => (each.currency === money.currency ? money : each))
    : [...all, money];

/** What a price is struck through beside, where that is more. */
export const comparedWith = ({ compareAt, listPrice }: ProductPrice): Money => compareAt ?? listPrice;
