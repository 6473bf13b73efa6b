import { createExecutionContext } from 'cloudflare:test';
import { beforeAll, describe, expect, it } from 'vitest';
import { migrateDatabases } from '#shared/testing/runtime.ts';
import worker from '../index.ts';
import { PaymentsRpc } from '../rpc.ts';
import { deliver, env, intentEvent, newOrderId, newPaymentId, recordingQueue } from '../testing.ts';

beforeAll(migrateDatabases);

const call = { requestId: 'request-of-the-test' };
const rpc = new PaymentsRpc(createExecutionContext(), env);
const rowOf = (eventId: string) =>
  env.PAYMENTS_DB.prepare('SELECT * FROM payment_events WHERE event_id = ?')
    .bind(eventId)
    .first<Record<string, string | number | null>>();
const set = (eventId: string, column: string, value: string | number) =>
  env.PAYMENTS_DB.prepare(`UPDATE payment_events SET ${column} = ? WHERE event_id = ?`)
    .bind(value, eventId)
    .run();
const before = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();

async function sweep() {
  const { sent, queue } = recordingQueue();
  await worker.scheduled({} as ScheduledController, { ...env, PAYMENT_EVENTS: queue });
  return (eventId: string) => sent.filter((message) => message.eventId === eventId);
}
/** A dispute, say, that came two minutes ago and names nothing of ours. */
async function unmatched(object: Record<string, unknown>) {
  const event = intentEvent(
    { type: 'charge.dispute.created' },
    { object: 'dispute', metadata: {}, ...object },
  );
  await deliver(event);
  await set(event.id, 'received_at', before(2));
  return event;
}

describe('an event of no payment we know', () => {
  it('finds its order by asking the provider for its charge, and the registry learns the payment', async () => {
    const orderId = newOrderId();
    const event = await unmatched({ charge: `ch_of_${orderId}` });
    const sentFor = await sweep();
    expect(sentFor(event.id)).toMatchObject([{ orderId, paymentId: `pi_of_${orderId}` }]);
    expect(await rowOf(event.id)).toMatchObject({ state: 'enqueued', order_id: orderId });
    const known = await env.PAYMENTS_DB.prepare('SELECT * FROM payments WHERE order_id = ?')
      .bind(orderId)
      .first();
    expect(known).toMatchObject({ payment_id: `pi_of_${orderId}`, currency: 'EUR', amount: 4200 });
  });

  it('finds its order by its payment', async () => {
    const orderId = newOrderId();
    const event = await unmatched({ payment_intent: `pi_of_${orderId}` });
    expect((await sweep())(event.id)).toMatchObject([{ orderId }]);
  });

  it('stays visible when the provider knows no order for it, and is asked about once', async () => {
    const event = await unmatched({ charge: 'ch_nobodys' });
    await sweep();
    const row = await rowOf(event.id);
    expect(row).toMatchObject({ state: 'unmatched', detail: 'the provider knows no order for it' });
    await sweep();
    expect((await rowOf(event.id))?.['looked_up_at']).toBe(row?.['looked_up_at']);
  });

  it('is left alone when its payment is of something else in the same account, because nobody can do anything', async () => {
    const byPayment = await unmatched({ payment_intent: 'pi_elsewhere' });
    const byCharge = await unmatched({ charge: 'ch_elsewhere' });
    await sweep();
    for (const { id } of [byPayment, byCharge]) {
      expect(await rowOf(id)).toMatchObject({
        state: 'ignored',
        order_id: null,
        detail: 'of a payment that no order here asked for',
      });
    }
  });

  it('is asked about again when the provider could not be reached', async () => {
    const event = await unmatched({ charge: 'ch_unreachable' });
    await sweep();
    expect(await rowOf(event.id)).toMatchObject({ state: 'unmatched', looked_up_at: null });
    await set(event.id, 'looked_up_at', before(0));
  });
});

describe('an event that was sent on', () => {
  const enqueued = async () => {
    const event = intentEvent();
    await deliver(event, { bindings: { PAYMENT_EVENTS: recordingQueue().queue } });
    return event.id;
  };

  it('is handled once its receiver says so, and a late failure changes nothing of that', async () => {
    const id = await enqueued();
    await rpc.settleEvents(call, { eventIds: [id], outcome: 'handled', detail: null });
    await rpc.settleEvents(call, { eventIds: [id], outcome: 'failed', detail: 'late' });
    expect(await rowOf(id)).toMatchObject({ state: 'handled', detail: null, attempts: 1 });
  });

  it('is handled also when its receiver was faster than our own note that it was sent', async () => {
    const id = await enqueued();
    await rpc.settleEvents(call, { eventIds: [id], outcome: 'handled', detail: null });
    const { d1Inbox } = await import('../queries/inbox.ts');
    await d1Inbox(env.PAYMENTS_DB).markEnqueued([id], Date.now() - 60_000);
    expect(await rowOf(id)).toMatchObject({ state: 'handled', attempts: 2 });
  });

  it('is sent again when nothing is heard of it for an hour, and given up visibly after five times', async () => {
    const id = await enqueued();
    await set(id, 'enqueued_at', before(61));
    expect((await sweep())(id)).toHaveLength(1);
    expect((await sweep())(id)).toHaveLength(0);
    await set(id, 'enqueued_at', before(61));
    await set(id, 'attempts', 5);
    expect((await sweep())(id)).toHaveLength(0);
    expect(await rowOf(id)).toMatchObject({ state: 'failed', detail: 'sent 5 times, never taken in' });
  });

  it('failed is handled when a replay succeeds', async () => {
    const id = await enqueued();
    await rpc.settleEvents(call, { eventIds: [id], outcome: 'failed', detail: 'no' });
    await rpc.settleEvents(call, { eventIds: [id], outcome: 'handled', detail: null });
    expect(await rowOf(id)).toMatchObject({ state: 'handled' });
  });
});

describe('odd events', () => {
  it.each([
    ['of the other mode is kept, flagged and wakes nobody', { livemode: true }, 'ignored', 'other_mode'],
    [
      'of another API version is flagged and sent on',
      { api_version: '2019-01-01' },
      'enqueued',
      'other_api_version',
    ],
  ])('one %s', async (_what, more, state, flags) => {
    const event = intentEvent(more);
    await deliver(event, { bindings: { PAYMENT_EVENTS: recordingQueue().queue } });
    expect(await rowOf(event.id)).toMatchObject({ state, flags });
  });

  it('of the other mode is owed to no ledger, because our key would find no such payment and a person be asked', async () => {
    const due = (paymentId: string) =>
      env.PAYMENTS_DB.prepare('SELECT 1 FROM ledger_due WHERE payment_id = ?').bind(paymentId).first();
    const [own, foreign] = [newPaymentId(), newPaymentId()];
    const about = (id: string) => ({ data: { object: { id, object: 'payment_intent' } } });
    await deliver(intentEvent(about(own)));
    await deliver(intentEvent({ livemode: true, ...about(foreign) }));
    expect([await due(own), await due(foreign)]).toEqual([{ 1: 1 }, null]);
  });

  it('a thin one, which names no object, is kept and ignored', async () => {
    const { id } = intentEvent();
    const thin = {
      id,
      object: 'v2.core.event',
      type: 'v2.core.account.updated',
      created: new Date().toISOString(),
    };
    expect((await deliver(thin)).status).toBe(200);
    expect(await rowOf(id)).toMatchObject({ state: 'ignored', order_id: null });
  });

  it('one that comes again with another body is answered, logged and leaves what is kept', async () => {
    const event = intentEvent();
    await deliver(event);
    const kept = (await rowOf(event.id))?.['body'];
    const response = await deliver({
      ...event,
      data: { object: { id: newPaymentId(), object: 'payment_intent' } },
    });
    expect(await response.json()).toEqual({ received: true, duplicate: true });
    expect((await rowOf(event.id))?.['body']).toBe(kept);
  });
});
