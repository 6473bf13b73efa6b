import { Hono, type Context } from 'hono';
import type { ProductPage } from '#shared/contracts/http/products.ts';
import { currencySchema, parseDecimal, CURRENCY_DECIMALS, type Currency } from '#shared/money/money.ts';
import { publicApi, valueOf, type Refusal } from '../api.ts';
import type { PageEnv } from '../env.ts';
import { page } from './layout.tsx';
import { AVAILABILITY_TEXT, Field, KIND_TEXT, NextPage, Option, Price, RefusalNotice } from './parts.tsx';

interface Collections {
  items: { handle: string; title: string }[];
}
type Filters = ReturnType<typeof readFilters>;

const PAGE_SIZE = 24;
const TEXT_LENGTH_MAX = 200;

export const shop = new Hono<PageEnv>().get('/', async (c) => {
  const filters = readFilters(c);
  const [products, collections] = await Promise.all([
    publicApi<ProductPage>(c, { method: 'GET', path: `/v1/products?${productQuery(filters)}` }),
    publicApi<Collections>(c, { method: 'GET', path: '/v1/collections?limit=100' }),
  ]);
  // A search the API cannot read (a stale cursor, odd prices) is told on the page; everything else is a failure.
  if (!products.ok && (products.error.status >= 500 || products.error.status === 429)) valueOf(products);
  return page(c, {
    title: filters.q === '' ? 'Shop' : `Search: ${filters.q}`,
    status: products.ok ? 200 : 400,
    children: (
      <>
        <h1>Shop</h1>
        <FilterForm filters={filters} collections={collections.ok ? collections.value.items : []} />
        <RefusalNotice refusal={products.ok ? null : withoutFields(products.error)} />
        {products.ok && <Results result={products.value} filters={filters} url={c.req.url} />}
      </>
    ),
  });
});

function readFilters(c: Context<PageEnv>) {
  const text = (name: string) => (c.req.query(name) ?? '').slice(0, TEXT_LENGTH_MAX);
  const wanted = currencySchema.safeParse(c.req.query('currency'));
  const currency: Currency = wanted.success ? wanted.data : (c.get('cart').currency ?? 'EUR');
  return {
    q: text('q').trim(),
    kind: text('kind'),
    collection: text('collection'),
    currency,
    currencyChosen: wanted.success,
    priceMin: text('priceMin'),
    priceMax: text('priceMax'),
    available: c.req.query('available') === 'true',
    sort: text('sort'),
    cursor: c.req.query('cursor') ?? '',
  };
}

/** The API's query: prices become minor units, empty filters are left out. */
export function productQuery(filters: Filters): string {
  const query = new URLSearchParams({ limit: String(PAGE_SIZE) });
  const put = (name: string, value: string) => value !== '' && query.set(name, value);
  put('q', filters.q);
  put('kind', filters.kind);
  put('collection', filters.collection);
  put('sort', filters.sort);
  put('cursor', filters.cursor);
  if (filters.available) query.set('available', 'true');
  const [min, max] = [filters.priceMin, filters.priceMax].map((text) => parseDecimal(text, filters.currency));
  if (min) query.set('priceMin', String(min.amount));
  if (max) query.set('priceMax', String(max.amount));
  if (min || max || /price/.test(filters.sort) || filters.currencyChosen)
    query.set('currency', filters.currency);
  return query.toString();
}

const withoutFields = (refusal: Refusal): Refusal => ({
  ...refusal,
  detail:
    refusal.errors.map(({ pointer, detail }) => `${pointer.replace('/', '')}: ${detail}`).join(' ') ||
    refusal.detail,
  errors: [],
});

const FilterForm = ({ filters, collections }: { filters: Filters; collections: Collections['items'] }) => (
  <form method="get" action="/" class="filters" role="search">
    <div class="wide">
      <Field name="q" label="Search" type="search" value={filters.q} maxlength={TEXT_LENGTH_MAX} />
    </div>
    <Field name="kind" label="Kind">
      <Option value="" label="All" chosen={filters.kind} />
      {Object.entries(KIND_TEXT).map(([value, label]) => (
        <Option value={value} label={label} chosen={filters.kind} />
      ))}
    </Field>
    <Field name="collection" label="Collection">
      <Option value="" label="All" chosen={filters.collection} />
      {collections.map(({ handle, title }) => (
        <Option value={handle} label={title} chosen={filters.collection} />
      ))}
    </Field>
    <Field name="currency" label="Currency">
      {Object.keys(CURRENCY_DECIMALS).map((value) => (
        <Option value={value} label={value} chosen={filters.currency} />
      ))}
    </Field>
    <Field name="priceMin" label="Price from" inputmode="decimal" value={filters.priceMin} />
    <Field name="priceMax" label="Price to" inputmode="decimal" value={filters.priceMax} />
    <Field name="sort" label="Order">
      <Option value="" label="Best match" chosen={filters.sort} />
      <Option value="newest" label="Newest" chosen={filters.sort} />
      <Option value="price" label="Cheapest" chosen={filters.sort} />
      <Option value="-price" label="Dearest" chosen={filters.sort} />
      <Option value="title" label="By name" chosen={filters.sort} />
    </Field>
    <label class="choice">
      <input type="checkbox" name="available" value="true" checked={filters.available} /> Available only
    </label>
    <button type="submit">Search</button>
  </form>
);

const Results = ({ result, filters, url }: { result: ProductPage; filters: Filters; url: string }) =>
  result.items.length === 0 ? (
    <p role="status">Nothing found. Try other words or fewer filters.</p>
  ) : (
    <>
      <ul class="grid">
        {result.items.map((product) => (
          <li class="card">
            {product.image !== null && (
              <img src={product.image.url} alt={product.image.alt} loading="lazy" width="240" height="160" />
            )}
            <h2>
              <a href={`/products/${encodeURIComponent(product.handle)}`}>{product.title}</a>
            </h2>
            <p>{product.summary}</p>
            <p>
              from <Price prices={product.priceFrom} currency={filters.currency} />
              <br />
              <span class="soft">
                {KIND_TEXT[product.kind]} · {AVAILABILITY_TEXT[product.availability]}
              </span>
            </p>
          </li>
        ))}
      </ul>
      <NextPage url={url} next={result.next} />
    </>
  );
