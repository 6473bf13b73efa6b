import { Hono, type Context } from 'hono';
import type { Highlight, SearchPage } from '#shared/contracts/http/search.ts';
import { currencySchema, parseDecimal, CURRENCY_DECIMALS, type Currency } from '#shared/money/money.ts';
import { publicApi, valueOf, type Refusal } from '../api.ts';
import type { PageEnv } from '../env.ts';
import { type PricesNow, pricesNow } from '../prices-now.ts';
import { page } from './layout.tsx';
import { Facets } from './shop-facets.tsx';
import { Field, KIND_TEXT, NextPage, Option, RefusalNotice } from './parts.tsx';
import { ProductCard } from './product-card.tsx';

type Filters = ReturnType<typeof readFilters>;

const PAGE_SIZE = 24;
const TEXT_LENGTH_MAX = 200;
const FILTERS_MAX = 14;
/** What the box for available products stands for. */
const BUYABLE = ['unlimited', 'in_stock', 'low_stock', 'backorder'];

export const shop = new Hono<PageEnv>().get('/', async (c) => {
  const filters = readFilters(c);
  const found = await publicApi<SearchPage>(c, { method: 'GET', path: `/v1/search?${searchQuery(filters)}` });
  // A search the API cannot read (a stale cursor, odd prices) is told on the page; everything else is a failure.
  if (!found.ok && (found.error.status >= 500 || found.error.status === 429)) valueOf(found);
  const ids = found.ok ? found.value.items.map(({ product }) => product.id) : [];
  const prices = await pricesNow(c, ids, filters.currency);
  return page(c, {
    title: filters.q === '' ? 'Shop' : `Search: ${filters.q}`,
    status: found.ok ? 200 : 400,
    script: 'search.js',
    children: (
      <>
        <h1>Shop</h1>
        <FilterForm filters={filters} collections={found.ok ? collectionsOf(found.value) : []} />
        <RefusalNotice refusal={found.ok ? null : withoutFields(found.error)} />
        {found.ok && (
          <>
            <Understood result={found.value} filters={filters} url={c.req.url} />
            {filters.collection !== '' && (
              <p>
                <a href={`/collections/${encodeURIComponent(filters.collection)}`}>About this collection</a>
              </p>
            )}
            <Facets facets={found.value.facets} url={c.req.url} />
            <Results result={found.value} filters={filters} prices={prices} url={c.req.url} />
          </>
        )}
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
    chosen: (c.req.queries('filter') ?? []).slice(0, FILTERS_MAX),
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
function searchQuery(filters: Filters): string {
  const query = new URLSearchParams({ limit: String(PAGE_SIZE) });
  const put = (name: string, value: string) => value !== '' && query.set(name, value);
  put('q', filters.q);
  put('sort', filters.sort);
  put('cursor', filters.cursor);
  const narrow = (facet: string, value: string) => query.append('filter', `${facet}:${value}`);
  for (const filter of filters.chosen) query.append('filter', filter);
  if (filters.kind !== '') narrow('kind', filters.kind);
  if (filters.collection !== '') narrow('collection', filters.collection);
  if (filters.available) for (const each of BUYABLE) narrow('availability', each);
  const [min, max] = [filters.priceMin, filters.priceMax].map((text) => parseDecimal(text, filters.currency));
  if (min || max) narrow('price', `${min?.amount ?? ''}..${max ? max.amount + 1 : ''}`);
  if (min || max || /price/.test(filters.sort) || filters.currencyChosen)
    query.set('currency', filters.currency);
  return query.toString();
}

/** The collections of the hits, and the one that is chosen. */
const collectionsOf = ({ facets }: SearchPage): { handle: string; title: string }[] =>
  (facets.find(({ facet }) => facet === 'collection')?.values ?? []).map(({ value, label }) => ({
    handle: value,
    title: label,
  }));

const withoutFields = (refusal: Refusal): Refusal => ({
  ...refusal,
  detail:
    refusal.errors.map(({ pointer, detail }) => `${pointer.replace('/', '')}: ${detail}`).join(' ') ||
    refusal.detail,
  errors: [],
});

const FilterForm = ({
  filters,
  collections,
}: {
  filters: Filters;
  collections: { handle: string; title: string }[];
}) => (
  <form method="get" action="/" class="filters" role="search">
    <div class="wide">
      <Field
        name="q"
        label="Search"
        type="search"
        value={filters.q}
        maxlength={TEXT_LENGTH_MAX}
        list="suggestions"
        autocomplete="off"
        data-suggestions="/v1/search/suggestions"
      />
      <datalist id="suggestions"></datalist>
      {filters.chosen.map((filter) => (
        <input type="hidden" name="filter" value={filter} />
      ))}
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

/** How the words were understood, where that may surprise. */
const Understood = ({ result, filters, url }: { result: SearchPage; filters: Filters; url: string }) => {
  if (filters.q === '') return null;
  const meant = new URL(url);
  meant.searchParams.set('q', result.didYouMean ?? '');
  meant.searchParams.delete('cursor');
  return (
    <p role="status">
      {result.total} {result.total === 1 ? 'product' : 'products'}
      {result.hasAllWords ? '. ' : '; not all of them have every word. '}
      {result.didYouMean !== null && (
        <>
          Did you mean <a href={meant.pathname + meant.search}>{result.didYouMean}</a>?
        </>
      )}
    </p>
  );
};

const Marked = ({ text }: { text: Highlight }) => (
  <>{text.map((piece) => (piece.hit ? <mark>{piece.text}</mark> : piece.text))}</>
);

const Results = (props: { result: SearchPage; filters: Filters; prices: PricesNow; url: string }) => {
  const { result, filters, prices, url } = props;
  return result.items.length === 0 ? (
    <p role="status">Nothing found. Try other words or fewer filters.</p>
  ) : (
    <>
      <ul class="grid">
        {result.items.map(({ product, title, summary, passage }) => (
          <ProductCard
            product={product}
            currency={filters.currency}
            price={prices.get(product.id)?.[0]}
            title={<Marked text={title} />}
            text={<Marked text={summary.some(({ hit }) => hit) ? summary : (passage ?? summary)} />}
          />
        ))}
      </ul>
      <NextPage url={url} next={result.next} />
    </>
  );
};
