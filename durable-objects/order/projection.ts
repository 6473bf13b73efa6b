import { HOUR_MS, MINUTE_MS, rfc3339 } from '#shared/time/time.ts';
import { buyerIn } from './machine/buyer.ts';
import type { OrderDocument } from './machine/document.ts';
import { type Listing, listingOf } from './machine/listing.ts';
import { specOf } from './machine/table.ts';
import type { TaxLine } from './machine/tax-lines.ts';

/** How long after its last change the sweeper first looks at an order. */
export const SWEEP_AFTER_MS = {
  no: MINUTE_MS,
  waits_for_person: HOUR_MS,
  /** Once, for what was left to do beside the order itself: a mail, an announcement. */
  ended: HOUR_MS,
} as const satisfies Record<Listing['settled'], number>;

/** Never changes once a row is there: an update need not touch the indexes of these. */
const IDENTITY = ['id', 'number', 'customer_id', 'placed_by', 'created_at'] as const;
const SHOWN = [
  'version',
  'state',
  'reason_code',
  'reason_text',
  'currency',
  'total',
  'line_count',
  'first_title',
  'updated_at',
  'sweep_at',
  'payment_status',
  'fulfilment',
  'attention_code',
  'attention_text',
  'attention_detail',
  'unsettled',
] as const;
type Row = Record<(typeof IDENTITY)[number] | (typeof SHOWN)[number], string | number | null>;
const COLUMNS = [...IDENTITY, ...SHOWN];

/** The same version again is written: it heals a row that was changed by something else. */
const UPSERT = `INSERT INTO orders (${COLUMNS.join(', ')}) VALUES (${COLUMNS.map(() => '?').join(', ')})
  ON CONFLICT (id) DO UPDATE SET ${SHOWN.map((column) => `${column} = excluded.${column}`).join(', ')}
  WHERE excluded.version >= orders.version`;

/** `?2`: the version these items are of; with a newer row in place, nothing is done. `?3`: the items as JSON. */
const IS_OURS = 'EXISTS (SELECT 1 FROM orders WHERE id = ?1 AND version = ?2)';
const DROP_ITEMS = `DELETE FROM order_items WHERE order_id = ?1 AND ${IS_OURS} AND (sku, product_id) NOT IN
  (SELECT value ->> 'sku', value ->> 'productId' FROM json_each(?3))`;
const ADD_ITEMS = `INSERT INTO order_items (order_id, sku, product_id, created_at)
  SELECT ?1, value ->> 'sku', value ->> 'productId', ?4 FROM json_each(?3) WHERE ${IS_OURS}
  ON CONFLICT DO NOTHING`;

/** A row keeps its place: what is there already is only written when it says something else. */
const DROP_TAX_LINES = `DELETE FROM order_tax_lines WHERE order_id = ?1 AND ${IS_OURS} AND position >= json_array_length(?3)`;
const TAX_COLUMNS = [
  'kind',
  'reference',
  'line_id',
  'sku',
  'tax_index',
  'occurred_at',
  'currency',
  'country',
  'region',
  'name',
  'rate_ppm',
  'included',
  'net',
  'tax',
] as const;
const PUT_TAX_LINES = `INSERT INTO order_tax_lines (order_id, position, version, ${TAX_COLUMNS.join(', ')})
  SELECT ?1, key, ?2, ${TAX_COLUMNS.map((column) => `value ->> '${column}'`).join(', ')} FROM json_each(?3) WHERE ${IS_OURS}
  ON CONFLICT (order_id, position) DO UPDATE SET version = excluded.version,
    ${TAX_COLUMNS.map((column) => `${column} = excluded.${column}`).join(', ')}
  WHERE (${TAX_COLUMNS.map((column) => `excluded.${column}`).join(', ')}) IS NOT (${TAX_COLUMNS.map((column) => `order_tax_lines.${column}`).join(', ')})`;

const DETAIL_MAX = 500;

/** Shows the document in lists, atomically. An older version never replaces a newer one, in whatever order writes come. */
export async function projectOrder(database: D1Database, document: OrderDocument): Promise<void> {
  const listing = listingOf(document);
  if (listing === null) return;
  const row = rowOf(document, listing);
  const { id, version } = document;
  const items = JSON.stringify(listing.items);
  const taxLines = JSON.stringify(listing.taxLines.map((line) => taxRowOf(line, listing)));
  await database.batch([
    database.prepare(UPSERT).bind(...COLUMNS.map((column) => row[column])),
    database.prepare(DROP_ITEMS).bind(id, version, items),
    database.prepare(ADD_ITEMS).bind(id, version, items, row.created_at),
    database.prepare(DROP_TAX_LINES).bind(id, version, taxLines),
    database.prepare(PUT_TAX_LINES).bind(id, version, taxLines),
  ]);
}

const taxRowOf = (line: TaxLine, { currency }: Listing): Record<(typeof TAX_COLUMNS)[number], unknown> => ({
  kind: line.kind,
  reference: line.reference,
  line_id: line.lineId,
  sku: line.sku,
  tax_index: line.taxIndex,
  occurred_at: rfc3339(line.at),
  currency,
  country: line.country,
  region: line.region,
  name: line.name,
  rate_ppm: line.ratePpm,
  included: line.included ? 1 : 0,
  net: line.net,
  tax: line.tax,
});

function rowOf(document: OrderDocument, listing: Listing): Row {
  const { reason, attention } = listing;
  return {
    id: document.id,
    number: document.number,
    customer_id: document.customerId,
    placed_by: buyerIn(document).personId,
    created_at: rfc3339(document.createdAt),
    version: document.version,
    state: listing.state,
    reason_code: reason?.code ?? null,
    reason_text: reason?.text ?? null,
    currency: listing.currency,
    total: listing.total,
    line_count: listing.lineCount,
    first_title: listing.firstTitle,
    updated_at: rfc3339(document.updatedAt),
    sweep_at: document.updatedAt + SWEEP_AFTER_MS[listing.settled],
    payment_status: listing.paymentStatus,
    fulfilment: listing.fulfilment,
    attention_code: attention?.code ?? null,
    attention_text: attention?.text ?? null,
    attention_detail: attention?.detail.slice(0, DETAIL_MAX) ?? null,
    unsettled: listing.settled === 'no' && specOf(document.state).terminal === true ? 1 : 0,
  };
}
