import { beforeAll, describe, expect, it, vi } from 'vitest';
import { orderVersionsSchema } from '#shared/contracts/http/after-sale.ts';
import { type Order, orderPageSchema, orderSchema } from '#shared/contracts/http/orders.ts';
import type { PaymentDispute } from '#shared/contracts/payments.ts';
import type { Role } from '#shared/auth/permissions.ts';
import { newId } from '#shared/ids/ids.ts';
import {
  announce,
  answer,
  bindings,
  crash,
  effectsOf,
  EUR,
  fulfil,
  mails,
  mailsOf,
  openShop,
  OPERATOR,
  pay,
  payments,
  place,
  read,
  request,
  timelineOf,
  uniqueAmount,
  variant,
} from './testing/shop.ts';

beforeAll(openShop);

/** A completed order of one licence key. */
async function completed(): Promise<Order> {
  const licence = await variant({ unitPrice: EUR(uniqueAmount()) });
  const order = await place(newId('user'), { lines: [{ variantId: licence.variantId, quantity: 1 }] });
  await pay(order);
  return fulfil(order);
}

const paymentIdOf = (order: Order): string => order.payment?.paymentId ?? '';
const disputeOf = (order: Order, state: PaymentDispute['state']): PaymentDispute => ({
  disputeId: `du_${order.id}`,
  amount: order.total.amount,
  state,
  reason: 'fraudulent',
  openedAt: 1_700_000_000_000,
});
/** What the bank does, and the webhook that tells of it. */
async function bank(order: Order, state: PaymentDispute['state']): Promise<void> {
  await payments.change(paymentIdOf(order), { disputes: [disputeOf(order, state)] });
  await announce(order, paymentIdOf(order));
}
/** What somebody does in the provider's dashboard. */
async function refundOutside(order: Order, refunded: number): Promise<void> {
  await payments.change(paymentIdOf(order), { refunded });
  await announce(order, paymentIdOf(order));
}
const rowOf = (order: Order) =>
  bindings.ORDERS_DB.prepare('SELECT sweep_at, unsettled FROM orders WHERE id = ?')
    .bind(order.id)
    .first<{ sweep_at: number | null; unsettled: number }>();
async function swept(order: Order) {
  await bindings.ORDERS_DB.prepare('UPDATE orders SET sweep_at = 1 WHERE id = ?').bind(order.id).run();
  await request('POST', '/v1/orders/sweep', { as: OPERATOR });
  return rowOf(order);
}
const becomes = (order: Order, values: object): Promise<Order> =>
  vi.waitFor(async () => {
    const present = await read(order);
    expect(present).toMatchObject(values);
    return present;
  }, 10_000);
const suspended = (order: Order, sequence: number, revision: number) =>
  answer(order, 'line.suspended', {
    messageId: `s${revision}`,
    detail: 'Suspended.',
    access: { sequence, revision },
  });
const resumed = (order: Order, sequence: number, revision: number) =>
  answer(order, 'line.resumed', { messageId: `r${revision}`, access: { sequence, revision } });
const ask = (order: Order, path: string, body: unknown, as: [string, Role] = OPERATOR): Promise<Response> =>
  request('POST', `/v1/orders/${order.id}${path}`, {
    as,
    body,
    headers: { 'idempotency-key': crypto.randomUUID() },
  });
const isListed = async (order: Order, query: string): Promise<boolean> => {
  const response = await request('GET', `/v1/orders?${query}`, { as: OPERATOR });
  return orderPageSchema.parse(await response.json()).items.some(({ id }) => id === order.id);
};
const listed = (order: Order, query: string, expected: boolean): Promise<void> =>
  vi.waitFor(async () => expect(await isListed(order, query)).toBe(expected), 10_000);
const keysOf = async (order: Order, start: string): Promise<string[]> =>
  (await effectsOf(order.id)).map(({ key }) => key).filter((key) => key.startsWith(start));
const subjectsTo = (order: Order, to: string): string[] =>
  mailsOf(order.id)
    .filter((mail) => mail.to === to)
    .map(({ subject }) => subject.replace(order.number, 'X'));
const STAFF = 'operators@mail.test';

describe('a dispute', () => {
  it('that is opened and won: suspended, told, listed, and as before', async () => {
    const order = await completed();
    await bank(order, 'open');
    await becomes(order, {
      state: 'completed',
      paymentStatus: 'disputed',
      lines: [{ suspension: { state: 'suspending', code: 'payment_disputed' } }],
    });
    await suspended(order, 1, 1);
    await becomes(order, { lines: [{ suspension: { state: 'suspended' } }] });
    await listed(order, 'paymentStatus=disputed', true);
    expect(await isListed(order, 'attention=payment_disputed')).toBe(true);
    await vi.waitFor(() => {
      expect(subjectsTo(order, STAFF)).toEqual(['Order X: the payment is disputed']);
      expect(mailsOf(order.id).map(({ subject }) => subject)).toContain(`Order ${order.number}: suspended`);
    });

    await bank(order, 'won');
    await becomes(order, { paymentStatus: 'captured', lines: [{ suspension: { state: 'resuming' } }] });
    await resumed(order, 2, 2);
    await becomes(order, { lines: [{ suspension: null }] });
    await listed(order, 'paymentStatus=disputed', false);
    const types = (await timelineOf(order)).map(({ type }) => type);
    expect(types).toEqual(
      expect.arrayContaining(['payment.disputed', 'line.suspended', 'payment.dispute_won', 'line.resumed']),
    );
    const versions = orderVersionsSchema.parse(
      await (await request('GET', `/v1/orders/${order.id}/versions`, { as: OPERATOR })).json(),
    );
    const byProvider = versions.items.filter(({ by }) => by.kind === 'provider');
    expect(byProvider.map(({ what, why }) => [what, why])).toEqual([
      ['order.dispute_won', 'fraudulent'],
      ['order.dispute_opened', 'fraudulent'],
    ]);
  });

  it('that is lost waits for a person, who takes back what was delivered', async () => {
    const order = await completed();
    await bank(order, 'lost');
    const lost = await becomes(order, { state: 'needs_operator', paymentStatus: 'charged_back' });
    expect(lost.reason?.code).toBe('charged_back');
    await suspended(order, 1, 1);

    const customer = await ask(order, '/access', { decision: 'restore', reason: 'x' }, [
      order.customerId,
      'customer',
    ]);
    const unknown = await ask(order, '/access', {
      decision: 'revoke',
      lineIds: [newId('line')],
      reason: 'x',
    });
    expect([customer.status, unknown.status]).toEqual([403, 422]);
    const decided = orderSchema.parse(
      await (await ask(order, '/access', { decision: 'revoke', reason: 'Charged back' })).json(),
    );
    expect(decided).toMatchObject({ state: 'completed', reason: null, lines: [{ revoked: true }] });
    expect(await keysOf(order, 'lines.deprovision')).toHaveLength(1);
    expect(await payments.callsOf(order.id)).not.toContain('refund');
    // Until it is gone the sweeper comes again: the answer may be lost.
    await vi.waitFor(async () => expect(await rowOf(order)).toMatchObject({ unsettled: 1 }));
    expect((await swept(order))?.sweep_at).not.toBeNull();
    await answer(order, 'line.deprovisioned');
    await vi.waitFor(async () => expect(await rowOf(order)).toMatchObject({ unsettled: 0 }));
    expect((await swept(order))?.sweep_at).toBeNull();
  });

  it('takes the money from every refund', async () => {
    const order = await completed();
    await bank(order, 'open');
    await becomes(order, { paymentStatus: 'disputed' });
    const refused = await ask(order, '/refunds', { everything: true, reason: 'Sorry' });
    expect([refused.status, await payments.callsOf(order.id)]).toEqual([
      422,
      expect.not.arrayContaining(['refund']),
    ]);
  });

  it('is told once, although its news comes twice, its reply is lost and the object dies in between', async () => {
    const order = await completed();
    await payments.plan(order.total.amount, { get: ['lost', 'away'] });
    await payments.change(paymentIdOf(order), { disputes: [disputeOf(order, 'open')] });
    await announce(order, paymentIdOf(order), `evt_${order.id}`);
    await crash(order.id);
    await announce(order, paymentIdOf(order), `evt_${order.id}`);
    await announce(order, paymentIdOf(order));
    await becomes(order, { paymentStatus: 'disputed' });
    expect(await keysOf(order, 'lines.access')).toHaveLength(1);
    await vi.waitFor(() => expect(subjectsTo(order, STAFF)).toHaveLength(1));
    await suspended(order, 1, 1);
    await suspended(order, 1, 1);
    const entries = (await timelineOf(order)).filter(({ type }) => type === 'line.suspended');
    expect(entries).toHaveLength(1);
  });

  it('that is heard of as won before it was as opened suspends nothing', async () => {
    const order = await completed();
    await bank(order, 'won');
    await becomes(order, { disputes: [{ state: 'won' }], lines: [{ suspension: null }] });
    await bank(order, 'open');
    await vi.waitFor(async () => expect(await keysOf(order, 'payment.fetch')).toHaveLength(3));
    expect(await read(order)).toMatchObject({ disputes: [{ state: 'won' }], paymentStatus: 'captured' });
    expect(await keysOf(order, 'lines.access')).toEqual([]);
  });

  it('whose webhook is lost is found by the sweeper, which looks after touched payments beyond the end', async () => {
    const order = await completed();
    await refundOutside(order, order.total.amount);
    await becomes(order, { paymentStatus: 'refunded' });
    await listed(order, 'paymentStatus=refunded', true);
    await payments.change(paymentIdOf(order), { refunded: 0, disputes: [disputeOf(order, 'open')] });
    await swept(order);
    await becomes(order, { paymentStatus: 'disputed' });
    expect((await rowOf(order))?.sweep_at).not.toBeNull();
  });
});

describe('a refund made in the provider’s dashboard', () => {
  it('of everything suspends by the rule; an operator gives the use back', async () => {
    const order = await completed();
    await refundOutside(order, order.total.amount);
    await becomes(order, {
      state: 'completed',
      paymentStatus: 'refunded',
      lines: [{ suspension: { code: 'payment_refunded' } }],
    });
    await suspended(order, 1, 1);
    const restored = orderSchema.parse(
      await (await ask(order, '/access', { decision: 'restore', reason: 'A gift' })).json(),
    );
    expect(restored.lines[0]?.suspension?.state).toBe('resuming');
    await resumed(order, 2, 2);
    await becomes(order, { lines: [{ suspension: null }] });
    await vi.waitFor(() => {
      expect(subjectsTo(order, STAFF)).toEqual(['Order X: refunded at the payment service']);
      const own = mails.filter(({ idempotencyKey }) => idempotencyKey.startsWith(`${order.id}:mail:`));
      expect(own.map(({ subject }) => subject.split(': ')[1])).toEqual(
        expect.arrayContaining(['refund', 'suspended', 'yours to use again']),
      );
    });
  });

  it('that the customer’s bank sends back ends the suspension, and nothing is refunded in its place', async () => {
    const order = await completed();
    await refundOutside(order, order.total.amount);
    await becomes(order, { lines: [{ suspension: { code: 'payment_refunded' } }] });
    await refundOutside(order, 0);
    await becomes(order, { paymentStatus: 'captured', state: 'completed' });
    expect(await payments.callsOf(order.id)).not.toContain('refund');
    expect((await timelineOf(order)).map(({ type }) => type)).toContain('payment.refund_failed');
  });

  it('of a part goes to a person, who may leave it at that', async () => {
    const order = await completed();
    await refundOutside(order, 1);
    await becomes(order, { state: 'needs_operator', reason: { code: 'refunded_outside' } });
    await ask(order, '/retry', {});
    await becomes(order, { state: 'completed', lines: [{ suspension: null }] });
    expect(await keysOf(order, 'lines.access')).toEqual([]);
  });
});
