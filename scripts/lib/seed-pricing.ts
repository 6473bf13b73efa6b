import type { Product, ProductPage } from '#shared/contracts/http/products.ts';
import { api } from './api.ts';

/** Value-added tax, standard and one reduced, as an example: the true rates are for an operator to set. */
const VAT = {
  DE: ['MwSt.', 190_000, 70_000],
  AT: ['USt.', 200_000, 100_000],
  FR: ['TVA', 200_000, 55_000],
  NL: ['btw', 210_000, 90_000],
  BE: ['btw/TVA', 210_000, 60_000],
  ES: ['IVA', 210_000, 100_000],
  IT: ['IVA', 220_000, 100_000],
  SE: ['moms', 250_000, 120_000],
  PL: ['VAT', 230_000, 80_000],
} as const;
const COUNTRIES = [...Object.keys(VAT), 'CH', 'DK', 'FI', 'GB', 'IE', 'NO', 'PT', 'US'];

const PROMOTIONS = [
  {
    code: 'WELCOME10',
    input: {
      title: '10 % off your first order',
      conditions: { firstOrder: true },
      effect: { type: 'percent', ratePpm: 100_000 },
    },
  },
  {
    code: 'FREESHIP',
    input: { title: 'Free shipping', effect: { type: 'free_shipping' }, limitTotal: 500 },
  },
  {
    code: null,
    input: {
      title: 'Books: buy three, get one',
      automatic: true,
      effect: { type: 'buy_x_get_y', buy: 3, get: 1, lines: { collections: ['books-and-guides'] } },
    },
  },
];

const flat = (amount: number, freeFrom: number | null) =>
  ['EUR', 'USD', 'GBP'].map((currency) => ({ type: 'flat', currency, amount, freeFrom }));
const SHIPPING_METHODS = [
  { title: 'Parcel, 2 to 4 days', rates: flat(490, 5_000) },
  {
    title: 'Express, next working day',
    position: 1,
    rates: ['EUR', 'USD', 'GBP'].map((currency) => ({
      type: 'by_weight',
      currency,
      steps: [
        { upToGrams: 2_000, amount: 1_290 },
        { upToGrams: 10_000, amount: 1_990 },
        { upToGrams: 31_500, amount: 3_490 },
      ],
    })),
  },
];

/** Sets the demo's taxes, ways of shipping, promotions and prices for businesses, as an operator would. Safe to repeat. */
export async function seedPricing(origin: string, token: string): Promise<void> {
  const make = <Made>(path: string, body: unknown, name: string): Promise<Made> =>
    api<Made>(origin, `POST ${path}`, { token, body, headers: { 'idempotency-key': `demo-${name}` } });
  for (const [country, [name, standard, reduced]] of Object.entries(VAT)) {
    await make('/v1/tax-rates', { name, country, ratePpm: standard }, `${country}-standard`);
    await make(
      '/v1/tax-rates',
      { name, country, taxClass: 'reduced', ratePpm: reduced },
      `${country}-reduced`,
    );
  }
  const destinations = COUNTRIES.map((country) => ({ country }));
  for (const method of SHIPPING_METHODS)
    await make('/v1/shipping-methods', { ...method, destinations }, method.title.slice(0, 6));
  for (const { code, input } of PROMOTIONS) {
    const { id } = await make<{ id: string }>(
      '/v1/promotions',
      input,
      input.title.slice(0, 6).replaceAll(' ', '-'),
    );
    if (code !== null)
      await api(origin, `POST /v1/promotions/${id}/codes`, { token, body: { codes: [code] } });
  }
  await seedBusinessPrices(origin, token, make);
}

/** Businesses pay a tenth less for developer tools, and a quarter less from ten units on. */
async function seedBusinessPrices(
  origin: string,
  token: string,
  make: <Made>(path: string, body: unknown, name: string) => Promise<Made>,
): Promise<void> {
  await api(origin, 'PUT /v1/customer-groups/business', { token, body: { title: 'Business customers' } });
  const input = { title: 'Business', currency: 'EUR', groups: ['business'] };
  const { id } = await make<{ id: string }>('/v1/price-lists', input, 'business');
  const list = 'GET /v1/products?collection=developer-tools&kind=licence&currency=EUR&limit=20';
  const { items } = await api<ProductPage>(origin, list, { token });
  const products = await Promise.all(
    items.map((item) => api<Product>(origin, `GET /v1/products/${item.id}`, { token })),
  );
  const entries = products
    .flatMap((product) => product.variants)
    .flatMap((variant) =>
      variant.prices
        .filter((price) => price.currency === 'EUR')
        .flatMap(({ amount }) => [
          { variantId: variant.id, amount: Math.floor(amount * 0.9), compareAt: amount },
          { variantId: variant.id, quantityMin: 10, amount: Math.floor(amount * 0.75), compareAt: amount },
        ]),
    );
  await api(origin, `PUT /v1/price-lists/${id}/entries`, {
    token,
    headers: { 'if-match': '*' },
    body: { entries },
  });
}
