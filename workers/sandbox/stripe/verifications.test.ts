import { Stripe } from 'stripe';
import { describe, expect, it, vi } from 'vitest';
import { newId } from '#shared/ids/ids.ts';
import { self } from '#shared/testing/runtime.ts';
import { DAY_MS } from '#shared/time/time.ts';
import { stripeClient, stripeGateway } from '../../payments/adapters/stripe-gateway.ts';
import { stripeVault } from '../../payments/adapters/stripe-vault.ts';
import { letHappen, newIntent, newOrderId, sandbox, sdk, webhooksOf } from '../testing/sdk.ts';

const stripe = sdk();
const client = stripeClient({
  secretKey: 'sk_test_unit',
  apiBase: 'http://sandbox.test',
  fetch: self.fetch.bind(self),
});
const gateway = stripeGateway(client);
const WAIT = { timeout: 10_000, interval: 50 };
const GOOD = '000123456789';

const typed = (account_number: string) => ({
  payment_method_data: {
    type: 'us_bank_account' as const,
    us_bank_account: {
      account_number,
      routing_number: '110000000',
      account_holder_type: 'individual' as const,
    },
    billing_details: { name: 'Ann' },
  },
});
/** A payment of 25.00 USD whose customer typed this account number. */
async function waiting(number = GOOD): Promise<Stripe.PaymentIntent> {
  const { id } = await newIntent(newOrderId(), { currency: 'usd', capture_method: 'automatic' });
  return stripe.paymentIntents.confirm(id, typed(number));
}
/** A set-up of a customer who typed this account number. */
async function keeping(number = GOOD) {
  const customer = await stripe.customers.create({ metadata: { customer_id: newId('user') } });
  const setup = await stripe.setupIntents.create({
    customer: customer.id,
    automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
  });
  return { account: customer.id, setup: await stripe.setupIntents.confirm(setup.id, typed(number)) };
}
const read = (id: string) => stripe.paymentIntents.retrieve(id);
async function refusalOf(run: Promise<unknown>): Promise<string> {
  const error: unknown = await run.catch((thrown: unknown) => thrown);
  return error instanceof Stripe.errors.StripeInvalidRequestError ? (error.code ?? '') : 'nothing refused';
}
const urlOf = ({ next_action: next }: Stripe.PaymentIntent | Stripe.SetupIntent): string =>
  next?.verify_with_microdeposits?.hosted_verification_url ?? '';

describe('an account whose number was typed', () => {
  it('is debited once its holder has told the code of the deposit, and not before', async () => {
    const intent = await waiting();
    expect([intent.status, intent.latest_charge]).toEqual(['requires_action', null]);
    expect(intent.next_action).toMatchObject({
      type: 'verify_with_microdeposits',
      verify_with_microdeposits: { microdeposit_type: 'descriptor_code' },
    });
    const verified = await stripe.paymentIntents.verifyMicrodeposits(intent.id, {
      descriptor_code: 'SM11AA',
    });
    expect([verified.status, verified.next_action]).toEqual(['processing', null]);
    await vi.waitFor(async () => expect((await read(intent.id)).status).toBe('succeeded'), WAIT);
    const types = (await webhooksOf(intent.id)).map(({ type }) => type);
    expect(types).toEqual(
      expect.arrayContaining(['payment_intent.requires_action', 'payment_intent.processing']),
    );
  });

  it('ends as its number says after the amounts of two deposits were told', async () => {
    const { id } = await waiting('000222222227');
    await stripe.paymentIntents.verifyMicrodeposits(id, { amounts: [32, 45] });
    await vi.waitFor(
      async () => expect((await read(id)).last_payment_error?.code).toBe('insufficient_funds'),
      WAIT,
    );
  });

  it.each([
    ['a wrong code', { descriptor_code: 'SM99ZZ' }, 'descriptor_code_mismatch', 9],
    ['wrong amounts', { amounts: [1, 2] }, 'amounts_mismatch', 2],
  ])('stays unverified after %s, and wants another method after too many', async (_, told, code, more) => {
    const { id } = await waiting();
    const prefix = 'payment_method_microdeposit_verification';
    const tell = () => refusalOf(stripe.paymentIntents.verifyMicrodeposits(id, told));
    for (let times = 0; times < more; times += 1) expect(await tell()).toBe(`${prefix}_${code}`);
    expect((await read(id)).status).toBe('requires_action');
    expect(await tell()).toBe(`${prefix}_attempts_exceeded`);
    expect(await read(id)).toMatchObject({
      status: 'requires_payment_method',
      last_payment_error: { code: `${prefix}_attempts_exceeded` },
    });
    expect(await tell()).toBe('payment_intent_unexpected_state');
  });

  it.each([
    ['SM33CC', 'attempts_exceeded'],
    ['SM44DD', 'timeout'],
  ])('plays the failure of the test code %s', async (descriptor_code, failure) => {
    const { id } = await waiting();
    const code = `payment_method_microdeposit_verification_${failure}`;
    expect(await refusalOf(stripe.paymentIntents.verifyMicrodeposits(id, { descriptor_code }))).toBe(code);
    expect((await read(id)).last_payment_error?.code).toBe(code);
  });

  it('wants another method when the deposits come back, and when ten days are over', async () => {
    const [back, late] = [await waiting('000666666661'), await waiting()];
    await vi.waitFor(
      async () =>
        expect((await read(back.id)).last_payment_error?.code).toBe('payment_method_microdeposit_failed'),
      WAIT,
    );
    await letHappen(late.id, 'unverify');
    expect((await read(late.id)).last_payment_error?.code).toBe(
      'payment_method_microdeposit_verification_timeout',
    );
  });

  it('can be cancelled, or be paid by card instead', async () => {
    const [given, paid] = [await waiting(), await waiting()];
    expect((await stripe.paymentIntents.cancel(given.id)).status).toBe('canceled');
    expect((await stripe.paymentIntents.confirm(paid.id, { payment_method: 'pm_card_visa' })).status).toBe(
      'succeeded',
    );
  });

  it('passes no challenge: nobody asked for one', async () => {
    const { id, client_secret: secret } = await waiting();
    const body = new URLSearchParams({ client_secret: secret ?? '', result: 'complete' });
    const headers = { accept: 'application/json' };
    expect((await sandbox(`/challenge/${id}`, { method: 'POST', body, headers })).status).toBe(409);
  });

  it('is verified at the hosted page, which says what was wrong', async () => {
    const intent = await waiting();
    const { pathname, search, searchParams } = new URL(urlOf(intent));
    const tell = async (code: string) => {
      const body = new URLSearchParams({ client_secret: searchParams.get('client_secret') ?? '', code });
      const answer = await sandbox(pathname, { method: 'POST', body });
      return [answer.status, await answer.text()] as const;
    };
    expect(await (await sandbox(pathname + search)).text()).toContain('Verify your bank account');
    expect((await sandbox(`${pathname}?client_secret=wrong`)).status).toBe(404);
    expect(await tell('SM00XX')).toEqual([402, expect.stringContaining('does not match')]);
    expect(await tell('sm11aa')).toEqual([200, expect.stringContaining('is verified')]);
    expect((await read(intent.id)).status).not.toBe('requires_action');
  });

  it('is verified again where the shop wants each one verified, though it is linked', async () => {
    const { id } = await newIntent(newOrderId(), {
      currency: 'usd',
      capture_method: 'automatic',
      payment_method_options: { us_bank_account: { verification_method: 'microdeposits' } },
    });
    const intent = await stripe.paymentIntents.confirm(id, { payment_method: 'pm_usBankAccount_success' });
    expect(intent.next_action?.type).toBe('verify_with_microdeposits');
  });
});

describe('a payment that waits for its account to be verified, as the rest of the system sees it', () => {
  it('names the method and the page, and neither once it is verified', async () => {
    const intent = await waiting();
    const before = Date.now();
    const seen = await gateway.get(intent.id);
    expect(seen).toMatchObject({
      ok: true,
      value: {
        state: 'requires_action',
        method: 'us_bank_account',
        verification: {
          kind: 'deposit_code',
          url: urlOf(intent),
          account: expect.stringMatching(/^pm_/) as string,
        },
      },
    });
    const arrivesAt = seen.ok ? (seen.value.verification?.arrivesAt ?? 0) : 0;
    expect(arrivesAt).toBeGreaterThan(before);
    const period = { from: before - DAY_MS, to: before + DAY_MS, limit: 100, cursor: null };
    const listed = await gateway.list(period);
    expect(
      listed.ok && listed.value.payments.find(({ paymentId }) => paymentId === intent.id)?.verification,
    ).toMatchObject({ url: urlOf(intent) });
    await stripe.paymentIntents.verifyMicrodeposits(intent.id, { descriptor_code: 'SM11AA' });
    expect(await gateway.get(intent.id)).toMatchObject({
      value: { method: 'us_bank_account', verification: null },
    });
  });

  it('is of the method that is being tried, whatever was declined before', async () => {
    const { id } = await newIntent(newOrderId(), { currency: 'usd', capture_method: 'automatic' });
    await stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_chargeDeclined' }).catch(() => null);
    await stripe.paymentIntents.confirm(id, typed(GOOD));
    expect(await gateway.get(id)).toMatchObject({ value: { method: 'us_bank_account' } });
  });
});

describe('an account that is entered to be kept', () => {
  it('is kept, and told of as such, once it is verified', async () => {
    const { account, setup } = await keeping();
    const vault = stripeVault(client);
    expect(await vault.list(account)).toEqual({ ok: true, value: [] });
    expect(await vault.listUnverified(account)).toMatchObject({
      ok: true,
      value: [
        {
          id: setup.id,
          method: 'us_bank_account',
          title: 'ACH Direct Debit •••• 6789',
          verification: {
            kind: 'deposit_code',
            url: urlOf(setup),
            verifyBefore: new Date(setup.created * 1_000 + 10 * DAY_MS).toISOString(),
          },
        },
      ],
    });
    const verified = await stripe.setupIntents.verifyMicrodeposits(setup.id, { amounts: [45, 32] });
    expect(verified.status).toBe('succeeded');
    expect(await vault.list(account)).toMatchObject({ value: [{ method: 'us_bank_account' }] });
    expect(await vault.listUnverified(account)).toEqual({ ok: true, value: [] });
  });

  it('pays without another verification when it is kept', async () => {
    const { account, setup } = await keeping();
    await stripe.setupIntents.verifyMicrodeposits(setup.id, { descriptor_code: 'SM11AA' });
    const { id } = await newIntent(newOrderId(), {
      currency: 'usd',
      capture_method: 'automatic',
      customer: account,
    });
    const method = typeof setup.payment_method === 'string' ? setup.payment_method : '';
    const paid = await stripe.paymentIntents.confirm(id, { payment_method: method, off_session: true });
    expect(paid.status).toBe('processing');
  });

  it('is given up with its holder, who is erased before he verified it', async () => {
    const { account, setup } = await keeping();
    const vault = stripeVault(client);
    const verified = await stripe.setupIntents.create({ customer: account, payment_method: 'pm_card_visa' });
    await stripe.setupIntents.confirm(verified.id, { return_url: 'http://shop.test/' });
    const begun = await stripe.setupIntents.create({ customer: account });
    expect(await vault.closeAccount(account)).toEqual({ ok: true, value: null });
    const statuses = [setup, begun, verified].map(
      async ({ id }) => (await stripe.setupIntents.retrieve(id)).status,
    );
    expect(await Promise.all(statuses)).toEqual(['canceled', 'canceled', 'succeeded']);
    const late = stripe.setupIntents.verifyMicrodeposits(setup.id, { descriptor_code: 'SM11AA' });
    expect(await refusalOf(late)).toBe('setup_intent_unexpected_state');
    expect(await vault.closeAccount(account)).toEqual({ ok: true, value: null });
  });

  it('is given up when it is not verified, and told of no more', async () => {
    const { account, setup } = await keeping();
    await refusalOf(stripe.setupIntents.verifyMicrodeposits(setup.id, { descriptor_code: 'SM44DD' }));
    expect((await stripe.setupIntents.retrieve(setup.id)).status).toBe('requires_payment_method');
    expect(await stripeVault(client).listUnverified(account)).toEqual({ ok: true, value: [] });
  });
});
