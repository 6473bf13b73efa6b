import assert from 'node:assert/strict';
import { Stripe } from 'stripe';
import type { Order } from '#shared/contracts/http/orders.ts';
import type { MethodSetup, SavedMethodList } from '#shared/contracts/http/payment-methods.ts';
import { mailTo, type Tokens } from '../lib/accounts.ts';
import { api } from '../lib/api.ts';
import type { Scenario, World } from './world.ts';

const DAY_MS = 86_400_000;
const TYPED = {
  'payment_method_data[type]': 'us_bank_account',
  'payment_method_data[us_bank_account][account_number]': '000123456789',
  'payment_method_data[us_bank_account][routing_number]': '110000000',
};
/** What stands on the statement of the account in test mode, and what stands for too many tries. */
const CODE = 'SM11AA';
const ONCE_TOO_OFTEN = 'SM33CC';

const escaped = (text: string): string => text.replaceAll(/[.?+*]/g, (one) => `\\${one}`);

/** An order whose customer typed the number of his bank account. */
async function awaitingVerification(
  world: World,
): Promise<{ customer: Tokens; order: Order; paymentId: string; sku: string }> {
  const [customer, { variantId, sku }] = await Promise.all([
    world.newCustomer(),
    world.licence({ onHand: 1, currency: 'USD' }),
  ]);
  const placed = await world.place(customer, { currency: 'USD', lines: [{ variantId, quantity: 1 }] });
  const { paymentId = '', clientSecret = '' } = placed.payment ?? {};
  await world.inBrowser(`payment_intents/${paymentId}/confirm`, clientSecret, TYPED);
  const order = await world.until(
    customer,
    placed.id,
    'the customer to be asked to verify his account',
    ({ nextActions }) => nextActions.includes('verify_account'),
  );
  return { customer, order, paymentId, sku };
}

export const accountVerified: Scenario = {
  name: 'a bank account that was typed is verified with a small deposit, days later, and debited',
  async run(world) {
    const { customer, order, paymentId, sku } = await awaitingVerification(world);
    assert.equal(order.state, 'awaiting_payment');
    const { verification = null, dueAt } = order.payment ?? {};
    assert.ok(verification !== null && Date.parse(dueAt ?? '') > Date.now() + 9 * DAY_MS, 'there are days');
    assert.equal(await world.availableStock(sku), 0, 'the unit is held meanwhile');
    await mailTo(world.sandboxOrigin, customer.user.email, new RegExp(escaped(verification.url)));
    world.step(`asked to verify at ${new URL(verification.url).pathname}`);
    await world.stripe.paymentIntents.verifyMicrodeposits(paymentId, { descriptor_code: CODE });
    const done = await world.settled(customer, order.id, 'completed');
    assert.equal(done.payment?.verification, null);
    assert.deepEqual(done.payment?.captured, done.total);
  },
};

export const accountNotVerified: Scenario = {
  name: 'a bank account that is not verified is not debited: the order ends and its unit is there again',
  async run(world) {
    const { customer, order, sku } = await awaitingVerification(world);
    await world.bank(order, 'unverify');
    const open = await world.until(
      customer,
      order.id,
      'the customer to be told why',
      ({ payment }) => payment !== null && payment.verification === null && payment.lastError !== null,
    );
    assert.ok(Date.parse(open.payment?.dueAt ?? '') < Date.now() + DAY_MS, 'the days are over');
    await api(world.origin, `POST /v1/orders/${order.id}/cancel`, {
      token: customer.accessToken,
      body: {},
    });
    await world.settled(customer, order.id, 'cancelled');
    await world.stockBecomes(sku, 1);
  },
};

export const accountKeptOnceVerified: Scenario = {
  name: 'a bank account that is entered to be kept is shown as unverified, then kept, and pays an order',
  async run(world) {
    const customer = await world.newCustomer();
    const token = customer.accessToken;
    const kept = () => api<SavedMethodList>(world.origin, 'GET /v1/payment-methods', { token });
    const { id, clientSecret } = await api<MethodSetup>(world.origin, 'POST /v1/payment-methods/setup', {
      token,
      headers: { 'idempotency-key': crypto.randomUUID() },
    });
    await world.inBrowser(`setup_intents/${id}/confirm`, clientSecret, TYPED);
    const before = await kept();
    assert.deepEqual(
      [before.items.length, before.unverified.map((each) => each.id)],
      [0, [id]],
      'nothing can be charged yet',
    );
    const wrong = world.stripe.setupIntents.verifyMicrodeposits(id, { descriptor_code: 'SM00ZZ' });
    await assert.rejects(wrong, Stripe.errors.StripeInvalidRequestError);
    await world.stripe.setupIntents.verifyMicrodeposits(id, { descriptor_code: CODE });
    const { items, unverified } = await kept();
    assert.deepEqual([items.length, unverified.length], [1, 0]);
    const { variantId } = await world.licence({ currency: 'USD' });
    const order = await world.place(customer, {
      currency: 'USD',
      lines: [{ variantId, quantity: 1 }],
      paymentMethodId: items[0]?.id,
    });
    await world.settled(customer, order.id, 'completed');
  },
};

export const verificationGivenUp: Scenario = {
  name: 'whoever cannot verify his account pays by card instead',
  async run(world) {
    const { customer, order, paymentId } = await awaitingVerification(world);
    const tried = world.stripe.paymentIntents.verifyMicrodeposits(paymentId, {
      descriptor_code: ONCE_TOO_OFTEN,
    });
    await assert.rejects(tried, Stripe.errors.StripeInvalidRequestError);
    const open = await world.until(
      customer,
      order.id,
      'another way to pay',
      ({ payment, nextActions }) => payment?.verification === null && nextActions.includes('pay'),
    );
    await world.pay(open);
    await world.settled(customer, order.id, 'completed');
  },
};
