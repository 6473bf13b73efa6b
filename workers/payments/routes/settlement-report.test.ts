import { parse } from 'csv-parse/sync';
import { beforeAll, describe, expect, it } from 'vitest';
import { ok } from '#shared/domain/result.ts';
import { migrateDatabases, signedIn } from '#shared/testing/runtime.ts';
import { observationsOf } from '../ledger/testing.ts';
import { ledgerPorts } from '../ports.ts';
import { env, newOrderId, request } from '../testing.ts';
import { bookPayment } from '../usecases/ledger/book-payment.ts';
import type { PaymentFacts } from '../ledger/facts.ts';

beforeAll(migrateDatabases);
const OPERATOR = 'usr_0000000000000000000000000000000a';
const PERIOD = 'from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z';

async function report(query: string): Promise<Record<string, string>[]> {
  const response = await request(`/v1/reports/settlement.csv?${query}`, {
    headers: await signedIn(OPERATOR, 'operator'),
  });
  expect(response.headers.get('content-type')).toContain('text/csv');
  return parse(await response.text(), { columns: true, record_delimiter: '\r\n' });
}
/** Books a payment with a hundred refunds, some of them failed, and returns what the provider has on record. */
async function booked(name: string): Promise<PaymentFacts> {
  const observation = observationsOf(
    [
      { kind: 'authorise', amount: 900_000 },
      { kind: 'capture', share: 1, final: true },
      ...Array.from({ length: 300 }, (_, index) => ({
        kind: 'refund' as const,
        share: 0.01 * (1 + (index % 3)),
        settles: true,
      })),
      { kind: 'refund_fails' },
    ],
    1.25,
  ).at(-1);
  const text = JSON.stringify({ ...observation, paymentId: `pi_${name}`, orderId: newOrderId() });
  const facts = JSON.parse(text.replaceAll(/"(ch|re|dp|txn)_(\d+)"/g, `"$1_$2_${name}"`)) as PaymentFacts;
  const ports = { ...ledgerPorts(env), source: { facts: () => Promise.resolve(ok(facts)) } };
  await ports.ledger.ask([facts.paymentId], Date.now());
  await bookPayment(ports, { paymentId: facts.paymentId, requestId: 'request-of-the-test' });
  return facts;
}

describe('the settlement report', () => {
  it('has every movement once, over all pages, and its sums are the ledger’s', async () => {
    const facts = [await booked('first'), await booked('second'), await booked('third')];
    const moved = facts
      .flatMap(({ charges, refunds }) => [...charges, ...refunds])
      .flatMap((each) => each.transactions);
    const rows = await report(PERIOD);
    expect(moved.length).toBeGreaterThan(500);
    expect(rows.length).toBe(moved.length);
    expect(new Set(rows.map((row) => row['balance_transaction'])).size).toBe(moved.length);
    const sum = (column: string) => rows.reduce((total, row) => total + Number(row[column]), 0);
    expect([sum('gross') - sum('fee'), sum('gross')]).toEqual([
      sum('net'),
      moved.reduce((total, each) => total + each.amount, 0),
    ]);
    const { results } = await env.PAYMENTS_DB.prepare(
      "SELECT account, SUM(amount) AS amount FROM ledger_entries WHERE currency = 'USD' GROUP BY account",
    ).all<{ account: string; amount: number }>();
    expect(Object.fromEntries(results.map(({ account, amount }) => [account, amount]))).toEqual({
      provider_balance: sum('net'),
      fees: sum('fee'),
      exchange: -sum('gross'),
    });
    expect(rows[0]).toMatchObject({
      payment_currency: 'EUR',
      settlement_currency: 'USD',
      exchange_rate: '1.25',
    });
  });

  it('has what happened in the period alone: from inclusive, to exclusive', async () => {
    const [first] = await report(PERIOD);
    const at = first?.['occurred_at'] ?? '';
    const next = new Date(Date.parse(at) + 1).toISOString();
    expect((await report(`from=${at}&to=${next}`)).length).toBeGreaterThan(0);
    expect(await report(`from=2025-06-01T00:00:00Z&to=${at}`)).toEqual([]);
  });

  it.each([
    ['from=yesterday&to=2026-02-01T00:00:00Z', '/from'],
    ['from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z', '/to'],
    ['from=2026-02-01T00:00:00Z', '/to'],
  ])('refuses a bound by its name: %s', async (query, bound) => {
    const response = await request(`/v1/reports/settlement.csv?${query}`, {
      headers: await signedIn(OPERATOR, 'operator'),
    });
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ errors: [{ in: 'query', pointer: bound }] });
  });

  it('is for those who may read the ledger', async () => {
    const headers = await signedIn(OPERATOR, 'support');
    expect((await request(`/v1/reports/settlement.csv?${PERIOD}`, { headers })).status).toBe(403);
  });
});
