import type { InferSelectModel } from 'drizzle-orm';
import type { OrderSummary } from '#shared/contracts/http/orders.ts';
import { organisationIn } from '#shared/domain/customer.ts';
import type { orders } from '#shared/db/orders.ts';
import type { OrderFilter, OrderListPage } from '../ports.ts';

/**
 * Most index entries one page looks at for filters that its index does not serve; a page can then be shorter than asked
 * for, even empty, and still have a next one. So the cost of a page is bounded whatever is filtered.
 */
export const SCAN_ROWS_MAX = 1_000;

type Value = string | number;
interface Condition {
  sql: string;
  values: Value[];
}
interface Plan {
  /** Index the page is read along, newest first; its leading columns are fixed by `leading`. */
  from: 'orders' | 'order_items';
  index: string;
  leading: Condition[];
  /** Filters the index does not serve. */
  others: Condition[];
}

/** One page, newest first, in one round trip. */
export async function listOrders(
  database: D1Database | D1DatabaseSession,
  filter: OrderFilter,
): Promise<OrderListPage> {
  const { page, windowEnd } = statements(filter);
  const prepare = ({ sql, values }: Condition) => database.prepare(sql).bind(...values);
  const [found, end] = await database.batch<Row | { created_at: string; id: string }>([
    prepare(page),
    ...(windowEnd === null ? [] : [prepare(windowEnd)]),
  ]);
  const rows = (found?.results ?? []) as Row[];
  const shown = rows.slice(0, filter.limit);
  const last = rows.length > filter.limit ? shown.at(-1) : (end?.results[0] ?? undefined);
  return {
    rows: shown.map(summary),
    next: last === undefined ? null : { createdAt: last.created_at, id: last.id },
  };
}

/** The statements of a page; exported so that a test can ask for their query plans. */
export function statements(filter: OrderFilter): { page: Condition; windowEnd: Condition | null } {
  const plan = planOf(filter);
  const id = plan.from === 'orders' ? 'id' : 'order_id';
  const conditions = [...plan.leading, ...range(filter, id)];
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.map(({ sql }) => sql).join(' AND ')}`;
  const values = conditions.flatMap((condition) => condition.values);
  const order = `ORDER BY created_at DESC, ${id} DESC`;
  const source = `FROM ${plan.from} INDEXED BY ${plan.index} ${where} ${order}`;
  const take = filter.limit + 1;
  if (plan.others.length === 0 && plan.from === 'orders') {
    return { page: { sql: `SELECT * ${source} LIMIT ?`, values: [...values, take] }, windowEnd: null };
  }
  const others = plan.others.map(({ sql }) => `AND ${sql}`).join(' ');
  // CROSS JOIN: the window is read first and in its order, whatever the planner thinks of the tables' sizes.
  const sql = `SELECT o.* FROM (SELECT ${id} AS id ${source} LIMIT ?) AS w CROSS JOIN orders AS o
    WHERE o.id = w.id ${others} LIMIT ?`;
  return {
    page: { sql, values: [...values, SCAN_ROWS_MAX, ...plan.others.flatMap((each) => each.values), take] },
    windowEnd: {
      sql: `SELECT created_at, ${id} AS id ${source} LIMIT 1 OFFSET ?`,
      values: [...values, SCAN_ROWS_MAX - 1],
    },
  };
}

/** The index of the filter that leaves the fewest orders; the rest is looked at along the way. */
function planOf(filter: OrderFilter): Plan {
  const others = otherConditions(filter);
  const along = (index: string, leading: Condition[], served: (keyof OrderFilter)[]): Plan => ({
    from: index.startsWith('order_items') ? 'order_items' : 'orders',
    index,
    leading,
    others: others.filter(({ field }) => !served.includes(field)).map(({ condition }) => condition),
  });
  const { number, customerId, placedBy, states, attention, sku, productId, paymentStatus, fulfilment } =
    filter;
  const [state] = states.length === 1 ? states : [];
  if (number !== null) return along('orders_by_number', [is('number', number)], ['number']);
  if (customerId !== null && state !== undefined) {
    const leading = [is('customer_id', customerId), is('state', state)];
    return along('orders_by_customer_and_state', leading, ['customerId', 'states']);
  }
  if (customerId !== null)
    return along('orders_by_customer', [is('customer_id', customerId)], ['customerId']);
  if (placedBy !== null) return along('orders_by_placer', [is('placed_by', placedBy)], ['placedBy']);
  if (attention === 'any') {
    return along('orders_needing_attention', [plain('attention_code IS NOT NULL')], ['attention']);
  }
  if (attention !== null)
    return along('orders_by_attention', [is('attention_code', attention)], ['attention']);
  if (sku !== null) return along('order_items_by_sku', [is('sku', sku)], ['sku']);
  if (productId !== null)
    return along('order_items_by_product', [is('product_id', productId)], ['productId']);
  if (state !== undefined) return along('orders_by_state', [is('state', state)], ['states']);
  if (paymentStatus !== null) {
    return along('orders_by_payment_status', [is('payment_status', paymentStatus)], ['paymentStatus']);
  }
  if (fulfilment !== null)
    return along('orders_by_fulfilment', [is('fulfilment', fulfilment)], ['fulfilment']);
  return along('orders_by_time', [], []);
}

function otherConditions(filter: OrderFilter): { field: keyof OrderFilter; condition: Condition }[] {
  const found: { field: keyof OrderFilter; condition: Condition }[] = [];
  const add = (field: keyof OrderFilter, sql: string, ...values: Value[]) =>
    found.push({ field, condition: { sql, values } });
  const { number, customerId, placedBy, states, attention, sku, productId, total } = filter;
  const { paymentStatus, fulfilment } = filter;
  if (number !== null) add('number', 'o.number = ?', number);
  if (customerId !== null) add('customerId', 'o.customer_id = ?', customerId);
  if (placedBy !== null) add('placedBy', 'o.placed_by = ?', placedBy);
  if (states.length > 0) add('states', `o.state IN (${states.map(() => '?').join(', ')})`, ...states);
  if (attention === 'any') add('attention', 'o.attention_code IS NOT NULL');
  else if (attention !== null) add('attention', 'o.attention_code = ?', attention);
  if (sku !== null) add('sku', itemExists('sku'), sku);
  if (productId !== null) add('productId', itemExists('product_id'), productId);
  if (paymentStatus !== null) add('paymentStatus', 'o.payment_status = ?', paymentStatus);
  if (fulfilment !== null) add('fulfilment', 'o.fulfilment = ?', fulfilment);
  if (total !== null) {
    add('total', 'o.currency = ? AND o.total BETWEEN ? AND ?', total.currency, total.min, total.max);
  }
  return found;
}

const itemExists = (column: 'sku' | 'product_id'): string =>
  `EXISTS (SELECT 1 FROM order_items AS i WHERE i.order_id = o.id AND i.${column} = ?)`;

/** From the cursor on, within the times asked for; all on the index. */
function range({ createdFrom, createdBefore, before }: OrderFilter, id: string): Condition[] {
  const conditions: Condition[] = [];
  if (createdFrom !== null) conditions.push({ sql: 'created_at >= ?', values: [createdFrom] });
  if (before !== null) {
    conditions.push({ sql: `(created_at, ${id}) < (?, ?)`, values: [before.createdAt, before.id] });
  } else if (createdBefore !== null) {
    conditions.push({ sql: 'created_at < ?', values: [createdBefore] });
  }
  return conditions;
}

const is = (column: string, value: Value): Condition => ({ sql: `${column} = ?`, values: [value] });
const plain = (sql: string): Condition => ({ sql, values: [] });

type Row = {
  [Column in keyof InferSelectModel<typeof orders> as Snake<Column>]: InferSelectModel<typeof orders>[Column];
};
type Snake<Name extends string> = Name extends `${infer Head}${infer Tail}`
  ? `${Head extends Lowercase<Head> ? Head : `_${Lowercase<Head>}`}${Snake<Tail>}`
  : '';

const summary = (row: Row): OrderSummary => ({
  id: row.id,
  number: row.number,
  customerId: row.customer_id,
  organisationId: organisationIn(row.customer_id),
  placedBy: row.placed_by ?? row.customer_id,
  version: row.version,
  state: row.state,
  reason: row.reason_code === null ? null : { code: row.reason_code, text: row.reason_text ?? '' },
  total: { amount: row.total, currency: row.currency },
  paymentStatus: row.payment_status,
  fulfilment: row.fulfilment,
  attention:
    row.attention_code === null
      ? null
      : { code: row.attention_code, text: row.attention_text ?? '', detail: row.attention_detail ?? '' },
  lineCount: row.line_count,
  firstTitle: row.first_title,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});
