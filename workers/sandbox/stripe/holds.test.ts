import { Stripe } from 'stripe';
import { describe, expect, it, vi } from 'vitest';
import { letHappen, newIntent, newOrderId, sdk, webhooksOf } from '../testing/sdk.ts';

const stripe = sdk();
const WAIT_MS = 10_000;
const MULTICAPTURE = { payment_method_options: { card: { request_multicapture: 'if_available' as const } } };
const WHERE_POSSIBLE = {
  capture_method: 'automatic_async' as const,
  payment_method_options: { card: { capture_method: 'manual' as const } },
};

async function paid(token: string, more: Partial<Stripe.PaymentIntentCreateParams> = {}) {
  const { id } = await newIntent(newOrderId(), more);
  return stripe.paymentIntents.confirm(id, { payment_method: token, expand: ['latest_charge'] });
}
const chargeOf = (intent: Stripe.PaymentIntent) => intent.latest_charge as Stripe.Charge;
const read = (id: string) => stripe.paymentIntents.retrieve(id, { expand: ['latest_charge.refunds'] });
const codeOf = (call: Promise<unknown>) =>
  call.then(
    () => null,
    (error: unknown) => (error instanceof Stripe.errors.StripeError ? (error.code ?? error.param) : 'other'),
  );
const typesOf = async (id: string) => (await webhooksOf(id)).map(({ type }) => type);

describe('a hold', () => {
  it('tells until when it can be captured, a week from now', async () => {
    const intent = await paid('pm_card_visa');
    const { card } = chargeOf(intent).payment_method_details ?? {};
    expect(card?.capture_before).toBeGreaterThan(intent.created + 6.9 * 86_400);
    expect(card?.multicapture?.status).toBe('unavailable');
  });

  it('is captured in parts where several captures were asked for, and the last one ends it', async () => {
    const intent = await paid('pm_card_visa', MULTICAPTURE);
    expect(chargeOf(intent).payment_method_details?.card?.multicapture?.status).toBe('available');
    const first = await stripe.paymentIntents.capture(intent.id, {
      amount_to_capture: 1000,
      final_capture: false,
    });
    expect(first).toMatchObject({
      status: 'requires_capture',
      amount_capturable: 1500,
      amount_received: 1000,
    });
    await stripe.refunds.create({ payment_intent: intent.id, amount: 400 });
    expect(await codeOf(stripe.refunds.create({ payment_intent: intent.id, amount: 601 }))).toBe('amount');
    const last = await stripe.paymentIntents.capture(intent.id, { amount_to_capture: 500 });
    expect(last).toMatchObject({ status: 'succeeded', amount_capturable: 0, amount_received: 1500 });
    expect(chargeOf(await read(intent.id))).toMatchObject({ amount_captured: 1500, amount_refunded: 1400 });
  });

  it('gives no part that is smaller than the least a payment may be', async () => {
    const intent = await paid('pm_card_visa', MULTICAPTURE);
    const taking = (amount: number) => {
      const part = { amount_to_capture: amount, final_capture: false };
      return codeOf(stripe.paymentIntents.capture(intent.id, part));
    };
    expect([await taking(49), await taking(50)]).toEqual(['amount_too_small', null]);
  });

  it('is captured once where several captures were not asked for', async () => {
    const intent = await paid('pm_card_visa');
    const refused = codeOf(
      stripe.paymentIntents.capture(intent.id, { amount_to_capture: 100, final_capture: false }),
    );
    expect(await refused).toBe('final_capture');
  });

  it('lapses: nothing is held any more and the payment is cancelled by itself', async () => {
    const intent = await paid('pm_card_visa');
    await letHappen(intent.id, 'expire');
    expect(await read(intent.id)).toMatchObject({ status: 'canceled', cancellation_reason: 'automatic' });
    await vi.waitFor(
      async () =>
        expect(await typesOf(intent.id)).toEqual(
          expect.arrayContaining(['charge.expired', 'payment_intent.canceled']),
        ),
      WAIT_MS,
    );
  });

  it('lapses or is voided after a part was captured: the part stays', async () => {
    for (const end of [
      (id: string) => letHappen(id, 'expire'),
      (id: string) => stripe.paymentIntents.cancel(id),
    ]) {
      const intent = await paid('pm_card_visa', MULTICAPTURE);
      await stripe.paymentIntents.capture(intent.id, { amount_to_capture: 1000, final_capture: false });
      await end(intent.id);
      expect(await read(intent.id)).toMatchObject({
        status: 'succeeded',
        amount_capturable: 0,
        amount_received: 1000,
      });
    }
  });
});

describe('where the method decides about the capture', () => {
  it('a card holds funds', async () => {
    const intent = await paid('pm_card_visa', WHERE_POSSIBLE);
    expect(intent).toMatchObject({ status: 'requires_capture', capture_method: 'automatic_async' });
  });

  it.each([
    ['pm_success_at', 'settle', 'succeeded'],
    ['pm_failedDelayed_at', 'bounce', 'requires_payment_method'],
  ])('a SEPA debit (%s) is processing for days, then it is told to %s', async (token, action, status) => {
    const intent = await paid(token, WHERE_POSSIBLE);
    expect(intent.status).toBe('processing');
    expect(chargeOf(intent)).toMatchObject({
      status: 'pending',
      paid: false,
      payment_method_details: { type: 'sepa_debit' },
    });
    await letHappen(intent.id, action);
    const ended = await read(intent.id);
    expect(ended.status).toBe(status);
    expect(chargeOf(ended).id).toBe(chargeOf(intent).id);
  });

  it('a SEPA debit settles by itself after a moment', async () => {
    const intent = await paid('pm_success_at', WHERE_POSSIBLE);
    await vi.waitFor(async () => expect((await read(intent.id)).status).toBe('succeeded'), WAIT_MS);
  });

  it('a SEPA debit is refused where funds must be held, and outside of the euro', async () => {
    const incompatible = 'payment_intent_incompatible_payment_method';
    expect(await codeOf(paid('pm_success_at'))).toBe(incompatible);
    expect(await codeOf(paid('pm_success_at', { ...WHERE_POSSIBLE, currency: 'usd' }))).toBe(incompatible);
  });
});

describe('a refund', () => {
  it('of some methods is pending first', async () => {
    const intent = await paid('pm_card_pendingRefund', { capture_method: 'automatic' });
    const { id, status } = await stripe.refunds.create({ payment_intent: intent.id, amount: 700 });
    expect(status).toBe('pending');
    await vi.waitFor(
      async () => expect((await stripe.refunds.retrieve(id)).status).toBe('succeeded'),
      WAIT_MS,
    );
  });

  it('can fail after it looked good: the charge counts it no more and it can be made again', async () => {
    const intent = await paid('pm_card_refundFail', { capture_method: 'automatic' });
    const made = await stripe.refunds.create({ payment_intent: intent.id });
    expect(made.status).toBe('succeeded');
    await vi.waitFor(async () => {
      const failed = await stripe.refunds.retrieve(made.id);
      expect(failed).toMatchObject({ status: 'failed', failure_reason: 'expired_or_canceled_card' });
      expect(await typesOf(intent.id)).toContain('refund.failed');
    }, WAIT_MS);
    expect(chargeOf(await read(intent.id))).toMatchObject({ amount_refunded: 0, refunded: false });
    expect((await stripe.refunds.create({ payment_intent: intent.id })).amount).toBe(2500);
  });

  it('is listed with its payment, newest first, a page at a time', async () => {
    const intent = await paid('pm_card_visa', { capture_method: 'automatic' });
    for (let made = 0; made < 11; made += 1) {
      await stripe.refunds.create({ payment_intent: intent.id, amount: 100 + made });
    }
    const { refunds } = chargeOf(await read(intent.id));
    expect(refunds).toMatchObject({ has_more: true, data: { length: 10 } });
    expect(refunds?.data[0]?.amount).toBe(110);
    const all = stripe.refunds.list({ payment_intent: intent.id, limit: 4 });
    expect(await all.autoPagingToArray({ limit: 100 })).toHaveLength(11);
  });
});
