import { Stripe } from 'stripe';
import { describe, expect, it, vi } from 'vitest';
import { newOrderId, sandbox, sdk, webhooksAbout } from '../testing/sdk.ts';

const stripe = sdk();
const errorOf = (call: Promise<unknown>): Promise<Stripe.errors.StripeError> =>
  call.then(
    () => {
      throw new Error('it was not refused');
    },
    (error: unknown) => {
      if (error instanceof Stripe.errors.StripeError) return error;
      throw error;
    },
  );

const newCustomer = () => stripe.customers.create({ metadata: { account: newOrderId() } });
async function saved(token: string) {
  const customer = await newCustomer();
  const method = await stripe.paymentMethods.attach(token, { customer: customer.id });
  return { customer, method };
}
const charge = (customer: string, method: string, more: Partial<Stripe.PaymentIntentCreateParams> = {}) =>
  stripe.paymentIntents.create({
    amount: 1800,
    currency: 'eur',
    customer,
    payment_method: method,
    off_session: true,
    confirm: true,
    ...more,
  });

describe('a customer', () => {
  it('is made, changed, found by e-mail and deleted for good', async () => {
    const email = `${newOrderId()}@example.org`;
    const { id } = await stripe.customers.create({ email, name: 'Ann', address: { country: 'DE' } });
    await stripe.customers.update(id, { name: 'Anna', metadata: { account: 'a1' } });
    const found = (await stripe.customers.list({ email })).data;
    expect(found).toMatchObject([
      { id, name: 'Anna', metadata: { account: 'a1' }, address: { country: 'DE' } },
    ]);
    await stripe.customers.del(id);
    expect(await stripe.customers.retrieve(id)).toEqual(expect.objectContaining({ id, deleted: true }));
    expect((await errorOf(stripe.customers.update(id, { name: 'X' }))).code).toBe('resource_missing');
    expect((await stripe.customers.list({ email })).data).toEqual([]);
  });

  it('has a default method, one of his own, until it is detached', async () => {
    const { customer, method } = await saved('pm_card_visa');
    const other = await saved('pm_card_mastercard');
    const setDefault = (id: string) =>
      stripe.customers.update(customer.id, { invoice_settings: { default_payment_method: id } });
    expect((await errorOf(setDefault(other.method.id))).code).toBe('resource_missing');
    expect((await setDefault(method.id)).invoice_settings.default_payment_method).toBe(method.id);
    await stripe.paymentMethods.detach(method.id);
    const now = (await stripe.customers.retrieve(customer.id)) as Stripe.Customer;
    expect(now.invoice_settings.default_payment_method).toBeNull();
  });
});

describe('a saved method', () => {
  it('is listed with its customer, changed, and detached for good', async () => {
    const { customer, method } = await saved('pm_card_visa');
    expect((await stripe.customers.listPaymentMethods(customer.id)).data).toMatchObject([{ id: method.id }]);
    const changed = await stripe.paymentMethods.update(method.id, { card: { exp_year: 2040 } });
    expect(changed.card?.exp_year).toBe(2040);
    await stripe.paymentMethods.detach(method.id);
    expect((await stripe.paymentMethods.list({ customer: customer.id })).data).toEqual([]);
    const again = errorOf(stripe.paymentMethods.attach(method.id, { customer: customer.id }));
    expect((await again).code).toBe('payment_method_unexpected_state');
  });

  it('belongs to its customer alone', async () => {
    const { method } = await saved('pm_card_visa');
    const other = await newCustomer();
    expect((await errorOf(charge(other.id, method.id))).param).toBe('payment_method');
  });

  it('is not saved when the bank declines it', async () => {
    const customer = await newCustomer();
    const refused = await errorOf(
      stripe.paymentMethods.attach('pm_card_chargeDeclined', { customer: customer.id }),
    );
    expect(refused).toMatchObject({ code: 'card_declined', type: 'StripeCardError' });
  });

  it('is kept after a payment that asked for it, and cannot be used again after one that did not', async () => {
    const customer = await newCustomer();
    const pay = (more: Partial<Stripe.PaymentIntentCreateParams>) =>
      charge(customer.id, 'pm_card_visa', { off_session: false, ...more });
    const kept = await pay({ setup_future_usage: 'off_session' });
    const listed = (await stripe.customers.listPaymentMethods(customer.id)).data;
    expect(listed.map(({ id }) => id)).toEqual([kept.payment_method]);
    const lost = await pay({});
    const again = errorOf(charge(customer.id, lost.payment_method as string));
    expect((await again).code).toBe('payment_method_unexpected_state');
  });
});

describe('a charge while the customer is away', () => {
  it('succeeds with a card that needs nobody', async () => {
    const { customer, method } = await saved('pm_card_visa');
    expect((await charge(customer.id, method.id)).status).toBe('succeeded');
  });

  it('is declined when the bank wants the customer, who can then confirm it himself', async () => {
    const { customer, method } = await saved('pm_card_authenticationRequired');
    const refused = await errorOf(charge(customer.id, method.id));
    expect(refused).toMatchObject({
      code: 'authentication_required',
      decline_code: 'authentication_required',
      payment_intent: { status: 'requires_payment_method' },
    });
    const id = refused.payment_intent?.id ?? '';
    const present = await stripe.paymentIntents.confirm(id, { payment_method: method.id });
    expect(present.status).toBe('requires_action');
  });

  it.each([
    ['pm_card_chargeCustomerFail', 'generic_decline'],
    ['pm_card_authenticationRequiredChargeDeclinedInsufficientFunds', 'authentication_required'],
  ])('with %s is declined: %s', async (token, declineCode) => {
    const { customer, method } = await saved(token);
    expect(await errorOf(charge(customer.id, method.id))).toMatchObject({ decline_code: declineCode });
  });

  it('may be refused instead of challenged', async () => {
    const { customer, method } = await saved('pm_card_threeDSecure2Required');
    const refused = charge(customer.id, method.id, { off_session: false, error_on_requires_action: true });
    expect((await errorOf(refused)).code).toBe('authentication_required');
  });
});

describe('a set-up', () => {
  const setUp = (customer: string, token: string) =>
    stripe.setupIntents.create({ customer, payment_method: token, confirm: true });

  it('saves a method without a payment and says so', async () => {
    const customer = await newCustomer();
    const setup = await setUp(customer.id, 'pm_card_visa');
    expect(setup.status).toBe('succeeded');
    expect((await stripe.customers.listPaymentMethods(customer.id)).data).toHaveLength(1);
    await vi.waitFor(async () => {
      const types = (await webhooksAbout(setup.id)).map(({ type }) => type);
      expect(types.toSorted()).toEqual(['setup_intent.created', 'setup_intent.succeeded']);
    }, 10_000);
  });

  it('asks the bank first where it must, and then charges without it', async () => {
    const customer = await newCustomer();
    const setup = await setUp(customer.id, 'pm_card_authenticationRequiredOnSetup');
    expect(setup.status).toBe('requires_action');
    const challenge = new URL(setup.next_action?.redirect_to_url?.url ?? '');
    const page = await (await sandbox(`${challenge.pathname}${challenge.search}`)).text();
    expect(page).toContain('save this payment method');
    const answer = (result: string) =>
      sandbox(challenge.pathname, {
        method: 'POST',
        body: new URLSearchParams({ client_secret: setup.client_secret ?? '', result }),
      });
    await answer('complete');
    const [method] = (await stripe.customers.listPaymentMethods(customer.id)).data;
    expect((await charge(customer.id, method?.id ?? '')).status).toBe('succeeded');
  });

  it('fails when the challenge fails or the bank declines', async () => {
    const customer = await newCustomer();
    const declined = await errorOf(setUp(customer.id, 'pm_card_chargeDeclined'));
    expect(declined).toMatchObject({
      code: 'card_declined',
      setup_intent: { status: 'requires_payment_method' },
    });
    const setup = await setUp(customer.id, 'pm_card_authenticationRequired');
    await sandbox(`/challenge/${setup.id}`, {
      method: 'POST',
      body: new URLSearchParams({ client_secret: setup.client_secret ?? '', result: 'fail' }),
    });
    const failed = await stripe.setupIntents.retrieve(setup.id);
    expect(failed.last_setup_error?.code).toBe('setup_intent_authentication_failure');
  });

  it('is confirmed by a browser with its client secret alone', async () => {
    const customer = await newCustomer();
    const setup = await stripe.setupIntents.create({ customer: customer.id });
    const browser = sdk('pk_test_browser');
    expect((await errorOf(browser.setupIntents.retrieve(setup.id))).param).toBe('client_secret');
    const done = await browser.setupIntents.confirm(setup.id, {
      client_secret: setup.client_secret ?? '',
      payment_method: 'pm_card_visa',
    } as Stripe.SetupIntentConfirmParams);
    expect(done.status).toBe('succeeded');
  });

  it('can be cancelled once', async () => {
    const setup = await stripe.setupIntents.create({});
    expect((await stripe.setupIntents.cancel(setup.id)).status).toBe('canceled');
    expect((await errorOf(stripe.setupIntents.cancel(setup.id))).code).toBe('setup_intent_unexpected_state');
  });
});
