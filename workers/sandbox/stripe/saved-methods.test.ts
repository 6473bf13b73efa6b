import { describe, expect, it } from 'vitest';
import { paymentSnapshotSchema, type PaymentSnapshot } from '#shared/contracts/payments.ts';
import { PAYMENT_ADVICE } from '#shared/domain/payment-advice.ts';
import { newId } from '#shared/ids/ids.ts';
import { self } from '#shared/testing/runtime.ts';
import { DAY_MS, HOUR_MS } from '#shared/time/time.ts';
import { stripeClient, stripeGateway } from '../../payments/adapters/stripe-gateway.ts';
import { stripeVault } from '../../payments/adapters/stripe-vault.ts';
import { openPayment } from '../../payments/usecases/open-payment.ts';
import { accountOf } from '../../payments/usecases/saved-methods/account.ts';
import {
  listMethods,
  makeDefault,
  removeMethod,
  setUpMethod,
} from '../../payments/usecases/saved-methods/methods.ts';
import type { ProviderCustomer, ProviderCustomers } from '../../payments/usecases/saved-methods/ports.ts';
import { newIntent, newOrderId, sdk, setFault } from '../testing/sdk.ts';

const client = stripeClient({
  secretKey: 'sk_test_unit',
  apiBase: 'http://sandbox.test',
  fetch: self.fetch.bind(self),
});

const NOTHING = { items: [], unverified: [] };
const RETURN_URL = 'http://shop.test/';

/** The table, in memory. `crashing`: an answer is never written down. */
function rows(behaviour: { crashing?: boolean } = {}): ProviderCustomers {
  const kept = new Map<string, ProviderCustomer>();
  const of = (customerId: string): ProviderCustomer | null => kept.get(customerId) ?? null;
  return {
    find: (customerId) => Promise.resolve(of(customerId)),
    ask(customerId, now) {
      kept.set(customerId, of(customerId) ?? { account: null, generation: 1, askedAt: now });
      return Promise.resolve(kept.get(customerId) ?? { account: null, generation: 1, askedAt: now });
    },
    keep(customerId, _generation, account) {
      if (behaviour.crashing === true) return Promise.reject(new Error('the isolate died'));
      const row = of(customerId);
      if (row !== null) row.account ??= account;
      return Promise.resolve(row?.account ?? account);
    },
    forget(customerId, account, now) {
      const row = of(customerId);
      if (row?.account === account) {
        kept.set(customerId, { account: null, generation: row.generation + 1, askedAt: now });
      }
      return Promise.resolve();
    },
  };
}
const portsAt = (customers: ProviderCustomers, laterMs = 0) => {
  const clock = { now: () => Date.now() + laterMs };
  return { customers, clock, vault: stripeVault(client, clock), gateway: stripeGateway(client, clock) };
};
const customersOf = async (customerId: string) => {
  const all = await sdk().customers.list({ limit: 100 }).autoPagingToArray({ limit: 1_000 });
  return all.filter(({ metadata }) => metadata['customer_id'] === customerId);
};

/** Somebody who keeps a card. One that needs its holder at once is attached as it is. */
async function keeper(card: string | null = null) {
  const customerId = newId('user');
  const ports = portsAt(rows());
  const account = await accountOf(ports, customerId);
  if (card !== null) await sdk().paymentMethods.attach(card, { customer: account.ok ? account.value : '' });
  else {
    const begun = await setUpMethod(ports, { customerId, key: 'k' });
    const confirmed = { payment_method: 'pm_card_visa', return_url: RETURN_URL };
    await sdk().setupIntents.confirm(begun.ok ? begun.value.id : '', confirmed);
  }
  const listed = await listMethods(ports, customerId);
  const [method] = listed.ok ? listed.value.items : [];
  return { customerId, ports, methodId: method?.id ?? '' };
}
const order = (customerId: string, savedMethodId: string | null, orderId = newOrderId()) => ({
  orderId,
  orderNumber: 'T-1',
  amount: { amount: 2500, currency: 'EUR' as const },
  attempt: 1,
  askedAt: Date.now(),
  captureMode: 'where_possible' as const,
  customerEmail: 'ann@example.org',
  customerId,
  savedMethodId,
  returnUrl: `http://shop.test/orders/${orderId}`,
  idempotencyKey: `${orderId}:create`,
});
const ownerOf = async (methodId: string): Promise<string> => {
  const { customer } = await sdk().paymentMethods.retrieve(methodId);
  return typeof customer === 'string' ? customer : '';
};
type Opened = Awaited<ReturnType<typeof openPayment>>;
function snapshot(opened: Opened): PaymentSnapshot {
  expect(opened).toMatchObject({ ok: true });
  return paymentSnapshotSchema.parse(opened.ok ? opened.value : null);
}

describe('a customer at the provider', () => {
  it('is one, however many ask for him at once', async () => {
    const customerId = newId('user');
    const ports = portsAt(rows());
    const found = await Promise.all(Array.from({ length: 10 }, () => accountOf(ports, customerId)));
    expect(new Set(found.map((each) => (each.ok ? each.value : each.error.code))).size).toBe(1);
    expect(await customersOf(customerId)).toHaveLength(1);
  });

  it.each([
    ['soon', 0],
    ['25 hours later, when the key is forgotten', DAY_MS + HOUR_MS],
  ])('is one when the answer was never written down and he is asked for again %s', async (_when, laterMs) => {
    const customerId = newId('user');
    const broken = { crashing: true };
    const customers = rows(broken);
    await expect(accountOf(portsAt(customers), customerId)).rejects.toThrow('died');
    broken.crashing = false;
    if (laterMs > 0) await sdk().customers.create({ metadata: { customer_id: newId('user') } });
    const again = await accountOf(portsAt(customers, laterMs), customerId);
    const [only, ...others] = await customersOf(customerId);
    expect(again).toEqual({ ok: true, value: only?.id });
    expect(others).toEqual([]);
  });

  it('is opened anew when somebody deleted him at the provider', async () => {
    const { customerId, ports } = await keeper();
    const account = await accountOf(ports, customerId);
    await sdk().customers.del(account.ok ? account.value : '');
    const input = order(customerId, null);
    expect(await openPayment(ports, input)).toMatchObject({ ok: false, error: { code: 'retriable' } });
    const again = await accountOf(ports, customerId);
    expect(again.ok && account.ok && again.value !== account.value).toBe(true);
    expect(snapshot(await openPayment(ports, input))).toMatchObject({ state: 'requires_payment' });
  });
});

describe('an account that is closed', () => {
  it('is deleted at the provider, with all that was kept', async () => {
    const { customerId, ports } = await keeper();
    const account = await accountOf(ports, customerId);
    const id = account.ok ? account.value : '';
    expect(await ports.vault.closeAccount(id)).toEqual({ ok: true, value: null });
    expect(await ports.vault.closeAccount(id)).toEqual({ ok: true, value: null });
    expect(await sdk().customers.retrieve(id)).toMatchObject({ deleted: true });
  });

  it('is nobody’s, and keeps nothing, where it cannot be deleted because money was once transferred to it', async () => {
    const { customerId, ports } = await keeper();
    const account = await accountOf(ports, customerId);
    const id = account.ok ? account.value : '';
    await sdk().customers.update(id, { email: 'alice@shop.test', name: 'Alice' });
    await sdk().testHelpers.customers.fundCashBalance(id, { amount: 100, currency: 'eur' });
    await expect(sdk().customers.del(id)).rejects.toThrow(/cash balance/);
    expect(await ports.vault.closeAccount(id)).toEqual({ ok: true, value: null });
    expect(await ports.vault.closeAccount(id)).toEqual({ ok: true, value: null });
    expect(await sdk().customers.retrieve(id)).toMatchObject({ email: null, name: null, metadata: {} });
    expect((await sdk().customers.listPaymentMethods(id)).data).toEqual([]);
    const { available } = await sdk().customers.retrieveCashBalance(id);
    expect(available, 'what belongs to them is still there to be sent back').toEqual({ eur: 100 });
  });
});

describe('a kept method', () => {
  it('has kept nothing once somebody deleted him at the provider, and can keep another method at once', async () => {
    const [{ customerId, ports }, lister] = [await keeper(), await keeper()];
    const account = await accountOf(ports, customerId);
    await sdk().customers.del(account.ok ? account.value : '');
    const [begun, again] = [
      await setUpMethod(ports, { customerId, key: 'k' }),
      await setUpMethod(ports, { customerId, key: 'k' }),
    ];
    expect(begun).toMatchObject({ ok: true, value: { id: expect.stringContaining('seti_') as string } });
    expect(again).toEqual(begun);
    expect(await listMethods(ports, customerId)).toEqual({ ok: true, value: NOTHING });

    const before = await accountOf(lister.ports, lister.customerId);
    await sdk().customers.del(before.ok ? before.value : '');
    expect(await listMethods(lister.ports, lister.customerId)).toEqual({ ok: true, value: NOTHING });
    const after = await accountOf(lister.ports, lister.customerId);
    expect(after.ok && before.ok && after.value !== before.value).toBe(true);
  });

  it('begins to keep one under the longest key a client may send', async () => {
    const { customerId, ports } = await keeper();
    expect(await setUpMethod(ports, { customerId, key: 'k'.repeat(255) })).toMatchObject({ ok: true });
  });

  it('is listed, chosen and deleted', async () => {
    const { customerId, ports, methodId } = await keeper();
    expect(await makeDefault(ports, { customerId, methodId })).toMatchObject({ ok: true });
    expect(await listMethods(ports, customerId)).toMatchObject({
      value: { items: [{ id: methodId, method: 'card', isDefault: true }] },
    });
    expect(await removeMethod(ports, { customerId, methodId })).toMatchObject({ ok: true });
    expect(await listMethods(ports, customerId)).toMatchObject({ value: NOTHING });
  });

  it('is not charged by looking for a payment that is to be undone, which is found when there is one', async () => {
    const { customerId, ports, methodId } = await keeper();
    const input = order(customerId, methodId);
    const looked = await openPayment(ports, { ...input, existing: true });
    expect(looked).toMatchObject({ ok: false, error: { code: 'not_found' } });
    const { paymentId } = snapshot(await openPayment(ports, input));
    expect(snapshot(await openPayment(ports, { ...input, existing: true })).paymentId).toBe(paymentId);
  });

  it('is charged when the order is placed, once however often it is asked for', async () => {
    const { customerId, ports, methodId } = await keeper();
    const input = order(customerId, methodId);
    const opened = await Promise.all([openPayment(ports, input), openPayment(ports, input)]);
    const first = snapshot(opened.find(({ ok }) => ok) ?? (await openPayment(ports, input)));
    expect(first).toMatchObject({ state: 'authorised', authorised: 2500, captured: 0 });
    expect(snapshot(await openPayment(ports, input)).paymentId).toBe(first.paymentId);
    const later = portsAt(ports.customers, DAY_MS + HOUR_MS);
    expect(snapshot(await openPayment(later, input)).paymentId).toBe(first.paymentId);
  });

  it('that is declined leaves the payment open, with a reason to act on and a secret to pay with', async () => {
    const { customerId, ports, methodId } = await keeper('pm_card_chargeCustomerFail');
    const opened = snapshot(await openPayment(ports, order(customerId, methodId)));
    expect(opened).toMatchObject({ state: 'requires_payment', authorised: 0 });
    expect(opened.clientSecret).not.toBe('');
    expect(Object.values(PAYMENT_ADVICE).map(({ en }) => en)).toContain(opened.lastError?.message);
    const paid = await sdk().paymentIntents.confirm(opened.paymentId, {
      payment_method: 'pm_card_visa',
      return_url: RETURN_URL,
    });
    expect(paid.status).toBe('requires_capture');
  });

  it('whose bank wants the customer leaves the payment open for him', async () => {
    const { customerId, ports, methodId } = await keeper('pm_card_authenticationRequired');
    const opened = snapshot(await openPayment(ports, order(customerId, methodId)));
    expect(['requires_payment', 'requires_action']).toContain(opened.state);
    expect(opened.authorised).toBe(0);
  });

  it('is charged although its holder wants what he pays with kept: it is already', async () => {
    const { customerId, ports, methodId } = await keeper();
    const opened = await openPayment(ports, { ...order(customerId, methodId), saveMethod: true });
    expect(snapshot(opened)).toMatchObject({ state: 'authorised', authorised: 2500 });
    const asked = { payment_method: methodId, customer: await ownerOf(methodId), confirm: true };
    const refused = newIntent(newOrderId(), {
      ...asked,
      off_session: true,
      return_url: RETURN_URL,
      payment_method_options: { card: { setup_future_usage: 'off_session' } },
    });
    await expect(refused).rejects.toMatchObject({ param: 'off_session' });
  });

  it('of somebody else is not charged', async () => {
    const owner = await keeper();
    const other = await keeper();
    const input = order(other.customerId, owner.methodId);
    expect(await openPayment(other.ports, input)).toMatchObject({ ok: false, error: { code: 'not_found' } });
    expect(await openPayment(owner.ports, { ...input, customerId: null })).toMatchObject({
      ok: false,
      error: { code: 'not_found' },
    });
  });

  it('that was charged and deleted before the reply arrived has paid all the same', async () => {
    const { customerId, ports, methodId } = await keeper();
    const input = order(customerId, methodId);
    await setFault({ kind: 'payment.error-after', match: [input.orderId, 'payment_intents.create'] });
    expect(await openPayment(ports, input)).toMatchObject({ ok: false, error: { code: 'retriable' } });
    await removeMethod(ports, { customerId, methodId });
    expect(snapshot(await openPayment(ports, input))).toMatchObject({
      state: 'authorised',
      authorised: 2500,
    });
  });
});
