import { beforeAll, describe, expect, it } from 'vitest';
import { migrateDatabases } from '#shared/testing/runtime.ts';
import {
  deliver,
  env,
  intentEvent,
  newOrderId,
  newPaymentId,
  recordingQueue,
  registered,
} from '../testing.ts';
import type { RegisteredPayment } from '../usecases/ports.ts';
import { d1Registry } from './registry.ts';

beforeAll(migrateDatabases);

const registry = d1Registry(env.PAYMENTS_DB);
const newChargeId = () => `ch_${crypto.randomUUID().replaceAll('-', '')}`;
const opened = async (more: Partial<RegisteredPayment> = {}): Promise<RegisteredPayment> => {
  const payment: RegisteredPayment = {
    paymentId: newPaymentId(),
    provider: 'stripe',
    orderId: newOrderId(),
    customerId: null,
    attempt: 1,
    currency: 'EUR',
    amount: 2500,
    chargeId: null,
    ...more,
  };
  await registry.record(payment, Date.now());
  return payment;
};
/** What wakes after an event about an object without our metadata. */
const woken = async (type: string, object: Record<string, unknown>) => {
  const { sent, queue } = recordingQueue();
  const event = intentEvent({ type }, { metadata: {}, ...object });
  await deliver(event, { bindings: { PAYMENT_EVENTS: queue } });
  return sent.map(({ orderId, paymentId }) => ({ orderId, paymentId }));
};

describe('an event without our metadata', () => {
  it.each([
    ['charge.dispute.created', { object: 'dispute', id: 'du_1' }],
    ['radar.early_fraud_warning.created', { object: 'radar.early_fraud_warning', id: 'issfr_1' }],
    ['review.opened', { object: 'review', id: 'prv_1' }],
    ['charge.refunded', { object: 'charge', id: newChargeId() }],
    ['refund.created', { object: 'refund', id: 're_1' }],
  ])('%s finds its order by the payment it names', async (type, object) => {
    const { orderId, paymentId } = await opened();
    expect(await woken(type, { ...object, payment_intent: paymentId })).toEqual([{ orderId, paymentId }]);
  });

  it('finds its order by a charge heard of before, also one that is only known as expanded', async () => {
    const { orderId, paymentId } = await opened();
    const chargeId = newChargeId();
    await woken('payment_intent.succeeded', { id: paymentId, latest_charge: { id: chargeId } });
    expect(
      await woken('charge.dispute.created', { object: 'dispute', id: 'du_2', charge: chargeId }),
    ).toEqual([{ orderId, paymentId }]);
  });

  it('about a payment we never opened wakes nobody', async () => {
    expect(
      await woken('charge.dispute.created', { object: 'dispute', payment_intent: newPaymentId() }),
    ).toEqual([]);
  });
});

describe('the registry', () => {
  it('is mended by the first event of a payment whose entry was lost', async () => {
    const { id: paymentId, metadata } = intentEvent().data.object;
    const shown = { id: paymentId, metadata: { ...metadata, attempt: '2' }, currency: 'eur', amount: 990 };
    await deliver(intentEvent({ type: 'payment_intent.created' }, shown));
    expect(await registered('payment_id', paymentId)).toMatchObject({
      orderId: metadata.order_id,
      attempt: 2,
      currency: 'EUR',
      amount: 990,
    });
  });

  it('believes what was written when the payment was opened, not metadata somebody changed since', async () => {
    const { orderId, paymentId } = await opened();
    const changed = { id: paymentId, metadata: { order_id: newOrderId() }, currency: 'eur', amount: 1 };
    expect(await woken('payment_intent.succeeded', changed)).toEqual([{ orderId, paymentId }]);
  });

  it('takes another amount and charge from newer news alone, however late the older ones come', async () => {
    const payment = await opened({ chargeId: newChargeId() });
    const told = async (amount: number, chargeId: string, seconds: number) => {
      const { paymentId: id, orderId } = payment;
      const created = Math.floor(Date.now() / 1_000) + seconds;
      const shown = { id, metadata: { order_id: orderId }, currency: 'eur', amount, latest_charge: chargeId };
      await deliver(intentEvent({ type: 'payment_intent.created', created }, shown));
      const now = await registered('payment_id', id);
      return [now?.amount, now?.chargeId];
    };
    const newer = newChargeId();
    expect(await told(2_000, newer, 20)).toEqual([2_000, newer]);
    expect(await told(2_500, newChargeId(), 10)).toEqual([2_000, newer]);
    expect(await told(2_700, newChargeId(), -3_600)).toEqual([2_000, newer]);
    const newest = newChargeId();
    expect(await told(1_900, newest, 30)).toEqual([1_900, newest]);
  });

  it('takes a charge from newer news alone also where an event tells of that and not of the amount', async () => {
    const payment = await opened({ chargeId: newChargeId() });
    const told = async (chargeId: string, seconds: number) => {
      const created = Math.floor(Date.now() / 1_000) + seconds;
      const failed = { id: chargeId, object: 'charge', payment_intent: payment.paymentId, metadata: {} };
      await deliver(intentEvent({ type: 'charge.failed', created }, failed));
      return (await registered('payment_id', payment.paymentId))?.chargeId;
    };
    expect(await told(newChargeId(), -60)).toBe(payment.chargeId);
    const newer = newChargeId();
    expect(await told(newer, 60)).toBe(newer);
  });

  it('keeps a charge and a customer it knows when a later entry does not name them', async () => {
    const payment = await opened({ chargeId: newChargeId(), customerId: 'usr_of_the_test' });
    await registry.record({ ...payment, chargeId: null, customerId: null }, Date.now());
    expect(await registered('payment_id', payment.paymentId)).toEqual(payment);
    expect(await registered('charge_id', payment.chargeId ?? '')).toEqual(payment);
  });
});
