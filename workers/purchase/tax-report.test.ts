import { parse } from 'csv-parse/sync';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { newId } from '#shared/ids/ids.ts';
import {
  announce,
  fulfil,
  openShop,
  OPERATOR,
  pay,
  payments,
  place,
  request,
  variant,
} from './testing/shop.ts';

beforeAll(openShop);

const around = () => {
  const at = (ms: number) => encodeURIComponent(new Date(Date.now() + ms).toISOString());
  return `from=${at(-3_600_000)}&to=${at(3_600_000)}`;
};
async function report(query = around()): Promise<Record<string, string>[]> {
  const response = await request('GET', `/v1/reports/tax.csv?${query}`, { as: OPERATOR });
  expect(response.status).toBe(200);
  return parse(await response.text(), { columns: true, record_delimiter: '\r\n' });
}
async function completed() {
  const { variantId } = await variant();
  const order = await place(newId('user'), { lines: [{ variantId, quantity: 3 }] });
  await pay(order);
  return fulfil(order);
}

describe('the tax report', () => {
  it('has what was handed over and what was given back, and agrees with the order', async () => {
    const order = await completed();
    const rowsOf = async (count: number) =>
      vi.waitFor(async () => {
        const rows = (await report()).filter((row) => row['order'] === order.id);
        expect(rows.length).toBe(count);
        return rows;
      });
    const gross = (rows: Record<string, string>[]) =>
      rows.reduce(
        (sum, row) => sum + Number(row['tax']) + (row['tax_index'] === '0' ? Number(row['net']) : 0),
        0,
      );
    const sold = await rowsOf(1);
    expect(sold).toMatchObject([
      { kind: 'sale', order_number: order.number, currency: 'EUR', country: 'DE', line: order.lines[0]?.id },
    ]);
    expect(gross(sold)).toBe(order.total.amount);

    const refund = await request('POST', `/v1/orders/${order.id}/refunds`, {
      as: OPERATOR,
      headers: { 'idempotency-key': crypto.randomUUID() },
      body: { lines: [{ lineId: order.lines[0]?.id, quantity: 1 }], reason: 'A gesture.' },
    });
    expect(refund.status).toBe(200);
    const both = await rowsOf(2);
    expect(gross(both)).toBe(order.total.amount - Math.floor(order.total.amount / 3));
    expect(both[1]).toMatchObject({ kind: 'refund', refund: expect.stringMatching(/^rfd_/) as string });
  });

  it('has what went back past the order: in the dashboard, and in a dispute that was lost', async () => {
    const order = await completed();
    const paymentId = order.payment?.paymentId ?? '';
    const outside = (kind: string) =>
      vi.waitFor(async () => {
        const rows = (await report()).filter((row) => row['order'] === order.id && row['kind'] === kind);
        expect(rows).toHaveLength(1);
        return rows[0];
      });
    await payments.change(paymentId, { refunded: 1 });
    await announce(order, paymentId);
    expect(await outside('refund_outside')).toMatchObject({ line: order.lines[0]?.id, refund: '' });
    const disputeId = `du_${order.id}`;
    const amount = order.total.amount - 1;
    await payments.change(paymentId, {
      disputes: [{ disputeId, amount, state: 'lost', reason: 'fraudulent', openedAt: 1_700_000_000_000 }],
    });
    await announce(order, paymentId);
    expect(await outside('chargeback')).toMatchObject({ refund: disputeId });
    const left = (await report()).filter((row) => row['order'] === order.id);
    expect(left.reduce((sum, row) => sum + Number(row['tax']), 0)).toBe(0);
  });

  it.each([
    ['from=yesterday&to=2026-02-01T00:00:00Z', '/from'],
    ['from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z', '/to'],
  ])('refuses a bound by its name: %s', async (query, pointer) => {
    const response = await request('GET', `/v1/reports/tax.csv?${query}`, { as: OPERATOR });
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ errors: [{ pointer }] });
  });

  it('is for those who may read the ledger', async () => {
    const response = await request('GET', `/v1/reports/tax.csv?${around()}`, {
      as: [newId('user'), 'support'],
    });
    expect(response.status).toBe(403);
  });
});
