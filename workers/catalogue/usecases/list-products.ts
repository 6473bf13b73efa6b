import type { ProductSummary } from '#shared/contracts/http/products.ts';
import type { ProductKind, ProductStatus } from '#shared/domain/product.ts';
import type { Currency } from '#shared/money/money.ts';
import { sha256 } from '#shared/crypto/bytes.ts';
import { canonicalJson } from '#shared/domain/canonical-json.ts';
import { collectionLabel, tagLabel } from '../domain/search-document.ts';
import { folded } from '../search/words.ts';
import { type ListedProduct, listedIn } from '../domain/listed-product.ts';
import type { Ports } from '../ports.ts';
import type { ListFilters, ListPosition, ProductSort } from '../queries/list-documents.ts';

export type { ListPosition, ProductSort };

export interface ListQuery {
  status: ProductStatus;
  kind: ProductKind | null;
  collection: string | null;
  tag: string | null;
  vendor: string | null;
  currency: Currency | null;
  priceMin: number | null;
  priceMax: number | null;
  availableOnly: boolean;
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

async function readPage(ports: Pick<Ports, 'search'>, query: ListQuery): Promise<ListedPage> {
  const filters: ListFilters = {
    status: query.status,
    kind: query.kind,
    labels: [
      ...(query.tag === null ? [] : [tagLabel(query.tag)]),
      ...(query.collection === null ? [] : [collectionLabel(query.collection)]),
    ],
    vendor: query.vendor === null ? null : folded(query.vendor),
    currency: query.currency,
    priceMin: query.priceMin,
    priceMax: query.priceMax,
    availableOnly: query.availableOnly,
  };
  const rows = await ports.search.list(filters, {
    sort: query.sort,
    after: query.after,
    limit: query.limit + 1,
  });
  const page = rows.slice(0, query.limit);
  return {
    items: page.map((row) => row.summary),
    next: rows.length > query.limit ? (page.at(-1)?.position ?? null) : null,
  };
}
