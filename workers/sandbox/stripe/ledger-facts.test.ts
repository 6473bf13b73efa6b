import { describe, expect, it } from 'vitest';
import { self } from '#shared/testing/runtime.ts';
import { stripeFacts } from '../../payments/adapters/stripe-facts.ts';
import { stripeClient } from '../../payments/adapters/stripe-gateway.ts';
import { balancesOf } from '../../payments/ledger/accounts.ts';
import { missingTransactions } from '../../payments/ledger/book.ts';
import { checkPayment } from '../../payments/ledger/check.ts';
import type { LedgerTransaction } from '../../payments/ledger/accounts.ts';
import { letHappen, newIntent, newOrderId, sdk } from '../testing/sdk.ts';

/** The payments worker's reader of facts, over the official SDK, against this API. */
const source = stripeFacts(
  stripeClient({ secretKey: 'sk_test_unit', apiBase: 'http://sandbox.test', fetch: self.fetch.bind(self) }),
);
const AMOUNT = 10_000;
const stripe = sdk();

interface Paid {
  id: string;
  booked: LedgerTransaction[];
}
/** Books what is on record now and returns the balances; whatever happens, the books agree. */
async function booked(payment: Paid): Promise<Record<string, number>> {
  const found = await source.facts(payment.id);
  if (!found.ok) throw new Error(found.error.message);
  payment.booked.push(...missingTransactions(found.value, payment.booked));
  expect(checkPayment(found.value, payment.booked).breaches).toEqual([]);
  const balances = Object.entries(balancesOf(payment.booked)).flatMap(([account, { EUR = 0 }]) =>
    EUR === 0 ? [] : [[account, EUR] as const],
  );
  return Object.fromEntries(balances);
}
async function held(method = 'pm_card_visa', more: Parameters<typeof newIntent>[1] = {}): Promise<Paid> {
  const { id } = await newIntent(newOrderId(), { amount: AMOUNT, ...more });
  await stripe.paymentIntents.confirm(id, { payment_method: method });
  return { id, booked: [] };
}
const charged = (method?: string): Promise<Paid> => held(method, { capture_method: 'automatic' });

describe('the ledger of what this service has on record', () => {
  it('knows a hold, its capture in part and the release of the rest', async () => {
    const payment = await held();
    expect(await booked(payment)).toEqual({ hold: AMOUNT, hold_contra: -AMOUNT });
    await stripe.paymentIntents.capture(payment.id, { amount_to_capture: 4_000 });
    const balances = await booked(payment);
    expect(balances).toMatchObject({ sales: -4_000 });
    expect(balances['provider_balance']).toBe(4_000 - (balances['fees'] ?? 0));
    expect(balances['hold']).toBeUndefined();
  });

  it('knows each of several captures, also when it was not asked in between', async () => {
    const more = { payment_method_options: { card: { request_multicapture: 'if_available' as const } } };
    const [watched, unwatched] = [await held('pm_card_visa', more), await held('pm_card_visa', more)];
    for (const payment of [watched, unwatched]) {
      for (const part of [1_000, 2_500]) {
        await stripe.paymentIntents.capture(payment.id, { amount_to_capture: part, final_capture: false });
        if (payment === watched) await booked(payment);
      }
    }
    expect(await booked(watched)).toEqual(await booked(unwatched));
    expect(await booked(watched)).toMatchObject({ hold: 6_500, sales: -3_500 });
  });

  it.each(['cancel', 'expire'])('knows a hold that was given back: %s', async (how) => {
    const payment = await held();
    await booked(payment);
    if (how === 'cancel') await stripe.paymentIntents.cancel(payment.id);
    else await letHappen(payment.id, 'expire');
    expect(await booked(payment)).toEqual({});
  });

  it('knows refunds, also those made by hand and those that failed', async () => {
    const payment = await charged();
    await letHappen(payment.id, { action: 'refund', amount: 3_000 });
    expect(await booked(payment)).toMatchObject({ sales: -AMOUNT, refunds: 3_000 });
    await letHappen(payment.id, 'fail-refunds');
    const balances = await booked(payment);
    expect(balances['refunds']).toBeUndefined();
    expect(balances['clearing']).toBeUndefined();
  });

  it('knows more refunds than one answer shows', async () => {
    const payment = await charged();
    for (let refund = 0; refund < 12; refund += 1)
      await letHappen(payment.id, { action: 'refund', amount: 100 });
    expect(await booked(payment)).toMatchObject({ refunds: 1_200 });
  });

  it.each([
    ['win', { sales: -AMOUNT }, 'chargebacks'],
    ['lose', { sales: -AMOUNT, chargebacks: AMOUNT }, 'disputes'],
  ] as const)('knows a dispute and how it ends: %s', async (how, expected, gone) => {
    const payment = await charged();
    await letHappen(payment.id, 'dispute');
    expect(await booked(payment)).toMatchObject({ disputes: AMOUNT });
    await letHappen(payment.id, how);
    const balances = await booked(payment);
    expect(balances).toMatchObject(expected);
    expect(balances[gone]).toBeUndefined();
  });

  it('knows an inquiry that takes no money until it is escalated', async () => {
    const payment = await charged();
    await letHappen(payment.id, 'inquire');
    expect((await booked(payment))['disputes']).toBeUndefined();
    await letHappen(payment.id, 'escalate');
    expect(await booked(payment)).toMatchObject({ disputes: AMOUNT });
  });

  it.each(['settle', 'bounce'])('knows a bank debit that takes days: %s', async (how) => {
    const payment = await held('pm_sepaDebit_success', {
      capture_method: 'automatic_async',
      currency: 'eur',
    }).catch(() => held('pm_usBankAccount_success', { capture_method: 'automatic_async', currency: 'usd' }));
    await booked(payment);
    await letHappen(payment.id, how);
    const balances = await booked(payment);
    expect(balances['clearing']).toBeUndefined();
  });
});
