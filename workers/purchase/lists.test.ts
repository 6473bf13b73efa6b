import { beforeAll, describe, expect, it } from 'vitest';
import { orderPageSchema } from '#shared/contracts/http/orders.ts';
import type { Role } from '#shared/auth/permissions.ts';
import { newId } from '#shared/ids/ids.ts';
import type { OrderFilter } from './ports.ts';
import { SCAN_ROWS_MAX, statements } from './queries/order-list.ts';
import { bindings, openShop, pay, place, request, stocked, until, variant } from './testing/shop.ts';

beforeAll(openShop);

const support: [string, Role] = [newId('user'), 'support'];
async function list(query: Record<string, string>, as: [string, Role] = support) {
  const response = await request('GET', `/v1/orders?${new URLSearchParams(query).toString()}`, { as });
  const body = await response.json();
  return { status: response.status, page: response.ok ? orderPageSchema.parse(body) : null };
}
/** Ids on all pages, in order. */
async function all(query: Record<string, string>, as?: [string, Role]): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | null = null;
  do {
    const { page }: Awaited<ReturnType<typeof list>> = await list(
      { ...query, ...(cursor === null ? {} : { cursor }) },
      as,
    );
    ids.push(...(page?.items ?? []).map((order) => order.id));
    cursor = page?.next ?? null;
  } while (cursor !== null);
  return ids;
}

const NO_FILTER: OrderFilter = {
  customerId: null,
  placedBy: null,
  states: [],
  paymentStatus: null,
  fulfilment: null,
  number: null,
  sku: null,
  productId: null,
  attention: null,
  createdFrom: null,
  createdBefore: null,
  total: null,
  before: null,
  limit: 20,
};
const CHOICES: { [Field in keyof OrderFilter]: OrderFilter[Field][] } = {
  customerId: [null, 'usr_1'],
  placedBy: [null, 'usr_2'],
  states: [[], ['completed'], ['completed', 'refunded']],
  paymentStatus: [null, 'captured'],
  fulfilment: [null, 'partial'],
  number: [null, 'TP-1'],
  sku: [null, 'SKU'],
  productId: [null, 'prod_1'],
  attention: [null, 'any', 'line_stuck'],
  createdFrom: [null, '2026-01-01T00:00:00.000Z'],
  createdBefore: [null, '2026-02-01T00:00:00.000Z'],
  total: [null, { currency: 'EUR', min: 1, max: 2 }],
  before: [null, { createdAt: '2026-01-15T00:00:00.000Z', id: 'ord_1' }],
  limit: [20],
};
function combinations(): OrderFilter[] {
  return (Object.keys(CHOICES) as (keyof OrderFilter)[]).reduce<OrderFilter[]>(
    (found, field) =>
      found.flatMap((filter) => CHOICES[field].map((value) => ({ ...filter, [field]: value }))),
    [NO_FILTER],
  );
}

describe('every combination of filters', () => {
  it('is read along an index, without a scan and without sorting, because a scan grows with the shop', async () => {
    const plans = new Map<string, { sql: string; values: (string | number)[] }>();
    for (const filter of combinations()) {
      const { page, windowEnd } = statements(filter);
      for (const statement of [page, windowEnd]) if (statement !== null) plans.set(statement.sql, statement);
    }
    expect(plans.size).toBeGreaterThan(1_000);
    const offences: string[] = [];
    const waiting = [...plans.values()];
    while (waiting.length > 0) {
      const some = waiting.splice(0, 200);
      const answers = await bindings.ORDERS_DB.batch<{ detail: string }>(
        some.map(({ sql, values }) =>
          bindings.ORDERS_DB.prepare(`EXPLAIN QUERY PLAN ${sql}`).bind(...values),
        ),
      );
      for (const [index, { results }] of answers.entries()) {
        const steps = results.map((row) => row.detail);
        // The window itself is read as it comes; along the time index alone, there is nothing to search for.
        const bad = steps.filter(
          (step) =>
            /TEMP B-TREE/.test(step) ||
            (/\bSCAN\b/.test(step) &&
              !/^SCAN (w$|orders USING (COVERING )?INDEX orders_(by_time|needing_attention))/.test(step)),
        );
        if (bad.length > 0) offences.push(`${bad.join('; ')} in ${some[index]?.sql}`);
      }
    }
    expect(offences).toEqual([]);
  });

  it('is bounded in what it reads, however many orders do not match', async () => {
    const customer = newId('user');
    const { before: _, ...position } = NO_FILTER;
    const rows = SCAN_ROWS_MAX + 50;
    await bindings.ORDERS_DB.prepare(
      `INSERT INTO orders (id, number, customer_id, version, state, currency, total, line_count, first_title, created_at, updated_at)
       WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2)
       SELECT printf('ord_%032x', i), 'TP-' || i, ?1, 1, 'completed', 'EUR', i, 1, 'x', printf('2026-01-01T00:%02d:%02d.000Z', i / 60, i % 60), '2026-01-01T00:00:00.000Z' FROM n`,
    )
      .bind(customer, rows)
      .run();
    const { page, windowEnd } = statements({
      ...position,
      before: null,
      customerId: customer,
      total: { currency: 'EUR', min: 7, max: 7 },
    });
    const answers = await bindings.ORDERS_DB.batch(
      [page, windowEnd].map((statement) => {
        if (statement === null) throw new Error('a filter the index does not serve needs a window');
        return bindings.ORDERS_DB.prepare(statement.sql).bind(...statement.values);
      }),
    );
    expect(answers.map(({ meta }) => meta.rows_read).every((read) => read <= 2 * SCAN_ROWS_MAX + 2)).toBe(
      true,
    );
    const query = { customerId: customer, currency: 'EUR', totalMin: '7', totalMax: '7' };
    const first = await list(query);
    expect(first.page).toMatchObject({ items: [] });
    expect(first.page?.next).not.toBeNull();
    expect(await all(query)).toEqual([`ord_${'7'.padStart(32, '0')}`]);
  });
});

describe('a list of orders', () => {
  it('finds by state, payment, delivery, article, total, time, number and address, alone and together', async () => {
    const customer = newId('user');
    const [book, song] = [await stocked(50), await variant()];
    const one = await place(customer, { lines: [{ variantId: book.variantId, quantity: 1 }] });
    const two = await place(customer, {
      lines: [
        { variantId: song.variantId, quantity: 1 },
        { variantId: book.variantId, quantity: 2 },
      ],
    });
    const three = await place(customer, { lines: [{ variantId: song.variantId, quantity: 3 }] });
    await pay(three);
    await until(three, 'provisioning');
    const mail = `${customer}@mail.test`;
    const found = async (query: Record<string, string>) => (await all({ limit: '2', ...query })).map(nameOf);
    const nameOf = (id: string) =>
      new Map([
        [one.id, 'one'],
        [two.id, 'two'],
        [three.id, 'three'],
      ]).get(id) ?? id;

    expect(await found({ customerId: customer })).toEqual(['three', 'two', 'one']);
    expect(await found({ email: mail })).toEqual(['three', 'two', 'one']);
    expect(await found({ email: 'nobody@else.test' })).toEqual([]);
    expect(await found({ email: mail, customerId: newId('user') })).toEqual([]);
    expect(await found({ sku: book.sku })).toEqual(['two', 'one']);
    expect(await found({ productId: song.productId })).toEqual(['three', 'two']);
    expect(await found({ productId: song.productId, sku: book.sku })).toEqual(['two']);
    expect(await found({ customerId: customer, state: 'provisioning' })).toEqual(['three']);
    expect(await found({ customerId: customer, state: 'provisioning,awaiting_payment' })).toEqual([
      'three',
      'two',
      'one',
    ]);
    expect(await found({ customerId: customer, paymentStatus: 'authorised' })).toEqual(['three']);
    expect(await found({ sku: book.sku, fulfilment: 'none', paymentStatus: 'pending' })).toEqual([
      'two',
      'one',
    ]);
    expect(await found({ number: two.number.toLowerCase() })).toEqual(['two']);
    expect(await found({ number: two.number, state: 'completed' })).toEqual([]);
    const amount = String(one.total.amount);
    expect(
      await found({ customerId: customer, currency: 'EUR', totalMin: amount, totalMax: amount }),
    ).toEqual(['one']);
    expect(await found({ customerId: customer, createdFrom: two.createdAt })).toEqual(['three', 'two']);
    expect(await found({ customerId: customer, createdBefore: two.createdAt })).toEqual(['one']);
    expect(await found({ sku: book.sku, createdFrom: one.createdAt, createdBefore: two.createdAt })).toEqual([
      'one',
    ]);
  });

  it('gives customers their own alone, and keeps what is for staff from them', async () => {
    const [mine, other] = [newId('user'), newId('user')];
    const thing = await variant();
    const order = await place(mine, { lines: [{ variantId: thing.variantId, quantity: 1 }] });
    const theirs = await place(other, { lines: [{ variantId: thing.variantId, quantity: 1 }] });
    const as: [string, Role] = [mine, 'customer'];
    expect(await all({ sku: thing.sku }, as)).toEqual([order.id]);
    expect(await all({ number: theirs.number }, as)).toEqual([]);
    for (const query of [{ customerId: other }, { email: `${mine}@mail.test` }, { attention: 'any' }]) {
      expect([query, (await list(query, as)).status]).toEqual([query, 403]);
    }
    await bindings.ORDERS_DB.prepare(
      "UPDATE orders SET attention_code = 'line_stuck', attention_text = 'A hand.', attention_detail = 'inside' WHERE id = ?",
    )
      .bind(order.id)
      .run();
    expect((await list({}, as)).page?.items[0]?.attention).toBeNull();
    expect((await list({ attention: 'line_stuck' })).page?.items).toMatchObject([
      { id: order.id, attention: { code: 'line_stuck', text: 'A hand.', detail: 'inside' } },
    ]);
    expect(await all({ attention: 'any', customerId: mine })).toEqual([order.id]);
    expect(await all({ attention: 'other_cause' })).toEqual([]);
  });

  it.each([
    { state: 'nonsense' },
    { state: 'completed,' },
    { totalMin: '1' },
    { createdFrom: 'yesterday' },
    { createdFrom: '9999-12-31T23:59:59-14:00' },
    { email: 'nobody' },
    { number: 'TP-1' },
    { attention: 'Any thing' },
    { productId: 'x' },
  ])('refuses %j', async (query) => {
    expect((await list(query)).status).toBe(422);
  });
});
