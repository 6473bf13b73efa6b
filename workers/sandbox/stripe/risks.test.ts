import type { Stripe } from 'stripe';
import { describe, expect, it, vi } from 'vitest';
import { chargeIdOf, letHappen, newIntent, newOrderId, sandbox, sdk, webhooksOf } from '../testing/sdk.ts';

const stripe = sdk();
const WAIT = { timeout: 10_000, interval: 50 };

async function paid(token: string, more: Partial<Stripe.PaymentIntentCreateParams> = {}) {
  const { id } = await newIntent(newOrderId(), { capture_method: 'automatic', ...more });
  return stripe.paymentIntents.confirm(id, { payment_method: token });
}
const chargeOf = async (intent: Stripe.PaymentIntent): Promise<Stripe.Charge> =>
  stripe.charges.retrieve(chargeIdOf(intent));
const told = (intentId: string, type: string) =>
  vi.waitFor(
    async () => expect((await webhooksOf(intentId)).map((delivery) => delivery.type)).toContain(type),
    WAIT,
  );
const warningsOf = async (intentId: string) =>
  (await stripe.radar.earlyFraudWarnings.list({ payment_intent: intentId })).data;

describe('the risk evaluation', () => {
  it('rates every card and is told with the charge', async () => {
    const [usual, risky] = [await paid('pm_card_visa'), await paid('pm_card_riskLevelElevated')];
    expect((await chargeOf(usual)).outcome).toMatchObject({
      risk_level: 'normal',
      type: 'authorized',
      network_status: 'approved_by_network',
    });
    expect((await chargeOf(risky)).outcome).toMatchObject({ risk_level: 'elevated', type: 'manual_review' });
  });

  it.each(['pm_card_radarBlock', 'pm_card_riskLevelHighest'])(
    'blocks %s before the bank is asked',
    async (token) => {
      const { id } = await newIntent(newOrderId());
      const refused: unknown = await stripe.paymentIntents
        .confirm(id, { payment_method: token })
        .catch((error: unknown) => error);
      expect(refused).toMatchObject({ code: 'card_declined', decline_code: 'fraudulent' });
      const [charge] = (await stripe.charges.list({ payment_intent: id })).data;
      expect(charge?.outcome).toMatchObject({
        type: 'blocked',
        risk_level: 'highest',
        network_status: 'not_sent_to_network',
      });
    },
  );

  it.each([
    ['pm_card_cvcCheckFail', { cvc_check: 'fail' }],
    ['pm_card_avsZipFail', { address_postal_code_check: 'fail', cvc_check: 'pass' }],
    ['pm_card_avsUnchecked', { address_postal_code_check: 'unavailable' }],
  ])('%s tells which check failed', async (token, checks) => {
    expect((await chargeOf(await paid(token))).payment_method_details?.card?.checks).toMatchObject(checks);
  });

  it('knows a card by its fingerprint, its country and its brand', async () => {
    const [first, second, other] = await Promise.all(
      ['pm_card_gb', 'pm_card_gb', 'pm_card_mastercard'].map(async (token) => chargeOf(await paid(token))),
    );
    const cards = [first, second, other].map((charge) => charge?.payment_method_details?.card);
    expect(cards[0]).toMatchObject({ country: 'GB', brand: 'visa', last4: '0000' });
    expect(cards[1]?.fingerprint).toBe(cards[0]?.fingerprint);
    expect(cards[2]?.fingerprint).not.toBe(cards[0]?.fingerprint);
  });
});

describe('a review', () => {
  it('is opened for an elevated risk and closed by approval', async () => {
    const intent = await paid('pm_card_riskLevelElevated');
    const id = typeof intent.review === 'string' ? intent.review : '';
    expect(await stripe.reviews.retrieve(id)).toMatchObject({ open: true, opened_reason: 'rule' });
    await told(intent.id, 'review.opened');
    const queue = await stripe.reviews.list().autoPagingToArray({ limit: 1000 });
    expect(queue.map((review) => review.id)).toContain(id);
    expect(await stripe.reviews.approve(id)).toMatchObject({ open: false, closed_reason: 'approved' });
    await told(intent.id, 'review.closed');
  });

  it('ends when the payment goes back, is disputed, let through in the dashboard or cancelled', async () => {
    const [refunded, disputed, approved, held] = [
      await paid('pm_card_riskLevelElevated'),
      await paid('pm_card_riskLevelElevated'),
      await paid('pm_card_riskLevelElevated'),
      await paid('pm_card_riskLevelElevated', { capture_method: 'manual' }),
    ];
    await letHappen(refunded.id, 'refuse-review');
    await letHappen(disputed.id, 'dispute');
    await letHappen(approved.id, 'approve-review');
    await letHappen(held.id, 'refuse-review');
    const reasons = await Promise.all(
      [refunded, disputed, approved, held].map(async (intent) => {
        const found = await stripe.paymentIntents.retrieve(intent.id, { expand: ['review'] });
        return (found.review as Stripe.Review).closed_reason;
      }),
    );
    expect(reasons).toEqual(['refunded_as_fraud', 'disputed', 'approved', 'canceled']);
  });
});

describe('an early fraud warning', () => {
  it('comes after the charge and can be acted on until the money went back', async () => {
    const intent = await paid('pm_card_createIssuerFraudRecord');
    await told(intent.id, 'radar.early_fraud_warning.created');
    expect(await warningsOf(intent.id)).toMatchObject([{ actionable: true, charge: intent.latest_charge }]);
    await stripe.refunds.create({ payment_intent: intent.id, reason: 'fraudulent' });
    expect(await warningsOf(intent.id)).toMatchObject([{ actionable: false }]);
    await told(intent.id, 'radar.early_fraud_warning.updated');
  });

  it('may come for any payment', async () => {
    const intent = await paid('pm_card_visa');
    await letHappen(intent.id, 'warn');
    expect(await warningsOf(intent.id)).toHaveLength(1);
  });
});

describe('3-D Secure', () => {
  const asked = { payment_method_options: { card: { request_three_d_secure: 'challenge' as const } } };

  it('is told with the charge when the customer passed it', async () => {
    const intent = await paid('pm_card_threeDSecure2Required');
    const url = new URL(intent.next_action?.redirect_to_url?.url ?? '');
    expect(intent.status).toBe('requires_action');
    expect(url.pathname).toBe(`/challenge/${intent.id}`);
    await sandbox(url.pathname, {
      method: 'POST',
      body: new URLSearchParams({ client_secret: intent.client_secret ?? '', result: 'complete' }),
    });
    const passed = await stripe.paymentIntents.retrieve(intent.id, { expand: ['latest_charge'] });
    const details = (passed.latest_charge as Stripe.Charge).payment_method_details?.card?.three_d_secure;
    expect(details).toMatchObject({ result: 'authenticated', authentication_flow: 'challenge' });
  });

  it('asked for, challenges the cards that have it and is acknowledged by those that do not', async () => {
    const [capable, other] = [
      await paid('pm_card_threeDSecureOptional', asked),
      await paid('pm_card_visa', asked),
    ];
    expect([capable.status, other.status]).toEqual(['requires_action', 'succeeded']);
    const details = (await chargeOf(other)).payment_method_details?.card?.three_d_secure;
    expect(details?.result).toBe('attempt_acknowledged');
    expect((await paid('pm_card_threeDSecureOptional')).status).toBe('succeeded');
  });
});

describe('a refund from the dashboard', () => {
  it('is a refund like any other, but none of ours', async () => {
    const intent = await paid('pm_card_visa');
    await letHappen(intent.id, { action: 'refund', amount: 700 });
    const [refund] = (await stripe.refunds.list({ payment_intent: intent.id })).data;
    expect(refund).toMatchObject({ amount: 700, status: 'succeeded', metadata: {} });
  });

  it('that the service would refuse is refused with its words, and nothing happens', async () => {
    const held = await paid('pm_card_visa', { capture_method: 'manual' });
    const response = await sandbox(`/control/payments/${held.id}`, {
      method: 'POST',
      body: JSON.stringify({ action: 'refund' }),
    });
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ error: { type: 'invalid_request_error' } });
    expect((await stripe.paymentIntents.retrieve(held.id)).status).toBe('requires_capture');
  });
});
