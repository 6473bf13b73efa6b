import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fail, ok } from '#shared/domain/result.ts';
import type { PaymentEventMessage, PaymentFactsMessage } from '#shared/contracts/messages.ts';
import { migrateDatabases, signedIn } from '#shared/testing/runtime.ts';
import { DAY_MS } from '#shared/time/time.ts';
import { readEvent } from '../../adapters/stripe-events.ts';
import { reconcilePorts } from '../../ports.ts';
import { deliver, env, intentEvent, newOrderId, newPaymentId, registered, request } from '../../testing.ts';
import type { ProviderEvent } from '../ports.ts';
import type { BalanceTransaction, PaymentFacts } from '../../ledger/facts.ts';
import { askLedger } from '../ledger/ask-ledger.ts';
import { bookPayment } from '../ledger/book-payment.ts';
import type { Listed, ListedPart, ListedPayment, ReconcilePorts } from './ports.ts';
import { continueReconciliation, scheduleReconciliations, startReconciliation, workOn } from './reconcile.ts';

beforeAll(migrateDatabases);
beforeEach(async () => {
  await env.PAYMENTS_DB.prepare("UPDATE reconciliations SET state = 'failed' WHERE state = 'running'").run();
});
const requestId = 'request-of-the-test';
const OPERATOR = 'usr_0000000000000000000000000000000a';
const hour = () => ({ from: Date.now() - 3_600_000, to: Date.now() + 1_000 });

/** A provider that lists what it is told to, over the real inbox, registry and ledger. */
function world() {
  const lists = {
    events: [] as ProviderEvent[],
    payments: [] as ListedPayment[],
    refunds: [] as ListedPart[],
    disputes: [] as ListedPart[],
  };
  const told: PaymentEventMessage[] = [];
  const asked: PaymentFactsMessage[] = [];
  const paged = <Item>(items: Item[], after: string | null): Listed<Item> => {
    const at = after === null ? 0 : Number(after);
    return { items: items.slice(at, at + 2), next: at + 2 < items.length ? String(at + 2) : null };
  };
  const ports: ReconcilePorts = {
    ...reconcilePorts(env),
    queue: { send: (messages) => Promise.resolve(void told.push(...messages)) },
    factsQueue: { send: (messages) => Promise.resolve(void asked.push(...messages)) },
    source: {
      facts: () =>
        Promise.resolve(
          fail({
            code: 'not_found',
            message: 'No such payment_intent',
            declineCode: null,
            customerMessage: null,
            retryAfterMs: null,
          }),
        ),
    },
    period: {
      provider: 'stripe',
      events: (_, after) => Promise.resolve(paged(lists.events, after)),
      payments: (_, after) => Promise.resolve(paged(lists.payments, after)),
      refunds: (_, after) => Promise.resolve(paged(lists.refunds, after)),
      disputes: (_, after) => Promise.resolve(paged(lists.disputes, after)),
    },
  };
  const start = async () => {
    const run = await startReconciliation(
      ports,
      { slot: null, askedBy: OPERATOR, period: hour() },
      requestId,
    );
    if (run === null) throw new Error('it was not started');
    return run.id;
  };
  const go = (reconciliationId: string) => continueReconciliation(ports, { reconciliationId, requestId });
  return {
    lists,
    told,
    asked,
    ports,
    start,
    go,
    run: async () => {
      const id = await start();
      expect(await go(id)).toBe('ended');
      return ports.runs.find(id);
    },
    found: async (subject: string) =>
      (await ports.findings.list({ state: null, reconciliationId: null, after: null, limit: 100 })).filter(
        (finding) => finding.subject === subject,
      ),
  };
}
const eventOf = (event: ReturnType<typeof intentEvent>): ProviderEvent => {
  const read = readEvent(JSON.stringify(event), { isLive: false });
  if (read === null) throw new Error('it is an event');
  return { ...read, bodyDigest: null };
};
const paymentOf = (more: Partial<ListedPayment> = {}): ListedPayment => ({
  paymentId: newPaymentId(),
  orderId: newOrderId(),
  attempt: 1,
  currency: 'EUR',
  amount: 2_500,
  captured: 0,
  open: 0,
  ...more,
});
const register = (ports: ReconcilePorts, { orderId, ...payment }: ListedPayment) =>
  ports.registry.record(
    { ...payment, orderId: orderId ?? newOrderId(), provider: 'stripe', customerId: null, chargeId: null },
    Date.now() - 120_000,
  );

const arrived = (paymentId: string, at: number): BalanceTransaction => ({
  id: `txn_${paymentId}`,
  category: 'charge',
  at,
  availableAt: at,
  currency: 'EUR',
  amount: 2_500,
  fee: 100,
  net: 2_400,
  exchangeRate: null,
});
/** A payment of 25.00 as seen at a time. */
const captured = (
  paymentId: string,
  observedAt: number,
  transactions: BalanceTransaction[],
): PaymentFacts => ({
  provider: 'stripe',
  paymentId,
  orderId: newOrderId(),
  observedAt,
  createdAt: observedAt,
  currency: 'EUR',
  received: 2_500,
  charges: [
    {
      chargeId: `ch_${paymentId}`,
      at: observedAt,
      authorised: 2_500,
      captured: 2_500,
      voided: 0,
      open: 0,
      transactions,
    },
  ],
  refunds: [],
  disputes: [],
});

describe('what a lost webhook left behind', () => {
  it('tells the order again when telling it failed, although the ledger has been booked by then', async () => {
    const { ports, lists, told, start, go } = world();
    const payment = paymentOf({ captured: 2_500 });
    await register(ports, payment);
    lists.payments.push(payment);
    const { send } = ports.queue;
    ports.queue.send = () => Promise.reject(new Error('the queue is down'));
    const asked: string[] = [];
    const { ask } = ports.ledger;
    ports.ledger.ask = (ids, now) => {
      asked.push(...ids);
      return ask(ids, now);
    };
    const id = await start();
    expect(await go(id)).toBe('interrupted');
    expect(asked, 'nothing is booked before its order was told').toEqual([]);
    ports.queue.send = send;
    expect(await go(id)).toBe('ended');
    expect(told.map(({ paymentId }) => paymentId)).toEqual([payment.paymentId]);
    expect(asked).toContain(payment.paymentId);
  });

  it('is repaired as if it had come: kept once, the order woken', async () => {
    const at = world();
    const [lost, came] = [intentEvent(), intentEvent()];
    await deliver(came);
    at.lists.events.push(eventOf(lost), eventOf(came));
    expect(await at.run()).toMatchObject({ state: 'done', counts: { events: 2, eventsRepaired: 1 } });
    expect(await at.run()).toMatchObject({ counts: { events: 2, eventsRepaired: 0 } });
    expect(at.told.map(({ eventId }) => eventId)).toEqual([lost.id]);
    expect((await deliver(lost)).status).toBe(200);
  });

  it('is found in the money too: a payment whose ledger lags behind is booked and its order woken', async () => {
    const at = world();
    const payment = paymentOf({ captured: 2_500 });
    await register(at.ports, payment);
    at.lists.payments.push(payment);
    expect(await at.run()).toMatchObject({ counts: { payments: 1, paymentsBooked: 1 } });
    expect(at.told.map(({ paymentId }) => paymentId)).toEqual([payment.paymentId]);
    expect((await at.ports.ledger.read(payment.paymentId)).askedAt).not.toBeNull();
  });

  it('is found for refunds made elsewhere', async () => {
    const at = world();
    const payment = paymentOf();
    await register(at.ports, payment);
    at.lists.refunds.push({
      id: `re_${payment.paymentId}`,
      paymentId: payment.paymentId,
      state: 'succeeded',
      amount: 100,
      currency: 'EUR',
    });
    expect(await at.run()).toMatchObject({ counts: { refunds: 1, paymentsBooked: 1 } });
  });

  it('is found for what became of a refund or a dispute that is known, however long ago it was made', async () => {
    const at = world();
    const payment = paymentOf();
    await register(at.ports, payment);
    const { paymentId } = payment;
    const [refundId, disputeId] = [`re_${paymentId}`, `du_${paymentId}`];
    const seenAt = Date.now();
    const refund = { refundId, at: seenAt, amount: 100, state: 'succeeded' as const, transactions: [] };
    const dispute = {
      disputeId,
      at: seenAt,
      currency: 'EUR',
      amount: 300,
      state: 'open' as const,
      reason: 'fraudulent',
      dueBy: null,
      transactions: [],
    };
    at.ports.source.facts = () =>
      Promise.resolve(ok({ ...captured(paymentId, seenAt, []), refunds: [refund], disputes: [dispute] }));
    await askLedger(at.ports, [paymentId], requestId);
    await bookPayment(at.ports, { paymentId, requestId });
    const listed = { paymentId, currency: 'EUR' };
    at.lists.refunds.push({ ...listed, id: refundId, amount: 100, state: 'succeeded' });
    at.lists.disputes.push({ ...listed, id: disputeId, amount: 300, state: 'open' });
    expect(await at.run()).toMatchObject({ counts: { paymentsBooked: 0 } });
    at.lists.refunds[0] = { ...listed, id: refundId, amount: 100, state: 'failed' };
    expect(await at.run()).toMatchObject({ counts: { paymentsBooked: 1 } });
    at.lists.refunds[0] = { ...listed, id: refundId, amount: 100, state: 'succeeded' };
    at.lists.disputes[0] = { ...listed, id: disputeId, amount: 300, state: 'lost' };
    expect(await at.run()).toMatchObject({ counts: { paymentsBooked: 1 } });
    expect(at.told.map((message) => message.paymentId)).toEqual([paymentId, paymentId]);
  });

  it('and a payment that never reached the registry is entered there', async () => {
    const at = world();
    const payment = paymentOf();
    at.lists.payments.push(payment, paymentOf({ orderId: null }));
    expect(await at.run()).toMatchObject({ counts: { payments: 2, paymentsRegistered: 1 } });
    expect(await registered('payment_id', payment.paymentId)).toMatchObject({ orderId: payment.orderId });
  });
});

describe('what cannot be matched is raised to an operator', () => {
  it('an amount that differs, until it agrees', async () => {
    const at = world();
    const payment = paymentOf();
    await register(at.ports, payment);
    at.lists.payments.push({ ...payment, amount: 2_600 });
    await at.run();
    expect(await at.found(payment.paymentId)).toMatchObject([{ code: 'amount_differs', state: 'open' }]);
    at.lists.payments[0] = payment;
    await at.run();
    expect(await at.found(payment.paymentId)).toMatchObject([{ state: 'resolved', resolvedBy: null }]);
  });

  it('a payment of ours that the provider does not know', async () => {
    const at = world();
    const payment = paymentOf();
    await register(at.ports, payment);
    expect((await at.run())?.counts.ours).toBeGreaterThanOrEqual(1);
    expect(at.asked).toContainEqual(expect.objectContaining({ paymentId: payment.paymentId }));
    expect(await bookPayment(at.ports, { paymentId: payment.paymentId, requestId })).toBe('unknown_payment');
    expect(await at.found(payment.paymentId)).toMatchObject([{ code: 'missing_at_provider' }]);
  });

  it.each([
    ['refunds', 'unmatched_refund'],
    ['disputes', 'unmatched_dispute'],
  ] as const)('%s of no payment we know', async (kind, code) => {
    const at = world();
    const id = `re_${newPaymentId()}`;
    at.lists[kind].push({ id, paymentId: newPaymentId(), state: 'failed', amount: 100, currency: 'EUR' });
    await at.run();
    expect(await at.found(id)).toMatchObject([{ code, state: 'open' }]);
  });

  it.each([
    ['refunds', 'unmatched_refund'],
    ['disputes', 'unmatched_dispute'],
  ] as const)('and %s are closed by themselves once their payment is known', async (kind, code) => {
    const at = world();
    const payment = paymentOf();
    const id = `re_${newPaymentId()}`;
    at.lists[kind].push({ id, paymentId: payment.paymentId, state: 'failed', amount: 100, currency: 'EUR' });
    await at.run();
    expect(await at.found(id)).toMatchObject([{ code, state: 'open' }]);
    await register(at.ports, payment);
    await at.run();
    expect(await at.found(id)).toMatchObject([{ state: 'resolved', resolvedBy: null }]);
  });

  it('an event that reached no order, until it did', async () => {
    const at = world();
    const event = intentEvent();
    await deliver(event);
    const settle = (state: 'failed' | 'handled') =>
      at.ports.inbox.settle([event.id], { state, detail: null }, Date.now());
    await settle('failed');
    await at.run();
    expect(await at.found(event.id)).toMatchObject([{ code: 'event_unheard', state: 'open' }]);
    await settle('handled');
    await at.run();
    expect(await at.found(event.id)).toMatchObject([{ state: 'resolved', resolvedBy: null }]);
  });

  it('but no event the provider is still to be asked about', async () => {
    const at = world();
    const event = intentEvent(
      { type: 'charge.dispute.created' },
      { object: 'dispute', metadata: {}, charge: 'ch_x' },
    );
    await deliver(event);
    await at.run();
    expect(await at.found(event.id)).toEqual([]);
    const nobodys = { state: 'unmatched' as const, detail: 'the provider knows no order for it' };
    await at.ports.inbox.leave(event.id, nobodys, Date.now());
    await at.run();
    expect(await at.found(event.id)).toMatchObject([{ code: 'event_unheard', state: 'open' }]);
  });

  it('money that does not arrive: the provider is asked again each time, and it is closed when it has', async () => {
    const at = world();
    const { paymentId } = paymentOf();
    const book = async (facts: PaymentFacts) => {
      at.ports.source = { facts: () => Promise.resolve(ok(facts)) };
      await askLedger(at.ports, [paymentId], requestId);
      await bookPayment(at.ports, { paymentId, requestId });
    };
    const asks = () =>
      at.asked.filter((message) => 'paymentId' in message && message.paymentId === paymentId);
    const opened = Date.now() - 15 * DAY_MS;
    await book(captured(paymentId, opened, []));
    const before = asks().length;
    await at.run();
    expect(asks()).toHaveLength(before + 1);
    expect(await at.found(paymentId)).toMatchObject([{ code: 'never_settled', state: 'open' }]);
    await book(captured(paymentId, Date.now(), [arrived(paymentId, opened)]));
    expect(await at.found(paymentId)).toMatchObject([{ state: 'resolved', resolvedBy: null }]);
    await at.run();
    expect(asks()).toHaveLength(before + 2);
  });

  it('and stays closed with the reason a person gave, until something about it changes', async () => {
    const at = world();
    const part: ListedPart = {
      id: `re_${newPaymentId()}`,
      paymentId: null,
      state: 'succeeded',
      amount: 100,
      currency: 'EUR',
    };
    at.lists.refunds.push(part);
    await at.run();
    const [finding] = await at.found(part.id);
    const headers = { ...(await signedIn(OPERATOR, 'operator')), 'content-type': 'application/json' };
    const resolve = (reason: unknown) =>
      request(`/v1/payment-findings/${finding?.id}/resolve`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ reason }),
      });
    expect((await resolve('')).status).toBe(422);
    const closed = await resolve('A refund of the shop we sold.');
    expect(await closed.json()).toMatchObject({ state: 'resolved', resolvedBy: OPERATOR });
    await at.run();
    expect(await at.found(part.id)).toMatchObject([
      { state: 'resolved', resolution: 'A refund of the shop we sold.' },
    ]);
    part.amount = 200;
    await at.run();
    expect(await at.found(part.id)).toMatchObject([{ state: 'open', resolvedBy: null }]);
  });

  it('opens again when somebody accepted it that had closed by itself, because nobody saw what comes then', async () => {
    const { ports } = world();
    const subject = newPaymentId();
    const matter = {
      code: 'amount_differs',
      subject,
      paymentId: subject,
      orderId: null,
      detail: 'of 1',
    } as const;
    const put = async () => {
      await ports.findings.put([matter], null, Date.now());
      const all = await ports.findings.list({ state: null, reconciliationId: null, after: null, limit: 100 });
      return all.find((finding) => finding.subject === subject);
    };
    const found = await put();
    await ports.findings.close([subject], ['amount_differs'], Date.now());
    const late = await ports.findings.resolve(found?.id ?? '', { by: OPERATOR, reason: 'Seen' }, Date.now());
    expect(late).toMatchObject({ state: 'resolved', resolvedBy: null, resolution: 'No longer so.' });
    expect(await put()).toMatchObject({ state: 'open', resolvedBy: null, resolution: null });
  });
});

describe('a reconciliation', () => {
  it('goes on where it stood after a crash, and mends nothing twice', async () => {
    const at = world();
    at.lists.events.push(...Array.from({ length: 6 }, () => eventOf(intentEvent())));
    const id = await at.start();
    let calls = 0;
    const { period } = at.ports;
    at.ports.period = {
      ...period,
      events: (...page) => {
        calls += 1;
        return calls === 2 ? Promise.reject(new Error('the provider is away')) : period.events(...page);
      },
    };
    expect(await at.go(id)).toBe('interrupted');
    expect(await at.ports.runs.find(id)).toMatchObject({
      phase: 'events',
      cursor: '2',
      failures: 1,
      counts: { events: 2 },
    });
    expect(await at.go(id)).toBe('ended');
    expect(await at.ports.runs.find(id)).toMatchObject({
      state: 'done',
      counts: { events: 6, eventsRepaired: 6 },
    });
  });

  it('does not hold up another one when it is interrupted, nor is it tried again at once', async () => {
    const at = world();
    const [stuck, other] = [await at.start(), await at.start()];
    const { events } = at.ports.period;
    at.ports.period.events = () => Promise.reject(new Error('the provider is away'));
    const next = () =>
      at.asked.splice(0).map((message) => 'reconciliationId' in message && message.reconciliationId);
    next();
    await workOn(at.ports, { reconciliationId: stuck, requestId });
    expect(next()).toEqual([other]);
    await workOn(at.ports, { reconciliationId: other, requestId });
    expect(next()).toEqual([]);
    at.ports.period.events = events;
    expect(await at.go(stuck)).toBe('ended');
  });

  it('has one owner at a time, and no other one runs beside it', async () => {
    const at = world();
    const [first, second] = [await at.start(), await at.start()];
    const { period } = at.ports;
    const seen: string[] = [];
    at.ports.period = {
      ...period,
      payments: async (...page) => {
        seen.push(await at.go(first), await at.go(second));
        return period.payments(...page);
      },
    };
    expect(await at.go(first)).toBe('ended');
    expect(seen).toEqual(['busy', 'busy']);
    at.ports.period = period;
    expect(await at.go(second)).toBe('ended');
  });

  it('is scheduled once a slot, however often the clock ticks', async () => {
    const at = world();
    const count = async () =>
      (await env.PAYMENTS_DB.prepare('SELECT COUNT(*) AS n FROM reconciliations').first<number>('n')) ?? 0;
    await scheduleReconciliations(at.ports, 3_600, requestId);
    const before = await count();
    await scheduleReconciliations(at.ports, 3_600, requestId);
    expect(await count()).toBe(before);
  });
});

describe('over HTTP', () => {
  it.each([
    ['nobody', null, 401],
    ['customer', 'customer', 403],
    ['support', 'support', 403],
    ['operator', 'operator', 200],
  ] as const)('%s', async (_who, role, status) => {
    const headers: Record<string, string> = role === null ? {} : await signedIn(OPERATOR, role);
    for (const path of ['/v1/reconciliations', '/v1/payment-findings'])
      expect((await request(path, { headers })).status).toBe(status);
  });

  it('one is started and read by its id, with what it found', async () => {
    const headers = { ...(await signedIn(OPERATOR, 'operator')), 'content-type': 'application/json' };
    const body = JSON.stringify({ from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00+01:00' });
    const started = await request('/v1/reconciliations', { method: 'POST', headers, body });
    expect(started.status).toBe(202);
    const { id } = await started.json<{ id: string }>();
    const read = await request(`/v1/reconciliations/${id}`, { headers });
    expect(await read.json()).toMatchObject({
      id,
      askedBy: OPERATOR,
      to: '2026-01-01T23:00:00.000Z',
      findings: [],
    });
  });

  it.each([
    ['nothing', {}],
    ['no time', { from: 'yesterday', to: '2026-01-02T00:00:00Z' }],
    ['the wrong way round', { from: '2026-01-02T00:00:00Z', to: '2026-01-01T00:00:00Z' }],
    ['too much', { from: '2020-01-02T00:00:00Z', to: '2026-01-01T00:00:00Z' }],
    ['an unknown field', { from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z', more: 1 }],
  ])('%s is refused', async (_what, sent) => {
    const headers = { ...(await signedIn(OPERATOR, 'operator')), 'content-type': 'application/json' };
    const answer = await request('/v1/reconciliations', {
      method: 'POST',
      headers,
      body: JSON.stringify(sent),
    });
    expect(answer.status).toBe(422);
  });
});
