import type { ListFilters, NumberRange } from '../domain/list-filters.ts';
import type { ListedProduct } from '../domain/listed-product.ts';
import { RARE_PRODUCTS_MAX } from '../limits.ts';

export type ProductSort = 'newest' | 'price' | '-price' | 'title';

/** Where a page ended: the value it was sorted by and the product's id. */
export interface ListPosition {
  key: string | number;
  id: string;
}
export interface ListedRow {
  summary: ListedProduct;
  position: ListPosition;
}
export interface ListPage {
  sort: ProductSort;
  after: ListPosition | null;
  limit: number;
}

const ORDERS: Record<ProductSort, { key: string; direction: 'ASC' | 'DESC' }> = {
  newest: { key: 'd.id', direction: 'DESC' },
  price: { key: 'm.amount', direction: 'ASC' },
  '-price': { key: 'm.amount', direction: 'DESC' },
  title: { key: 'd.title_key', direction: 'ASC' },
};

/** Puts a value's place into a statement: the same value always the same one, since D1 takes 100 of them. */
type Place = (value: string | number | null) => string;
/** A query of the ids of some products. */
type IdSet = (place: Place) => string;

/**
 * A page of products after `position`, in one round trip; no count, no offset. Each filter is a set of products. When
 * one of them is rare, the page is read from that set; when none is, from the index of the wanted order, where such
 * products lie close together. Which of these ways is gone is decided by a bounded look at each set, in the database:
 * the ways not gone cost nothing more. So a page costs about the same however large the catalogue.
 */
export async function listDocuments(
  session: D1DatabaseSession,
  filters: ListFilters,
  page: ListPage,
): Promise<ListedRow[]> {
  const sets = setsOf(filters);
  const statements = [...sets.map((_, index) => index), null].map((driver) => {
    const { values, place } = places();
    const text = statement({ sets, driver, filters, page, place });
    return session.prepare(text).bind(...values);
  });
  const results = await session.batch<{ summary: string; key: string | number; id: string }>(statements);
  return results
    .flatMap(({ results: rows }) => rows)
    .map((row) => ({
      summary: JSON.parse(row.summary) as ListedProduct,
      position: { key: row.key, id: row.id },
    }));
}

function places(): { values: (string | number | null)[]; place: Place } {
  const values: (string | number | null)[] = [];
  const place: Place = (value) => {
    const known = values.indexOf(value);
    return `?${known === -1 ? values.push(value) : known + 1}`;
  };
  return { values, place };
}

interface Way {
  sets: readonly IdSet[];
  /** Which of the sets the page is read from; null: the index of its order. */
  driver: number | null;
  filters: ListFilters;
  page: ListPage;
  place: Place;
}

function statement({ sets, driver, filters, page, place }: Way): string {
  const { key, direction } = ORDERS[page.sort];
  const fromPrices = driver === null && key === 'm.amount';
  const conditions = [
    `d.status = ${place(filters.status)}`,
    ...(filters.availability.length === 0
      ? []
      : [`d.availability IN (${filters.availability.map(place).join()})`]),
    ...(filters.currency === null ? [] : [`m.currency = ${place(filters.currency)}`]),
    ...(filters.prices.length === 0 ? [] : [within('m.amount', filters.prices, place)]),
    ...sets
      .filter((_, index) => index !== driver)
      .map((set) => `EXISTS (SELECT 1 FROM (${set(place)}) AS o WHERE o.id = d.id)`),
    ...(page.after === null
      ? []
      : [
          `(${key}, d.id) ${direction === 'ASC' ? '>' : '<'} (${place(page.after.key)}, ${place(page.after.id)})`,
        ]),
  ];
  const tables = [
    ...(driver === null ? [] : [`(SELECT DISTINCT id FROM (${rareOf(sets[driver], place)})) AS s`]),
    ...(fromPrices ? ['document_prices AS m', 'documents AS d ON d.id = m.id'] : []),
    ...(fromPrices ? [] : [`documents AS d${driver === null ? '' : ' ON d.id = s.id'}`]),
    ...(fromPrices || filters.currency === null ? [] : ['document_prices AS m ON m.id = d.id']),
  ];
  return `SELECT d.summary, ${key} AS key, d.id FROM ${tables.join(' CROSS JOIN ')}
    WHERE ${conditions.join(' AND ')} ORDER BY ${key} ${direction}, d.id ${direction} LIMIT ${limitOf(sets, driver, page.limit, place)}`;
}

/** Bounded, because the database makes it ready even when this is not the way to go. */
const rareOf = (set: IdSet | undefined, place: Place): string =>
  `SELECT id FROM (${set?.(place) ?? ''}) LIMIT ${RARE_PRODUCTS_MAX}`;

/**
 * The page's limit when this is the way to go, else 0, with which the database reads nothing. The way of a driver is gone
 * when that is rare and no set before it; the order's when none is. As a joined table it would cost the order its index.
 */
function limitOf(sets: readonly IdSet[], driver: number | null, limit: number, place: Place): string {
  const isRare = (set: IdSet): string =>
    `(SELECT count(*) FROM (SELECT 1 FROM (${set(place)}) LIMIT ${RARE_PRODUCTS_MAX})) < ${RARE_PRODUCTS_MAX}`;
  const conditions = sets
    .slice(0, driver === null ? sets.length : driver + 1)
    .map((set, index) => (index === driver ? isRare(set) : `NOT ${isRare(set)}`));
  return conditions.length === 0
    ? place(limit)
    : `(CASE WHEN ${conditions.join(' AND ')} THEN ${place(limit)} ELSE 0 END)`;
}

const setsOf = (filters: ListFilters): IdSet[] => [
  ...filters.facets.map(({ labels, key, ranges }) => (place: Place) => {
    const labelled = `SELECT id FROM document_labels WHERE label IN (${labels.map(place).join()})`;
    if (ranges.length === 0) return labelled;
    return `${labelled} UNION ALL SELECT id FROM document_numbers WHERE key = ${place(key)} AND ${within('value', ranges, place)}`;
  }),
  ...(filters.prices.length === 0
    ? []
    : [
        (place: Place) =>
          `SELECT id FROM document_prices WHERE currency = ${place(filters.currency)} AND ${within('amount', filters.prices, place)}`,
      ]),
];

const within = (value: string, ranges: readonly NumberRange[], place: Place): string =>
  `(${ranges.map((range) => inRange(value, range, place)).join(' OR ')})`;

function inRange(value: string, { from, to }: NumberRange, place: Place): string {
  if (from !== null && from === to) return `${value} = ${place(from)}`;
  const bounds = [
    ...(from === null ? [] : [`${value} >= ${place(from)}`]),
    ...(to === null ? [] : [`${value} < ${place(to)}`]),
  ];
  return bounds.length === 0 ? `${value} IS NOT NULL` : `(${bounds.join(' AND ')})`;
}
