import type { ProductSummary } from '#shared/contracts/http/products.ts';
import { sha256 } from '#shared/crypto/bytes.ts';
import { canonicalJson } from '#shared/domain/canonical-json.ts';
import { type ListedProduct, listedIn } from '../domain/listed-product.ts';
import type { Ports } from '../ports.ts';
import type { ListFilters } from '../domain/list-filters.ts';
import type { StoredProduct } from '../domain/stored-product.ts';
import { summaryView } from '../domain/views.ts';
import type { ListPosition, ProductSort } from '../queries/list-documents.ts';

export type { ListPosition, ProductSort };

export interface ListQuery {
  filters: ListFilters;
  sort: ProductSort;
  after: ListPosition | null;
  limit: number;
}
interface ListedPage {
  items: ListedProduct[];
  next: ListPosition | null;
}
export interface ListPage {
  items: ProductSummary[];
  next: ListPosition | null;
}

/**
 * A page of products, each in the best of the languages `wanted`. Cached, except for operators (`fresh`): they see what they
 * have just written.
 */
export async function listProducts(
  ports: Pick<Ports, 'search' | 'cache'>,
  query: ListQuery,
  wanted: readonly string[],
  fresh: boolean,
): Promise<ListPage> {
  const { items, next } = fresh ? await readPage(ports, query) : await cachedPage(ports, query);
  return { items: items.map((item) => listedIn(item, wanted)), next };
}

async function cachedPage(ports: Pick<Ports, 'search' | 'cache'>, query: ListQuery): Promise<ListedPage> {
  const key = `list/${sha256(canonicalJson(query)).slice(0, 22)}`;
  const page = await ports.cache.read(key, () => readPage(ports, query));
  return page ?? { items: [], next: null };
}

async function readPage(
  ports: Pick<Ports, 'search'>,
  { filters, limit, ...order }: ListQuery,
): Promise<ListedPage> {
  const rows = await ports.search.list(filters, { ...order, limit: limit + 1 });
  const page = rows.slice(0, limit);
  return {
    items: page.map((row) => row.summary),
    next: rows.length > limit ? (page.at(-1)?.position ?? null) : null,
  };
}

/** Products by id or handle, and by SKU. */
export interface Names {
  names: readonly string[];
  skus: readonly string[];
}

/**
 * The products named, each once, in the order of their names. What does not exist is left out, for the
 * public what is not published too. Kept in memory alone: there is no end of different selections.
 */
export async function readNamed(
  ports: Pick<Ports, 'catalogue' | 'cache'>,
  names: Names,
  wanted: readonly string[],
  reader: { isOperator: boolean; fresh: boolean },
): Promise<ProductSummary[]> {
  const read = () => ports.catalogue.readNamed(names);
  const key = `named/${sha256(canonicalJson(names)).slice(0, 22)}`;
  const found = (reader.fresh ? await read() : await ports.cache.read(key, read, 'memory')) ?? [];
  const visible = found.filter(({ status }) => reader.isOperator || status === 'published');
  const rank = rankOf(names);
  return visible
    .map((product) => ({ product, rank: rank(product) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ product }) => summaryView(product, wanted));
}

/** Where the first name of a product stands. */
function rankOf({ names, skus }: Names): (product: StoredProduct) => number {
  const all = [...names, ...skus.map(skuName)];
  return ({ id, handle, variants }) => {
    const own = new Set([id, handle, ...variants.map(({ sku }) => skuName(sku))]);
    return all.findIndex((name) => own.has(name));
  };
}

/** A SKU may look like a handle. */
const skuName = (sku: string): string => `sku:${sku}`;
