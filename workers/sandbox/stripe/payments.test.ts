import { Stripe } from 'stripe';
import { describe, expect, it, vi } from 'vitest';
import { newIntent, newOrderId, sandbox, sdk, webhooksOf } from '../testing/sdk.ts';

const stripe = sdk();
const pay = (id: string, token = 'pm_card_visa') =>
  stripe.paymentIntents.confirm(id, { payment_method: token });

/** The error a call fails with. */
async function refusal(call: Promise<unknown>): Promise<Stripe.errors.StripeError> {
  const outcome = await call.then(
    () => null,
    (error: unknown) => error,
  );
  expect(outcome).toBeInstanceOf(Stripe.errors.StripeError);
  return outcome as Stripe.errors.StripeError;
}

describe('whoever confirms', () => {
  it('says where the customer comes back to, unless nothing sends him away', async () => {
    const away = { automatic_payment_methods: { enabled: true } };
    const { id } = await newIntent(newOrderId(), away);
    await expect(pay(id)).rejects.toMatchObject({ param: 'return_url' });
    const back = { payment_method: 'pm_card_visa', return_url: 'http://shop.test/orders/1' };
    expect((await stripe.paymentIntents.confirm(id, back)).status).toBe('requires_capture');
    const setup = await stripe.setupIntents.create(away);
    const kept = stripe.setupIntents.confirm(setup.id, { payment_method: 'pm_card_visa' });
    await expect(kept).rejects.toMatchObject({ param: 'return_url' });
    expect((await stripe.setupIntents.confirm(setup.id, back)).status).toBe('succeeded');
  });
});

describe('a payment with manual capture, through the official SDK', () => {
  it('is authorised when confirmed and captured in full later', async () => {
    const intent = await newIntent(newOrderId());
    expect(intent).toMatchObject({ status: 'requires_payment_method', amount: 2500, currency: 'eur' });

    const authorised = await pay(intent.id);
    expect(authorised).toMatchObject({
      status: 'requires_capture',
      amount_capturable: 2500,
      amount_received: 0,
    });

    const captured = await stripe.paymentIntents.capture(
      intent.id,
      {},
      { idempotencyKey: `${intent.id}:capture` },
    );
    expect(captured).toMatchObject({ status: 'succeeded', amount_capturable: 0, amount_received: 2500 });
    expect(captured.lastResponse.requestId).toMatch(/^req_/);
  });

  it('releases what a partial capture leaves, and counts the release as refunded like the real API', async () => {
    const intent = await newIntent(newOrderId());
    await pay(intent.id);
    const captured = await stripe.paymentIntents.capture(intent.id, {
      amount_to_capture: 1500,
      expand: ['latest_charge'],
    });
    expect(captured.amount_received).toBe(1500);
    expect(captured.latest_charge).toMatchObject({
      amount: 2500,
      amount_captured: 1500,
      amount_refunded: 1000,
    });
    const tooMuch = await refusal(stripe.refunds.create({ payment_intent: intent.id, amount: 1501 }));
    expect(tooMuch).toBeInstanceOf(Stripe.errors.StripeInvalidRequestError);
  });

  it('cannot be captured above what is held, nor twice', async () => {
    const intent = await newIntent(newOrderId());
    await pay(intent.id);
    const tooMuch = await refusal(stripe.paymentIntents.capture(intent.id, { amount_to_capture: 2501 }));
    expect(tooMuch.code).toBe('amount_too_large');
    await stripe.paymentIntents.capture(intent.id);
    const again = await refusal(stripe.paymentIntents.capture(intent.id));
    expect(again.code).toBe('payment_intent_unexpected_state');
    expect(again.payment_intent).toMatchObject({ id: intent.id, status: 'succeeded' });
  });

  it('is voided by cancelling, after which it can neither be paid nor cancelled again', async () => {
    const intent = await newIntent(newOrderId());
    await pay(intent.id);
    const cancelled = await stripe.paymentIntents.cancel(intent.id);
    expect(cancelled).toMatchObject({ status: 'canceled', amount_capturable: 0 });
    expect((await refusal(stripe.paymentIntents.cancel(intent.id))).code).toBe(
      'payment_intent_unexpected_state',
    );
    expect((await refusal(pay(intent.id))).code).toBe('payment_intent_unexpected_state');
  });

  it('is refunded in parts until nothing is left', async () => {
    const intent = await newIntent(newOrderId(), { capture_method: 'automatic' });
    expect((await pay(intent.id)).status).toBe('succeeded');
    const first = await stripe.refunds.create({ payment_intent: intent.id, amount: 1000 });
    expect(first).toMatchObject({ object: 'refund', status: 'succeeded', amount: 1000 });
    await stripe.refunds.create({ payment_intent: intent.id });
    const { latest_charge: charge } = await stripe.paymentIntents.retrieve(intent.id, {
      expand: ['latest_charge'],
    });
    expect(charge).toMatchObject({ amount_refunded: 2500, refunded: true });
    expect((await refusal(stripe.refunds.create({ payment_intent: intent.id }))).code).toBe(
      'charge_already_refunded',
    );
    const { data } = await stripe.refunds.list({ payment_intent: intent.id });
    expect(data.map((refund) => refund.amount)).toEqual([1500, 1000]);
  });
});

describe('test cards', () => {
  it.each([
    ['pm_card_chargeDeclined', 'card_declined', 'generic_decline'],
    ['pm_card_chargeDeclinedInsufficientFunds', 'card_declined', 'insufficient_funds'],
    ['pm_card_chargeDeclinedExpiredCard', 'expired_card', ''],
    ['pm_card_chargeDeclinedIncorrectCvc', 'incorrect_cvc', ''],
  ])(
    '%s is declined with %s and the payment stays open for another card',
    async (token, code, declineCode) => {
      const intent = await newIntent(newOrderId());
      const declined = await refusal(pay(intent.id, token));
      expect(declined).toBeInstanceOf(Stripe.errors.StripeCardError);
      expect(declined).toMatchObject({ statusCode: 402, code, decline_code: declineCode });
      expect(declined.payment_intent).toMatchObject({ id: intent.id, status: 'requires_payment_method' });
      const seen = await stripe.paymentIntents.retrieve(intent.id);
      expect(seen.last_payment_error?.code).toBe(code);
      expect((await pay(intent.id)).status).toBe('requires_capture');
    },
  );

  it.each([
    ['4242 4242 4242 4242', 'requires_capture'],
    ['4000002760003184', 'requires_action'],
  ])('a typed number %s leads to %s, as a browser sends it', async (number, status) => {
    const intent = await newIntent(newOrderId());
    const response = await sandbox(`/v1/payment_intents/${intent.id}/confirm`, {
      method: 'POST',
      body: new URLSearchParams({
        key: 'pk_test_unit',
        client_secret: intent.client_secret ?? '',
        'payment_method_data[type]': 'card',
        'payment_method_data[card][number]': number,
      }),
    });
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(await response.json()).toMatchObject({ status });
  });

  it.each([
    ['number', '4242424242424241', 'incorrect_number'],
    ['exp_month', '13', 'invalid_expiry_month'],
    ['exp_year', '95', 'invalid_expiry_year'],
    ['exp_year', '2020', 'invalid_expiry_year'],
    ['cvc', '99', 'invalid_cvc'],
  ])('a typed card with %s %s is refused, as the real API tests it', async (param, value, code) => {
    const typed = { number: '4242424242424242', exp_month: '7', exp_year: '34', cvc: '123', [param]: value };
    const card = Object.entries(typed).map(([name, each]) => [`card[${name}]`, each] as const);
    const body = new URLSearchParams([['key', 'pk_test_unit'], ['type', 'card'], ...card]);
    const response = await sandbox('/v1/payment_methods', { method: 'POST', body });
    expect(response.status).toBe(402);
    expect(await response.json()).toMatchObject({ error: { type: 'card_error', code, param } });
  });

  it('a card that asks for 3-D Secure is authorised after the challenge, and not when it fails', async () => {
    const [passed, failed] = await Promise.all([newIntent(newOrderId()), newIntent(newOrderId())]);
    for (const [intent, result, status] of [
      [passed, 'complete', 'requires_capture'],
      [failed, 'fail', 'requires_payment_method'],
    ] as const) {
      const waiting = await pay(intent.id, 'pm_card_authenticationRequired');
      expect(waiting.status).toBe('requires_action');
      const url = new URL(waiting.next_action?.redirect_to_url?.url ?? '');
      const page = await sandbox(url.pathname + url.search);
      expect(await page.text()).toContain('25.00 EUR');
      await sandbox(url.pathname, {
        method: 'POST',
        body: new URLSearchParams({ client_secret: intent.client_secret ?? '', result }),
      });
      expect((await stripe.paymentIntents.retrieve(intent.id)).status).toBe(status);
    }
    const { last_payment_error: error } = await stripe.paymentIntents.retrieve(failed.id);
    expect(error?.code).toBe('payment_intent_authentication_failure');
  });

  it('a delayed method is processing first and settles by itself', async () => {
    const intent = await newIntent(newOrderId(), { capture_method: 'automatic', currency: 'usd' });
    expect((await pay(intent.id, 'pm_usBankAccount_success')).status).toBe('processing');
    await vi.waitFor(
      async () => expect((await stripe.paymentIntents.retrieve(intent.id)).status).toBe('succeeded'),
      10_000,
    );
  });

  it('a bank debit cannot be authorised without capture', async () => {
    const intent = await newIntent(newOrderId());
    const refused = await refusal(pay(intent.id, 'pm_usBankAccount_success'));
    expect(refused.code).toBe('payment_intent_incompatible_payment_method');
  });
});

describe('webhooks', () => {
  it('tell each step with a snapshot, signed so that the SDK accepts them', async () => {
    const intent = await newIntent(newOrderId());
    await pay(intent.id);
    await stripe.paymentIntents.capture(intent.id);
    const deliveries = await vi.waitFor(async () => {
      const all = await webhooksOf(intent.id);
      expect(all.map(({ type }) => type).toSorted()).toEqual([
        'charge.captured',
        'charge.succeeded',
        'payment_intent.amount_capturable_updated',
        'payment_intent.created',
        'payment_intent.succeeded',
      ]);
      return all;
    }, 10_000);
    for (const { body, signature } of deliveries) {
      const event = await stripe.webhooks.constructEventAsync(body, signature, 'whsec_unit');
      expect(event.object).toBe('event');
    }
    const capturable = deliveries.find(({ type }) => type === 'payment_intent.amount_capturable_updated');
    expect(capturable?.event.data.object).toMatchObject({ id: intent.id, status: 'requires_capture' });
    const listed = await stripe.events.retrieve(capturable?.event.id ?? '');
    expect(listed.type).toBe('payment_intent.amount_capturable_updated');
  });
});
