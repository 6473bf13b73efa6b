import type { Stripe } from 'stripe';
import { describe, expect, it, vi } from 'vitest';
import { self } from '#shared/testing/runtime.ts';
import { readEvent } from '../../payments/adapters/stripe-events.ts';
import { stripeFacts } from '../../payments/adapters/stripe-facts.ts';
import { stripeClient, stripeGateway } from '../../payments/adapters/stripe-gateway.ts';
import { stripeOwners } from '../../payments/adapters/stripe-owners.ts';
import { stripePeriod } from '../../payments/adapters/stripe-period.ts';
import { letHappen, newIntent, newOrderId, sandbox, sdk, webhooksAbout, webhooksOf } from '../testing/sdk.ts';

const stripe = sdk();
const WAIT = { timeout: 10_000, interval: 50 };
const AMOUNT = 9900;

async function waiting(more: Partial<Stripe.PaymentIntentCreateParams> = {}) {
  const customer = await stripe.customers.create({});
  const { id } = await newIntent(newOrderId(), {
    amount: AMOUNT,
    customer: customer.id,
    capture_method: 'automatic',
    ...more,
  });
  const intent = await stripe.paymentIntents.confirm(id, {
    payment_method_data: { type: 'customer_balance' },
    payment_method_options: {
      customer_balance: {
        funding_type: 'bank_transfer',
        bank_transfer: { type: 'eu_bank_transfer', eu_bank_transfer: { country: 'DE' } },
      },
    },
  });
  return { customer, intent };
}
const instructionsOf = (intent: Stripe.PaymentIntent) =>
  intent.next_action?.display_bank_transfer_instructions;
const read = (id: string) => stripe.paymentIntents.retrieve(id);
const cashOf = async (customer: string) => (await stripe.customers.retrieveCashBalance(customer)).available;
const fund = (customer: string, amount: number, reference?: string) =>
  stripe.testHelpers.customers.fundCashBalance(customer, {
    amount,
    currency: 'eur',
    ...(reference === undefined ? {} : { reference }),
  });

describe('a bank transfer', () => {
  it('waits with instructions: whose account, which number, which reference, how much', async () => {
    const { intent } = await waiting();
    expect(intent.status).toBe('requires_action');
    const instructions = instructionsOf(intent);
    expect(instructions).toMatchObject({
      amount_remaining: AMOUNT,
      currency: 'eur',
      type: 'eu_bank_transfer',
    });
    const iban = instructions?.financial_addresses?.[0]?.iban?.iban ?? '';
    const digits = (iban.slice(4) + iban.slice(0, 4)).replaceAll(/[A-Z]/g, (letter) =>
      String(letter.charCodeAt(0) - 55),
    );
    expect(BigInt(digits) % 97n).toBe(1n);
  });

  it('that arrives in parts is paid with the last one', async () => {
    const { intent } = await waiting();
    await letHappen(intent.id, { action: 'transfer', amount: 4000 });
    const partly = await read(intent.id);
    expect(partly.status).toBe('requires_action');
    expect(instructionsOf(partly)?.amount_remaining).toBe(AMOUNT - 4000);
    await letHappen(intent.id, 'transfer');
    expect(await read(intent.id)).toMatchObject({ status: 'succeeded', amount_received: AMOUNT });
    await vi.waitFor(async () => {
      const types = (await webhooksOf(intent.id)).map(({ type }) => type);
      expect(types).toContain('payment_intent.partially_funded');
      expect(types).toContain('payment_intent.succeeded');
    }, WAIT);
  });

  it('finds its payment by reference, and the rest stays with the customer for the next one', async () => {
    const { customer, intent } = await waiting();
    await fund(customer.id, AMOUNT + 2500, instructionsOf(intent)?.reference ?? '');
    expect((await read(intent.id)).status).toBe('succeeded');
    expect(await cashOf(customer.id)).toEqual({ eur: 2500 });
    const next = await stripe.paymentIntents.create({
      amount: 2500,
      currency: 'eur',
      customer: customer.id,
      payment_method_data: { type: 'customer_balance' },
      confirm: true,
      return_url: 'http://shop.test/orders/1',
    });
    expect(next.status).toBe('succeeded');
    expect(await cashOf(customer.id)).toEqual({ eur: 0 });
    const lines = await vi.waitFor(async () => {
      const told = (await webhooksAbout(customer.id, ['customer'])).filter(
        ({ type }) => type === 'customer_cash_balance_transaction.created',
      );
      expect(told).toHaveLength(3);
      return told;
    }, WAIT);
    const moved = lines.map(({ event }) => (event.data.object as { net_amount: number }).net_amount);
    expect(moved.toSorted((a, b) => a - b)).toEqual([-AMOUNT, -2500, AMOUNT + 2500]);
  });

  it('goes back to the balance when the payment is cancelled half funded', async () => {
    const { customer, intent } = await waiting();
    await fund(customer.id, 1000);
    await stripe.paymentIntents.cancel(intent.id);
    expect(await cashOf(customer.id)).toEqual({ eur: 1000 });
  });

  it('needs a customer, cannot hold funds and cannot be kept', async () => {
    const refused = stripe.paymentIntents.create({
      amount: AMOUNT,
      currency: 'eur',
      payment_method_data: { type: 'customer_balance' },
      confirm: true,
      return_url: 'http://shop.test/orders/1',
    });
    await expect(refused).rejects.toMatchObject({ param: 'payment_method' });
    await expect(waiting({ setup_future_usage: 'off_session' })).rejects.toMatchObject({
      code: 'payment_intent_incompatible_payment_method',
    });
    await expect(waiting({ capture_method: 'manual' })).rejects.toMatchObject({
      code: 'payment_intent_incompatible_payment_method',
    });
  });
});

describe('the payment page of a transfer', () => {
  it('shows where to pay and lets the money arrive in parts, without scripts', async () => {
    const { intent } = await waiting();
    const secret = intent.client_secret ?? '';
    const page = await sandbox(`/pay/${intent.id}?client_secret=${secret}`);
    expect(await page.text()).toContain(instructionsOf(intent)?.reference ?? 'no reference');
    const arrive = (amount: string) =>
      sandbox(`/pay/${intent.id}/transfer`, {
        method: 'POST',
        body: new URLSearchParams({ client_secret: secret, return_url: 'http://shop.test/orders/1', amount }),
      });
    const partly = await arrive('4000');
    expect(partly.headers.get('location')).toContain(`/pay/${intent.id}`);
    const whole = await arrive('');
    expect(whole.headers.get('location')).toContain('http://shop.test/orders/1');
    expect((await read(intent.id)).status).toBe('succeeded');
  });
});

describe('too much', () => {
  const client = stripeClient({
    secretKey: 'sk_test_unit',
    apiBase: 'http://sandbox.test',
    fetch: self.fetch.bind(self),
  });
  const gateway = stripeGateway(client);
  const backTo = async (customer: string) => {
    const refunds = await stripe.refunds.list({ limit: 100 }).autoPagingToArray({ limit: 1_000 });
    return refunds.filter((refund) => refund.customer === customer && refund.payment_intent === null);
  };

  it('goes back to the customer, once however many look, and the same amount again when it comes again', async () => {
    const { customer, intent } = await waiting({ receipt_email: 'ann@example.org' });
    await fund(customer.id, AMOUNT + 2500, instructionsOf(intent)?.reference ?? '');
    await Promise.all([gateway.get(intent.id), gateway.get(intent.id)]);
    expect(await cashOf(customer.id)).toEqual({ eur: 0 });
    await fund(customer.id, 2500);
    await gateway.get(intent.id);
    expect(await cashOf(customer.id)).toEqual({ eur: 0 });
    expect((await backTo(customer.id)).map(({ amount, metadata }) => [amount, metadata])).toEqual([
      [2500, { rest_of: intent.id }],
      [2500, { rest_of: intent.id }],
    ]);
  });

  it('and what comes after the payment was given up', async () => {
    const { customer, intent } = await waiting({ receipt_email: 'ann@example.org' });
    await stripe.paymentIntents.cancel(intent.id);
    await fund(customer.id, AMOUNT, instructionsOf(intent)?.reference ?? '');
    await gateway.get(intent.id);
    expect(await cashOf(customer.id)).toEqual({ eur: 0 });
  });

  it('finds its order by the customer it came from, whatever became of his payment', async () => {
    const { customer, intent } = await waiting();
    await stripe.paymentIntents.cancel(intent.id);
    await fund(customer.id, AMOUNT);
    const { data } = await stripe.events.list({
      type: 'customer_cash_balance_transaction.created',
      limit: 100,
    });
    const told = data.find((event) => (event.data.object as { customer?: string }).customer === customer.id);
    const event = readEvent(JSON.stringify(told), { isLive: false });
    expect(event).toMatchObject({ about: { paymentId: null, orderId: null }, wakesOrder: true });
    const owner = await stripeOwners(client).ownerOf({
      eventId: event?.eventId ?? '',
      type: event?.type ?? '',
      paymentId: null,
      chargeId: null,
    });
    expect(owner).toMatchObject({ paymentId: intent.id, orderId: intent.metadata['order_id'] });
  });

  it('and what had come, or comes, for a payment that was made in another way after all', async () => {
    const { customer, intent } = await waiting({ receipt_email: 'ann@example.org' });
    await fund(customer.id, 1_000);
    await stripe.paymentIntents.confirm(intent.id, {
      payment_method: 'pm_card_visa',
      return_url: 'http://shop.test/orders/1',
    });
    expect(await cashOf(customer.id)).toEqual({ eur: 1_000 });
    const told = async () => {
      const { data } = await stripe.events.list({
        type: 'customer_cash_balance_transaction.created',
        limit: 100,
      });
      const newest = data.find(
        (event) => (event.data.object as { customer?: string }).customer === customer.id,
      );
      return readEvent(JSON.stringify(newest), { isLive: false });
    };
    expect(await told()).toMatchObject({ about: { paymentId: intent.id }, wakesOrder: true });
    await gateway.get(intent.id, { thorough: true });
    expect(await cashOf(customer.id)).toEqual({ eur: 0 });

    await fund(customer.id, AMOUNT);
    const { eventId = '', type = '', about } = (await told()) ?? {};
    expect(about).toMatchObject({ paymentId: null });
    const owner = await stripeOwners(client).ownerOf({ eventId, type, paymentId: null, chargeId: null });
    expect(owner).toMatchObject({ paymentId: intent.id });
    await gateway.get(intent.id, { thorough: true });
    expect((await backTo(customer.id)).map(({ amount }) => amount)).toEqual([AMOUNT, 1_000]);
  });

  it('is no refund of the payment: the event of it names the payment, the list of refunds leaves it out', async () => {
    const { customer, intent } = await waiting({ receipt_email: 'ann@example.org' });
    await fund(customer.id, AMOUNT + 100, instructionsOf(intent)?.reference ?? '');
    await gateway.get(intent.id);
    const [back] = await backTo(customer.id);
    const { data } = await stripe.events.list({ type: 'refund.created', limit: 100 });
    const told = data.find((event) => (event.data.object as { id?: string }).id === back?.id);
    expect(readEvent(JSON.stringify(told), { isLive: false })).toMatchObject({
      about: { paymentId: intent.id },
      wakesOrder: true,
    });
    const period = stripePeriod(stripe, { isLive: false });
    const { items } = await period.refunds({ from: Date.now() - 60_000, to: Date.now() + 1_000 }, null);
    expect(items.map(({ id }) => id)).not.toContain(back?.id);
  });
});

describe('a payment by transfer that is given back', () => {
  const client = stripeClient({
    secretKey: 'sk_test_unit',
    apiBase: 'http://sandbox.test',
    fetch: self.fetch.bind(self),
  });

  it('goes to whoever ordered, of whom the provider has no address but the one on the payment', async () => {
    const { intent } = await waiting({ receipt_email: 'ann@example.org' });
    await letHappen(intent.id, 'transfer');
    const orderId = intent.metadata['order_id'] ?? '';
    const asked = {
      paymentId: intent.id,
      orderId,
      amount: 900,
      reference: 'ref_1',
      idempotencyKey: newOrderId(),
    };
    expect(await stripeGateway(client).refund(asked)).toMatchObject({
      ok: true,
      value: { refunded: 900, refunds: [{ reference: 'ref_1', amount: 900 }] },
    });
  });

  it('and that nobody names an account for is not given back twice: it is the customer’s, and a person is told', async () => {
    const { customer, intent } = await waiting({ receipt_email: 'ann@example.org' });
    await letHappen(intent.id, 'transfer');
    const told: string[] = [];
    const gateway = stripeGateway(client, undefined, {
      stuck: ({ detail }) => Promise.resolve(void told.push(detail)),
      gone: () => Promise.resolve(),
    });
    await gateway.refund({
      paymentId: intent.id,
      orderId: intent.metadata['order_id'] ?? '',
      amount: AMOUNT,
      reference: 'ref_1',
      idempotencyKey: newOrderId(),
    });
    await letHappen(intent.id, 'abandon-refunds');
    expect(await gateway.get(intent.id)).toMatchObject({
      value: { refunded: AMOUNT, refunds: [{ reference: 'ref_1', state: 'succeeded' }] },
    });
    expect(await cashOf(customer.id)).toEqual({ eur: AMOUNT });
    expect(told).toEqual([expect.stringContaining(`${AMOUNT} EUR`)]);
    expect(await stripeFacts(client).facts(intent.id)).toMatchObject({
      value: { refunds: [{ amount: AMOUNT, state: 'succeeded' }] },
    });
  });

  it('is refused while nobody can be asked for an account', async () => {
    const { intent } = await waiting();
    await letHappen(intent.id, 'transfer');
    await expect(stripe.refunds.create({ payment_intent: intent.id })).rejects.toMatchObject({
      param: 'instructions_email',
    });
  });
});

describe('bank debits', () => {
  it.each([
    ['pm_usBankAccount_success', 'usd', 'succeeded', null],
    ['pm_usBankAccount_insufficientFunds', 'usd', 'requires_payment_method', 'insufficient_funds'],
    ['pm_failed_at', 'eur', 'requires_payment_method', 'insufficient_funds'],
  ])('%s ends as it should, later', async (token, currency, status, code) => {
    const { id } = await newIntent(newOrderId(), { currency, capture_method: 'automatic' });
    const first = await stripe.paymentIntents.confirm(id, { payment_method: token });
    expect(first.status).toBe('processing');
    const ended = await vi.waitFor(async () => {
      const now = await read(id);
      expect(now.status).toBe(status);
      return now;
    }, WAIT);
    expect(ended.last_payment_error?.code ?? null).toBe(code);
  });

  it('may never end, until they are told to', async () => {
    const { id } = await newIntent(newOrderId(), { currency: 'usd', capture_method: 'automatic' });
    await stripe.paymentIntents.confirm(id, { payment_method: 'pm_usBankAccount_processing' });
    await letHappen(id, 'bounce');
    expect((await read(id)).status).toBe('requires_payment_method');
  });
});

describe('the account', () => {
  it('tells what is switched on and where events go', async () => {
    const account = await stripe.accounts.retrieveCurrent();
    expect(account).toMatchObject({ charges_enabled: true, capabilities: { card_payments: 'active' } });
    const [endpoint] = (await stripe.webhookEndpoints.list()).data;
    expect(endpoint).toMatchObject({ url: 'http://shop.test/v1/webhooks/stripe', status: 'enabled' });
    const [configuration] = (await stripe.paymentMethodConfigurations.list()).data;
    expect(configuration?.card?.display_preference.value).toBe('on');
  });
});
