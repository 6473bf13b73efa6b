import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { beforeAll, describe, expect, it } from 'vitest';
import { meterEnv, newCosts, type Costs } from '#shared/observability/costs.ts';
import { ok } from '#shared/domain/result.ts';
import { migrateDatabases, signedIn } from '#shared/testing/runtime.ts';
import { newId } from '#shared/ids/ids.ts';
import { createPaymentsApp } from './app.ts';
import { BINDINGS } from './env.ts';
import { observationsOf } from './ledger/testing.ts';
import { giftCardPorts, ledgerPorts } from './ports.ts';
import {
  deliver,
  env,
  intentEvent,
  newOrderId,
  newPaymentId,
  recordingQueue,
  signatureOf,
} from './testing.ts';
import { activateCards, issueCards } from './usecases/gift-cards/issue.ts';
import { bookPayment } from './usecases/ledger/book-payment.ts';

beforeAll(migrateDatabases);
const app = createPaymentsApp();

/** What a request costs, with what it does after its answer. `queue` stands for the platform's. */
async function costsOf(
  path: string,
  init: RequestInit,
  queue = recordingQueue().queue,
  onAnswer: (costs: Partial<Costs>) => void = () => undefined,
): Promise<Partial<Costs>> {
  const costs = newCosts();
  const metered = meterEnv({ ...env, PAYMENT_EVENTS: queue }, BINDINGS, costs);
  const context = createExecutionContext();
  const response = await app.fetch(new Request(`https://shop.test${path}`, init), metered, context);
  expect(response.status).toBeLessThan(300);
  onAnswer(used(costs));
  await waitOnExecutionContext(context);
  return used(costs);
}
const used = (costs: Costs): Partial<Costs> =>
  Object.fromEntries(Object.entries(costs).filter(([name, count]) => count > 0 && name !== 'd1Statements'));

async function webhook(event: unknown): Promise<RequestInit> {
  const body = JSON.stringify(event);
  return { method: 'POST', body, headers: { 'stripe-signature': await signatureOf(body) } };
}

describe('costs', () => {
  beforeAll(async () => {
    // The key set is loaded once per isolate; its cost belongs to no request in particular.
    await app.fetch(
      new Request('https://shop.test/v1/payment-events', {
        headers: await signedIn('usr_0000000000000000000000000000000a', 'operator'),
      }),
      env,
      createExecutionContext(),
    );
  });

  it('a webhook is answered after one write; two messages and one write follow', async () => {
    const answered = Promise.withResolvers<Partial<Costs>>();
    const slow = { send: () => answered.promise } as unknown as typeof env.PAYMENT_EVENTS;
    const settled = await costsOf(
      '/v1/webhooks/stripe',
      await webhook(intentEvent()),
      slow,
      answered.resolve,
    );
    expect((await answered.promise).d1).toBe(1);
    expect(settled).toEqual({ d1: 2, queues: 2 });
  });

  it('a repeated webhook, or one nobody waits for, is one statement', async () => {
    const event = intentEvent();
    await deliver(event);
    const repeated = await costsOf('/v1/webhooks/stripe', await webhook(event));
    const ignored = await costsOf(
      '/v1/webhooks/stripe',
      await webhook(intentEvent({ type: 'payment_intent.created' })),
    );
    expect([repeated, ignored]).toEqual([{ d1: 1 }, { d1: 1 }]);
  });

  it('kept payment methods: one read; three round trips for the first one ever, nothing for those available', async () => {
    const headers = { ...(await signedIn(newId('user'), 'customer')), 'idempotency-key': 'k' };
    const costs = [
      await costsOf('/v1/payment-methods/setup', { method: 'POST', headers }),
      await costsOf('/v1/payment-methods/setup', { method: 'POST', headers }),
      await costsOf('/v1/payment-methods', { headers }),
      await costsOf('/v1/payment-methods/available?currency=EUR&amount=2500', {}),
    ];
    expect(costs).toEqual([{ d1: 3 }, { d1: 1 }, { d1: 1 }, {}]);
  });

  it('a page of the inbox is one query', async () => {
    const headers = await signedIn('usr_0000000000000000000000000000000a', 'operator');
    const settled = await costsOf('/v1/payment-events?state=enqueued', { headers });
    expect(settled).toEqual({ d1: 1 });
  });

  it('one event is one query', async () => {
    const event = intentEvent();
    await deliver(event);
    const headers = await signedIn('usr_0000000000000000000000000000000a', 'operator');
    expect(await costsOf(`/v1/payment-events/${event.id}`, { headers })).toEqual({ d1: 1 });
  });

  it('a hundred replays are one query, two sends and one write; counts are one call', async () => {
    const headers = {
      ...(await signedIn('usr_0000000000000000000000000000000a', 'operator')),
      'content-type': 'application/json',
    };
    const init = {
      method: 'POST',
      headers,
      body: JSON.stringify({ type: 'payment_intent.succeeded', limit: 100 }),
    };
    await deliver(intentEvent({ type: 'payment_intent.succeeded' }));
    expect(await costsOf('/v1/payment-events/replay', init)).toEqual({ d1: 2, queues: 2 });
    expect(await costsOf('/v1/payment-events/refusals', { headers })).toEqual({ objects: 1 });
  });

  it('a forged webhook is no query and no message, and one call of the object that counts it', async () => {
    const costs = newCosts();
    const context = createExecutionContext();
    const forged = { method: 'POST', headers: { 'stripe-signature': 't=1,v1=0' }, body: '{}' };
    const request = new Request('https://shop.test/v1/webhooks/stripe', forged);
    await app.fetch(request, meterEnv(env, BINDINGS, costs), context);
    await waitOnExecutionContext(context);
    expect(used(costs)).toEqual({ objects: 1 });
  });

  it.each([
    ['the ledger of a payment nobody knows', '/v1/ledger?paymentId=pi_none', { d1: 1 }],
    ['a page of findings', '/v1/payment-findings?state=open', { d1: 1 }],
    ['a page of reconciliations', '/v1/reconciliations', { d1: 1 }],
  ])('%s is one query', async (_what, path, costs) => {
    const headers = await signedIn('usr_0000000000000000000000000000000a', 'operator');
    expect(await costsOf(path, { headers })).toEqual(costs);
  });

  it('the ledger of payments is two queries, however many there are', async () => {
    const facts = observationsOf([{ kind: 'authorise', amount: 100 }], null).at(-1);
    if (facts === undefined) throw new Error('there is a first observation');
    const orderId = newOrderId();
    for (const paymentId of [newPaymentId(), newPaymentId()]) {
      const source = { facts: () => Promise.resolve(ok({ ...facts, paymentId, orderId })) };
      const ports = { ...ledgerPorts(env), source };
      await ports.ledger.ask([paymentId], Date.now());
      await bookPayment(ports, { paymentId, requestId: 'request-of-the-test' });
    }
    const headers = await signedIn('usr_0000000000000000000000000000000a', 'operator');
    expect(await costsOf(`/v1/ledger?orderId=${orderId}`, { headers })).toEqual({ d1: 2 });
  });

  it('a payment is booked in one read and one write, and in one read when nobody asked', async () => {
    const facts = observationsOf([{ kind: 'authorise', amount: 100 }], null).at(-1);
    if (facts === undefined) throw new Error('there is a first observation');
    const paymentId = newPaymentId();
    const costs = newCosts();
    const ports = {
      ...ledgerPorts(meterEnv(env, BINDINGS, costs)),
      source: { facts: () => Promise.resolve(ok({ ...facts, paymentId })) },
    };
    await ledgerPorts(env).ledger.ask([paymentId], Date.now());
    await bookPayment(ports, { paymentId, requestId: 'request-of-the-test' });
    expect(used(costs)).toEqual({ d1: 2 });
    await bookPayment(ports, { paymentId, requestId: 'request-of-the-test' });
    expect(used(costs)).toEqual({ d1: 3 });
  });

  it('the balance of a gift card: one query, one call of the card, two of each counter of wrong codes', async () => {
    const ports = giftCardPorts(env);
    const key = `ins_x/${newId('instance')}`;
    const call = { requestId: 'request-of-the-test' };
    const issued = await issueCards(ports, call, {
      key,
      quantity: 1,
      value: { amount: 2_500, currency: 'EUR' },
      validDays: null,
      orderId: newOrderId(),
      customerId: newId('user'),
      recipient: null,
      byHand: null,
    });
    await activateCards(ports, call, key);
    const code = issued.ok ? issued.value.cards[0]?.code : undefined;
    const headers = {
      ...(await signedIn(newId('user'), 'customer')),
      'content-type': 'application/json',
    };
    const init = { method: 'POST', headers, body: JSON.stringify({ code }) };
    expect(await costsOf('/v1/gift-cards/balance', init)).toEqual({ d1: 1, objects: 3 });
    const fromOutside = { ...init, headers: { ...headers, 'x-client-ip': '203.0.113.90' } };
    expect(await costsOf('/v1/gift-cards/balance', fromOutside)).toEqual({ d1: 1, objects: 5 });
  });

  it('what is owed for gift cards is one batch of two indexes', async () => {
    const headers = await signedIn('usr_0000000000000000000000000000000a', 'operator');
    expect(await costsOf('/v1/reports/gift-cards', { headers })).toEqual({ d1: 1 });
    const plans = await env.PAYMENTS_DB.batch<{ detail: string }>(
      [
        "SELECT currency, count(*), sum(balance), sum(held) FROM gift_cards WHERE state <> 'pending' AND (balance > 0 OR held > 0) GROUP BY currency ORDER BY currency",
        "SELECT currency, -sum(amount) FROM ledger_entries WHERE account = 'gift_cards' GROUP BY currency ORDER BY currency",
      ].map((sql) => env.PAYMENTS_DB.prepare(`EXPLAIN QUERY PLAN ${sql}`)),
    );
    for (const { results } of plans) {
      const plan = results.map(({ detail }) => detail).join('; ');
      expect(plan).toContain('INDEX');
      expect(plan).not.toContain('TEMP B-TREE');
    }
  });

  it('a reconciliation is started by one write and one message', async () => {
    const headers = {
      ...(await signedIn('usr_0000000000000000000000000000000a', 'operator')),
      'content-type': 'application/json',
    };
    const body = JSON.stringify({ from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z' });
    expect(await costsOf('/v1/reconciliations', { method: 'POST', headers, body })).toEqual({
      d1: 1,
      queues: 1,
    });
  });

  it('a page of disputes is one query', async () => {
    const headers = await signedIn('usr_0000000000000000000000000000000a', 'operator');
    expect(await costsOf('/v1/disputes?state=open', { headers })).toEqual({ d1: 1 });
  });

  it('a page of the settlement report is one query', async () => {
    const headers = await signedIn('usr_0000000000000000000000000000000a', 'operator');
    const path = '/v1/reports/settlement.csv?from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z';
    const costs = newCosts();
    const metered = meterEnv(env, BINDINGS, costs);
    const answer = await app.fetch(
      new Request(`https://shop.test${path}`, { headers }),
      metered,
      createExecutionContext(),
    );
    await answer.text();
    expect(used(costs)).toEqual({ d1: 1 });
  });

  it('a replay is one read, two messages and one write', async () => {
    const event = intentEvent();
    await deliver(event);
    const headers = await signedIn('usr_0000000000000000000000000000000a', 'operator');
    const settled = await costsOf(`/v1/payment-events/${event.id}/replay`, { method: 'POST', headers });
    expect(settled).toEqual({ d1: 2, queues: 2 });
  });

  it.each([
    [
      'by time',
      'SELECT * FROM payment_events WHERE (received_at < ?1 OR (received_at = ?1 AND event_id < ?2)) ORDER BY received_at DESC, event_id DESC LIMIT 20',
    ],
    [
      'by state',
      "SELECT * FROM payment_events WHERE state = 'received' AND received_at < ?1 ORDER BY received_at, event_id LIMIT ?2",
    ],
    [
      'by order',
      'SELECT * FROM payment_events WHERE order_id = ?1 ORDER BY received_at DESC, event_id DESC LIMIT ?2',
    ],
    [
      'of findings',
      "SELECT * FROM payment_findings WHERE state = 'open' AND (found_at, id) < (?1, ?2) ORDER BY found_at DESC, id DESC LIMIT 20",
    ],
    [
      'of the settlement report',
      'SELECT * FROM balance_transactions WHERE (occurred_at, transaction_id) > (?1, ?2) ORDER BY occurred_at, transaction_id LIMIT 500',
    ],
    [
      'of disputes',
      'SELECT * FROM payment_disputes WHERE (due_by, dispute_id) > (?1, ?2) ORDER BY due_by, dispute_id LIMIT 20',
    ],
    [
      'of reconciliations',
      'SELECT * FROM reconciliations WHERE (started_at, id) < (?1, ?2) ORDER BY started_at DESC, id DESC LIMIT 20',
    ],
  ])('a page %s is read from an index without sorting', async (_which, sql) => {
    const { results } = await env.PAYMENTS_DB.prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .bind('x', 'y')
      .all<{ detail: string }>();
    const plan = results.map(({ detail }) => detail).join('; ');
    expect(plan).toContain('USING INDEX');
    expect(plan).not.toContain('TEMP B-TREE');
  });
});
