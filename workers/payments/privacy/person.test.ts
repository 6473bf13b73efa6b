import { exports } from 'cloudflare:workers';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { PaymentsService } from '#shared/contracts/payments.ts';
import type { DataSubjectService } from '#shared/contracts/privacy.ts';
import { newId } from '#shared/ids/ids.ts';
import { migrateDatabases, signedIn } from '#shared/testing/runtime.ts';
import { allOf, tracesIn } from '#shared/testing/traces.ts';
import { d1ProviderCustomers } from '../queries/provider-customers.ts';
import { deliver, env, intentEvent, newOrderId, registered, request } from '../testing.ts';

beforeAll(migrateDatabases);
const faces = exports as unknown as { PaymentsRpc: PaymentsService; DataSubjectRpc: DataSubjectService };
const call = { requestId: 'request-of-the-test' };
const exported = async (customerId: string) =>
  (await allOf((cursor) => faces.DataSubjectRpc.exportPage(call, { customerId, cursor }))).flatMap(
    ({ items }) => items,
  );
const erase = (customerId: string) =>
  allOf((cursor) => faces.DataSubjectRpc.eraseStep(call, { customerId, cursor }));

interface Person {
  customerId: string;
  /** Stands in everything the provider tells of this person. */
  marker: string;
  account: string;
  paymentId: string;
  orderId: string;
}

/** A charge as the provider tells of it: with whom it was charged to. */
const chargeOf = ({ paymentId, account, marker }: Person) => ({
  id: `ch_${paymentId}`,
  object: 'charge',
  payment_intent: paymentId,
  customer: account,
  billing_details: { name: `${marker} Liddell`, email: `${marker}@mail.test`, phone: null },
});
const toldOf = (type: string, object: Record<string, unknown>, before?: Record<string, unknown>) =>
  intentEvent({ type, data: { object, ...(before === undefined ? {} : { previous_attributes: before }) } });

/** Somebody with a payment, a kept method, and events of the provider about both. */
async function person(): Promise<Person> {
  const [customerId, orderId] = [newId('user'), newOrderId()];
  const made = await faces.PaymentsRpc.createPayment(call, {
    orderId,
    orderNumber: 'T-1',
    customerId,
    amount: { amount: 1234, currency: 'EUR' },
    attempt: 1,
    askedAt: Date.now(),
    captureMode: 'manual',
    customerEmail: null,
    idempotencyKey: `${orderId}:create`,
  });
  const paymentId = made.ok ? made.value.paymentId : '';
  await vi.waitFor(async () =>
    expect((await registered('payment_id', paymentId))?.customerId).toBe(customerId),
  );
  const row = await env.PAYMENTS_DB.prepare('SELECT account FROM provider_customers WHERE customer_id = ?')
    .bind(customerId)
    .first<{ account: string }>();
  const whole = {
    customerId,
    orderId,
    paymentId,
    marker: `m${crypto.randomUUID()}`,
    account: row?.account ?? '',
  };
  const method = { id: `pm_of_${whole.account}`, object: 'payment_method', customer: whole.account };
  const events = [
    toldOf('charge.succeeded', chargeOf(whole)),
    toldOf('payment_method.attached', { ...method, billing_details: { name: whole.marker } }),
    toldOf('customer.updated', { id: whole.account, object: 'customer', email: `${whole.marker}@mail.test` }),
  ];
  for (const event of events) expect((await deliver(event)).status).toBe(200);
  return whole;
}
const open = async ({ paymentId, orderId }: Person, state: string) =>
  env.PAYMENTS_DB.prepare(
    `INSERT INTO payment_disputes VALUES (?1, 'stripe', ?2, ?3, 'EUR', 1234, ?4, 'fraudulent',
       '2026-01-01T00:00:00.000Z', 'none')`,
  )
    .bind(`dp_${paymentId}_${state}`, paymentId, orderId, state)
    .run();

describe('an export', () => {
  it('has the payments, what is kept to pay with, disputes, and what the provider told of the person', async () => {
    const [someone, other] = [await person(), await person()];
    await open(someone, 'won');
    const items = await exported(someone.customerId);
    const of = (section: string) => items.filter((item) => item.section === section);
    expect(of('payments')).toMatchObject([
      { data: { paymentId: someone.paymentId, amount: 1234, currency: 'EUR' } },
    ]);
    expect(of('payment_methods')).toMatchObject([{ data: { title: 'Visa •••• 4242' } }]);
    expect(of('payment_disputes')).toMatchObject([{ data: { state: 'won', dueBy: null } }]);
    expect(of('payment_events').filter((item) => JSON.stringify(item).includes(someone.marker))).toHaveLength(
      3,
    );
    expect(JSON.stringify(items)).not.toContain(other.marker);
  });
});

describe('an erasure', () => {
  it('is hindered by disputes that nobody has decided', async () => {
    const someone = await person();
    const hindered = () => faces.DataSubjectRpc.obstacles(call, { customerId: someone.customerId });
    expect(await hindered()).toEqual({ obstacles: [] });
    await open(someone, 'won');
    expect(await hindered()).toEqual({ obstacles: [] });
    await open(someone, 'open');
    await open(someone, 'warning');
    expect(await hindered()).toEqual({ obstacles: [{ code: 'dispute_open', subject: someone.paymentId }] });
  });

  it('leaves nothing of the person in any table, the payment in the books, and others as they were', async () => {
    const [someone, other] = [await person(), await person()];
    const before = await exported(other.customerId);
    expect(await tracesIn(env.PAYMENTS_DB, someone.marker)).toEqual(['payment_events.body']);

    const steps = await erase(someone.customerId);
    expect(steps.flatMap(({ kept }) => kept)).toContainEqual({ section: 'payments', because: 'tax_law' });
    expect(steps[0]?.erased).toEqual({ provider_customers: 1, payments: 1, payment_events: 3 });

    expect(await tracesIn(env.PAYMENTS_DB, someone.marker)).toEqual([]);
    expect(await registered('payment_id', someone.paymentId)).toMatchObject({ amount: 1234 });
    expect(await exported(other.customerId)).toEqual(before);
    expect((await exported(someone.customerId)).map(({ section }) => section)).not.toContain(
      'payment_methods',
    );
  });

  it('reaches what was told of whom the provider knew them as before somebody deleted him there', async () => {
    const [someone, other] = [await person(), await person()];
    const before = await exported(other.customerId);
    await d1ProviderCustomers(env.PAYMENTS_DB, 'stripe').forget(
      someone.customerId,
      someone.account,
      Date.now(),
    );
    const { length } = (await exported(someone.customerId)).filter(
      ({ section }) => section === 'payment_events',
    );
    expect(length).toBe(3);
    await erase(someone.customerId);
    const late = toldOf('customer.deleted', {
      id: someone.account,
      object: 'customer',
      email: `${someone.marker}@mail.test`,
    });
    expect((await deliver(late)).status).toBe(200);
    expect(await tracesIn(env.PAYMENTS_DB, someone.marker)).toEqual([]);
    expect(await tracesIn(env.PAYMENTS_DB, someone.customerId)).not.toContain('former_accounts.customer_id');
    expect(await exported(other.customerId)).toEqual(before);
  });

  it('twice, or by several at once, is the same', async () => {
    const someone = await person();
    await Promise.all([1, 2, 3].map(() => erase(someone.customerId)));
    const again = await erase(someone.customerId);
    expect(again.map(({ erased }) => erased)).toEqual(again.map(() => ({})));
    expect(again.flatMap(({ kept }) => kept)).toEqual([{ section: 'payments', because: 'tax_law' }]);
    expect(await tracesIn(env.PAYMENTS_DB, someone.marker)).toEqual([]);
  });

  it('goes on where it stopped: whom the provider made without an answer is deleted as well', async () => {
    const someone = await person();
    // The process died after it had asked for the account, in a step before it could write it down.
    await env.PAYMENTS_DB.prepare('UPDATE provider_customers SET account = NULL WHERE customer_id = ?')
      .bind(someone.customerId)
      .run();
    await erase(someone.customerId);
    expect(await tracesIn(env.PAYMENTS_DB, someone.marker)).toEqual([]);
    const headers = await signedIn(newId('user'), 'customer');
    expect((await request('/v1/payment-methods', { headers })).status).toBe(200);
    expect(
      await env.PAYMENTS_DB.prepare('SELECT 1 FROM provider_customers WHERE customer_id = ?')
        .bind(someone.customerId)
        .first(),
    ).toBeNull();
  });

  it('lasts: what the provider tells afterwards is booked, but its words are not written down', async () => {
    const someone = await person();
    await erase(someone.customerId);
    const refund = toldOf('charge.refunded', { ...chargeOf(someone), amount_refunded: 1234 });
    const detached = toldOf(
      'payment_method.detached',
      { id: 'pm_1', object: 'payment_method', customer: null, billing_details: { name: someone.marker } },
      { customer: someone.account },
    );
    for (const event of [refund, detached]) expect((await deliver(event)).status).toBe(200);
    expect(await tracesIn(env.PAYMENTS_DB, someone.marker)).toEqual([]);
    const { results } = await env.PAYMENTS_DB.prepare(
      'SELECT payment_id, order_id, body FROM payment_events WHERE event_id IN (?, ?) ORDER BY type',
    )
      .bind(refund.id, detached.id)
      .all();
    expect(results).toEqual([
      { payment_id: someone.paymentId, order_id: someone.orderId, body: '{"erased":true}' },
      { payment_id: null, order_id: null, body: '{"erased":true}' },
    ]);
    const due = await env.PAYMENTS_DB.prepare('SELECT 1 AS due FROM ledger_due WHERE payment_id = ?')
      .bind(someone.paymentId)
      .first();
    expect(due).toEqual({ due: 1 });
  });
});
