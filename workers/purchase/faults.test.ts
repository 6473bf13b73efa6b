import { runInDurableObject } from 'cloudflare:test';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { adviceText } from '#shared/domain/payment-advice.ts';
import { newId } from '#shared/ids/ids.ts';
import { systemClock } from '#shared/time/time.ts';
import { ports } from './ports.ts';
import {
  announce,
  answer,
  ask,
  bindings,
  catalogue,
  crash,
  effectsOf,
  endDeadline,
  hurry,
  mailOutage,
  mailsOf,
  namespaces,
  openShop,
  pay,
  payments,
  place,
  postOrder,
  read,
  request,
  stocked,
  stockOf,
  timelineOf,
  until,
  variant,
} from './testing/shop.ts';
import { sweepOrders } from './usecases/sweep-orders.ts';

beforeAll(openShop);

/** An order of one line. */
async function ordered(stock = 5, locale = 'en') {
  const thing = await stocked(stock);
  const lines = [{ variantId: thing.variantId, quantity: 1 }];
  const order = await place(newId('user'), { lines, locale });
  return { thing, order, amount: order.total.amount };
}

describe('when something goes wrong, an order', () => {
  it('opens one payment although the reply to opening it was lost', async () => {
    const thing = await variant();
    await payments.plan(thing.unitPrice.amount, { create: ['lost', 'lost'] });
    const order = await place(newId('user'), { lines: [{ variantId: thing.variantId, quantity: 1 }] });
    expect(order.state).toBe('awaiting_payment');
    expect(await payments.countOf(order.id)).toBe(1);
    expect((await payments.callsOf(order.id)).filter((call) => call === 'create')).toHaveLength(3);
  });

  it('goes on when the catalogue was away for a moment', async () => {
    const thing = await variant();
    await catalogue.failNext(thing.variantId, 2);
    const order = await place(newId('user'), { lines: [{ variantId: thing.variantId, quantity: 1 }] });
    expect(order.state).toBe('awaiting_payment');
  });

  it('captures once although the reply was lost', async () => {
    const { order, amount } = await ordered();
    await payments.plan(amount, { capture: ['lost'] });
    await pay(order);
    await until(order, 'provisioning');
    await answer(order, 'line.provisioned');
    await vi.waitFor(async () => expect(await payments.callsOf(order.id)).toContain('capture'));
    await vi.waitFor(async () => {
      await hurry(order.id);
      expect((await read(order)).payment?.state).toBe('captured');
    });
    await answer(order, 'line.activated');
    const done = await until(order, 'completed');
    expect(done.payment).toMatchObject({ captured: { amount }, refunded: { amount: 0 } });
  });

  it('refunds once although the reply was lost', async () => {
    const { order, amount, thing } = await ordered();
    await payments.plan(amount, { refund: ['lost'] });
    await pay(order, { state: 'captured', captured: amount });
    await until(order, 'provisioning');
    await answer(order, 'line.failed', { detail: 'No place.' });
    await answer(order, 'line.deprovisioned');
    await vi.waitFor(async () => {
      await hurry(order.id);
      expect((await read(order)).state).toBe('refunded');
    });
    expect(await payments.paymentOf(order.id)).toMatchObject({ captured: amount, refunded: amount });
    expect(await stockOf(thing.sku)).toMatchObject({ onHand: 5, held: 0 });
    expect((await timelineOf(order)).map((entry) => entry.type)).toContain('payment.refunded');
  });

  it('is completed from a payment that arrived captured, without capturing again', async () => {
    const { order, amount } = await ordered();
    await pay(order, { state: 'processing', authorised: 0 });
    await vi.waitFor(async () => expect((await read(order)).nextActions).toEqual(['wait', 'cancel']));
    await pay(order, { state: 'captured', captured: amount });
    await until(order, 'provisioning');
    await answer(order, 'line.provisioned');
    await answer(order, 'line.activated');
    await until(order, 'completed');
    expect(await payments.callsOf(order.id)).not.toContain('capture');
  });

  it('keeps waiting after a declined card and shows why, so that the customer can try another', async () => {
    const { order } = await ordered(5, 'de-AT');
    const lastError = {
      code: 'card_declined',
      declineCode: 'generic_decline',
      message: 'Your card was declined.',
    };
    await pay(order, { state: 'requires_payment', authorised: 0, lastError });
    await vi.waitFor(async () =>
      expect((await read(order)).payment?.lastError).toBe('Your card was declined.'),
    );
    const advice = 'another_method';
    const told = { ...lastError, advice, message: adviceText(advice) } as const;
    await pay(order, { state: 'requires_payment', authorised: 0, lastError: told });
    await vi.waitFor(async () =>
      expect((await read(order)).payment?.lastError, 'in the customer’s language').toBe(
        adviceText(advice, 'de'),
      ),
    );
    expect(await read(order)).toMatchObject({
      state: 'awaiting_payment',
      nextActions: ['pay', 'edit', 'cancel'],
    });
    await pay(order);
    const paid = await until(order, 'provisioning');
    expect(paid.payment?.lastError).toBeNull();
  });

  it('frees its stock and ends by itself, naming the decline, after a payment under way failed', async () => {
    const { order, thing } = await ordered();
    const heldUntil = (): Promise<number> =>
      runInDurableObject(namespaces.STOCK.getByName(thing.sku), (_, state) =>
        Number(state.storage.sql.exec('SELECT expires_at FROM holds').one()['expires_at']),
      );
    const own = await heldUntil();
    await pay(order, { state: 'processing', authorised: 0 });
    await vi.waitFor(async () => expect(await heldUntil()).toBeGreaterThan(own));
    const lastError = { code: 'debit_failed', declineCode: null, message: 'The bank said no.' };
    await pay(order, { state: 'requires_payment', authorised: 0, lastError });
    await vi.waitFor(async () => expect((await read(order)).payment?.dueAt).toBe(order.payment?.dueAt));
    await endDeadline(order.id);
    const ended = await until(order, 'cancelled');
    expect(ended.reason).toMatchObject({
      code: 'payment_abandoned',
      text: expect.stringContaining('The bank said no.') as string,
    });
    expect(await stockOf(thing.sku)).toMatchObject({ onHand: 5, held: 0 });
  });

  it('accepts a payment that was made while the time to pay ran out', async () => {
    const { order, thing } = await ordered();
    await payments.change(order.payment?.paymentId ?? '', {
      state: 'authorised',
      authorised: order.total.amount,
    });
    await endDeadline(order.id);
    await until(order, 'provisioning');
    expect(await payments.callsOf(order.id)).not.toContain('cancel');
    expect(await stockOf(thing.sku)).toMatchObject({ onHand: 4, held: 0 });
  });

  it('gives money back that arrives after it was cancelled', async () => {
    const { order, amount } = await ordered();
    await request('POST', `/v1/orders/${order.id}/cancel`, { as: [order.customerId, 'customer'], body: {} });
    await until(order, 'cancelled');
    await pay(order, { state: 'captured', captured: amount });
    const ended = await until(order, 'refunded');
    expect(ended.payment).toMatchObject({ captured: { amount }, refunded: { amount } });
  });

  it('does the same once however often and in whatever order messages come', async () => {
    const { order } = await ordered();
    const paymentId = order.payment?.paymentId ?? '';
    await payments.change(paymentId, { state: 'authorised', authorised: order.total.amount });
    await Promise.all([1, 2, 3, 4, 5].map(() => announce(order, paymentId, `evt-${order.id}`)));
    await until(order, 'provisioning');
    expect((await payments.callsOf(order.id)).filter((call) => call === 'get')).toHaveLength(1);
    await answer(order, 'line.provisioned');
    await answer(order, 'line.started', { messageId: 'late', detail: 'late' });
    await answer(order, 'line.provisioned');
    await answer(order, 'line.activated');
    await answer(order, 'line.activated', { messageId: 'again' });
    const done = await until(order, 'completed');
    expect(done.lines[0]).toMatchObject({ state: 'delivered', detail: 'Ready' });
    const effects = (await effectsOf(order.id)).map((effect) => effect.key);
    for (const once of ['lines.provision', 'payment.capture', 'lines.activate', 'mail:delivered']) {
      expect(effects.filter((key) => key.startsWith(once))).toHaveLength(1);
    }
  });

  it('looks at its payment again when an event it took in before is replayed', async () => {
    const { order } = await ordered();
    const paymentId = order.payment?.paymentId ?? '';
    const eventId = `evt-${order.id}`;
    await announce(order, paymentId, eventId);
    await payments.change(paymentId, { state: 'authorised', authorised: order.total.amount });
    await announce(order, paymentId, eventId, `${eventId}:replay`);
    expect((await until(order, 'provisioning')).paymentStatus).toBe('authorised');
  });

  it('learns of its payment from a webhook that is faster than the reply', async () => {
    const thing = await variant();
    await payments.plan(thing.unitPrice.amount, {
      create: ['lost', 'away', 'away', 'away', 'away', 'away', 'away'],
    });
    const customer = newId('user');
    const placed = postOrder(customer, { lines: [{ variantId: thing.variantId, quantity: 1 }] });
    const order = await vi.waitFor(async () => {
      const { items } = await (
        await request('GET', '/v1/orders', { as: [customer, 'customer'] })
      ).json<{ items: { id: string }[] }>();
      const id = items[0]?.id ?? '';
      const payment = await payments.paymentOf(id);
      if (payment === null) throw new Error('not yet');
      return { id, customerId: customer, paymentId: payment.paymentId };
    });
    await announce(order, order.paymentId);
    await vi.waitFor(async () => {
      await hurry(order.id);
      expect((await read(order)).payment?.paymentId).toBe(order.paymentId);
    });
    expect((await placed).status).toBe(201);
    expect(await payments.countOf(order.id)).toBe(1);
  });

  it('answers `placing` when a dependency hangs, and can be polled until it is payable', async () => {
    const thing = await variant();
    await payments.plan(thing.unitPrice.amount, { create: ['hang'] });
    const customer = newId('user');
    const order = await place(customer, { lines: [{ variantId: thing.variantId, quantity: 1 }] });
    expect(order).toMatchObject({ state: 'placing', payment: null, nextActions: ['wait', 'cancel'] });
    const payable = await vi.waitFor(
      async () => {
        await hurry(order.id);
        return until(order, 'awaiting_payment');
      },
      { timeout: 20_000 },
    );
    expect(payable.payment?.clientSecret).toContain('_secret');
  }, 40_000);

  it('goes on after its process went away at any step', async () => {
    const { order, thing } = await ordered();
    await crash(order.id);
    await pay(order);
    await crash(order.id);
    await until(order, 'provisioning');
    await crash(order.id);
    await answer(order, 'line.provisioned');
    await crash(order.id);
    await until(order, 'capturing');
    await answer(order, 'line.activated');
    await crash(order.id);
    await until(order, 'completed');
    expect(await payments.countOf(order.id)).toBe(1);
    expect((await payments.callsOf(order.id)).filter((call) => call === 'capture')).toHaveLength(1);
    expect(await stockOf(thing.sku)).toMatchObject({ onHand: 4, held: 0 });
  });

  it('delivers an effect again whose record was lost in a crash, without a second result', async () => {
    const { order } = await ordered();
    await pay(order);
    await until(order, 'provisioning');
    await answer(order, 'line.provisioned');
    await until(order, 'capturing');
    await vi.waitFor(async () => expect((await read(order)).payment?.state).toBe('captured'));
    await runInDurableObject(namespaces.ORDER.getByName(order.id), (_, state) => {
      state.storage.sql.exec(
        "UPDATE _outbox SET state = 'pending' WHERE key IN ('payment.create', 'stock.commit')",
      );
      state.storage.sql.exec("UPDATE _outbox SET state = 'pending' WHERE key LIKE 'stock.%'");
    });
    await crash(order.id);
    await answer(order, 'line.activated');
    await until(order, 'completed');
    expect(await payments.countOf(order.id)).toBe(1);
  });

  it('counts a message that came too early when it is repeated, because queues know no order', async () => {
    const { order } = await ordered();
    await pay(order);
    await until(order, 'provisioning');
    await answer(order, 'line.deprovisioned');
    expect((await read(order)).lines[0]?.state).toBe('provisioning');
    await answer(order, 'line.failed');
    await until(order, 'compensating');
    await answer(order, 'line.deprovisioned');
    await until(order, 'cancelled');
  });

  it('waits for a person when a step is given up, and goes on when told', async () => {
    const { order, amount } = await ordered();
    await payments.plan(amount, { capture: Array.from({ length: 12 }, () => 'away') });
    await pay(order);
    await until(order, 'provisioning');
    await answer(order, 'line.provisioned');
    await vi.waitFor(
      async () => {
        await hurry(order.id);
        expect((await read(order)).state).toBe('needs_operator');
      },
      { timeout: 10_000 },
    );
    const seen = await read(order);
    expect(seen.reason).toMatchObject({ code: 'payment_capture_failed' });
    expect(seen.reason?.text).not.toContain('away');
    const staff = await request('GET', `/v1/orders/${order.id}`, { as: [newId('user'), 'support'] });
    expect(await staff.json()).toMatchObject({ reason: { text: expect.stringContaining('away') as string } });
    const customer = await request('POST', `/v1/orders/${order.id}/retry`, {
      as: [order.customerId, 'customer'],
    });
    expect(customer.status).toBe(403);
    const retried = await request('POST', `/v1/orders/${order.id}/retry`, {
      as: [newId('user'), 'operator'],
    });
    expect(retried.status).toBe(200);
    await vi.waitFor(async () => expect((await read(order)).payment?.state).toBe('captured'));
    const again = await request('POST', `/v1/orders/${order.id}/retry`, { as: [newId('user'), 'operator'] });
    expect(again.status).toBe(409);
    await answer(order, 'line.activated');
    await until(order, 'completed');
  });

  it('voids under a new key after the provider refused, because it remembers its answer to the old one', async () => {
    const { order, amount, thing } = await ordered();
    await payments.plan(amount, { cancel: ['invalid_state'] });
    await payments.change(order.payment?.paymentId ?? '', { state: 'authorised', authorised: amount });
    await request('POST', `/v1/orders/${order.id}/cancel`, { as: [order.customerId, 'customer'], body: {} });
    await vi.waitFor(async () => {
      await hurry(order.id);
      expect((await read(order)).state).toBe('cancelled');
    });
    expect(await payments.paymentOf(order.id)).toMatchObject({ state: 'cancelled' });
    expect((await payments.callsOf(order.id)).filter((call) => call === 'cancel')).toHaveLength(2);
    expect(await stockOf(thing.sku)).toMatchObject({ onHand: 5, held: 0 });
  });

  it('keeps one key while nobody knows what came of a step, and looks first when a person retries it', async () => {
    const { order, amount } = await ordered();
    await payments.plan(amount, { capture: ['poisoned'] });
    await pay(order);
    await until(order, 'provisioning');
    await answer(order, 'line.provisioned');
    await vi.waitFor(
      async () => {
        await hurry(order.id);
        expect((await read(order)).state).toBe('needs_operator');
      },
      { timeout: 10_000 },
    );
    const captures = async (): Promise<number> =>
      (await payments.callsOf(order.id)).filter((call) => call === 'capture').length;
    const before = await captures();
    await request('POST', `/v1/orders/${order.id}/retry`, { as: [newId('user'), 'operator'] });
    await vi.waitFor(async () => expect((await read(order)).payment?.state).toBe('captured'));
    await answer(order, 'line.activated');
    await until(order, 'completed');
    expect(await captures()).toBe(before);
    expect(await payments.paymentOf(order.id)).toMatchObject({ captured: amount, refunded: 0 });
  });

  it('sends a retried step at once, and not after another round of the one that was given up', async () => {
    const { order, amount } = await ordered();
    await payments.plan(amount, { cancel: Array.from({ length: 12 }, () => 'retriable') });
    await pay(order);
    await until(order, 'provisioning');
    await answer(order, 'line.failed');
    await answer(order, 'line.deprovisioned');
    await vi.waitFor(
      async () => {
        await hurry(order.id);
        expect((await read(order)).state).toBe('needs_operator');
      },
      { timeout: 10_000 },
    );
    await request('POST', `/v1/orders/${order.id}/retry`, { as: [newId('user'), 'operator'] });
    await until(order, 'cancelled');
    const voids = (await effectsOf(order.id)).filter(({ key }) => key.startsWith('payment.void'));
    expect(voids.map(({ attempts, state }) => ({ attempts, state }))).toEqual([
      { attempts: 12, state: 'done' },
      { attempts: 1, state: 'done' },
    ]);
  });

  it('sends its mails once the provider is back, however long it was away, and holds nothing up meanwhile', async () => {
    const { order } = await ordered();
    await vi.waitFor(() => expect(mailsOf(order.id)).toHaveLength(1));
    mailOutage.add(order.id);
    await pay(order);
    await until(order, 'provisioning');
    await vi.waitFor(
      async () => {
        await hurry(order.id);
        const again = (await effectsOf(order.id)).find(({ key }) => key.includes(':again:'));
        expect(again?.key).toMatch(/^mail:/);
      },
      { timeout: 10_000 },
    );
    expect((await read(order)).state).toBe('provisioning');
    mailOutage.delete(order.id);
    await vi.waitFor(async () => {
      await hurry(order.id);
      expect(mailsOf(order.id)).toHaveLength(2);
    });
    await endDeadline(order.id);
    await until(order, 'needs_operator');
    expect((await ask(order, '/retry', {})).status).toBe(200);
    await until(order, 'provisioning');
    await hurry(order.id);
    const open = (await effectsOf(order.id)).filter(
      ({ key, state }) => key.startsWith('mail:') && state !== 'done',
    );
    expect([open, mailsOf(order.id)]).toMatchObject([[], { length: 2 }]);
  });

  it('waits for a person when provisioning takes longer than a day', async () => {
    const { order } = await ordered();
    await pay(order);
    await until(order, 'provisioning');
    await endDeadline(order.id);
    const stopped = await until(order, 'needs_operator');
    expect(stopped.reason?.code).toBe('provisioning_overdue');
    await answer(order, 'line.provisioned');
    await until(order, 'capturing');
  });

  it('is nudged by the sweeper when its webhook never came', async () => {
    const { order } = await ordered();
    await payments.change(order.payment?.paymentId ?? '', {
      state: 'authorised',
      authorised: order.total.amount,
    });
    await bindings.ORDERS_DB.prepare('UPDATE orders SET sweep_at = 1 WHERE id = ?').bind(order.id).run();
    const [first, second] = await Promise.all([
      sweepOrders(ports(bindings), 'sweep', systemClock.now()),
      sweepOrders(ports(bindings), 'sweep', systemClock.now()),
    ]);
    expect(first.nudged + second.nudged).toBe(1);
    await until(order, 'provisioning');
  });
});
