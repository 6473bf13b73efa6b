import assert from 'node:assert/strict';
import type { GiftCardBalance } from '#shared/contracts/http/gift-cards.ts';
import type { Order } from '#shared/contracts/http/orders.ts';
import { api, ApiError, poll } from '../lib/api.ts';
import type { Scenario, World } from './world.ts';

type Customer = Awaited<ReturnType<World['newCustomer']>>;

const MONEY_SECONDS = 30;

/** Cards are bought, spent in part and in full, beside a payment and without one, and given back to last. */
export const paysWithGiftCards: Scenario = {
  name: 'a customer pays with gift cards, in part and in full, and has them back when an order is undone',
  async run(world) {
    const buyer = await world.newCustomer();
    const [small, large] = [await bought(world, buyer, 1_000), await bought(world, buyer, 5_000)];
    const friend = await world.newCustomer();
    const token = friend.accessToken;
    const { variantId } = await world.newProduct('licence', LICENCE, { price: 3_000 });
    const order = (codes: string[]) => ({
      currency: 'EUR' as const,
      lines: [{ variantId, quantity: 1 }],
      giftCards: codes.map((code) => ({ code })),
    });
    const balances = () => Promise.all([small, large].map((code) => balanceOf(world, friend, code)));

    const part = await world.place(friend, order([small]));
    assert.deepEqual([part.payment?.amount.amount, part.giftCards[0]?.amount.amount], [2_000, 1_000]);
    assert.deepEqual(await balances(), [0, 5_000]);
    await world.pay(part);
    const paid = await world.settled(friend, part.id, 'completed');
    assert.deepEqual([paid.payment?.captured.amount, paid.giftCards[0]?.captured.amount], [2_000, 1_000]);
    world.step('30.00 EUR: 10.00 of them with a gift card, the rest by card');

    const whole = await world.place(friend, order([large]));
    assert.equal(whole.payment, null);
    const done = await world.settled(friend, whole.id, 'completed');
    assert.equal(done.paymentStatus, 'captured');
    assert.deepEqual(await balances(), [0, 2_000]);
    world.step('30.00 EUR with a gift card of 50.00 EUR alone');

    const { accessToken: staff } = await world.operator();
    const refund = (of: Order, amount: number) =>
      api<Order>(world.origin, `POST /v1/orders/${of.id}/refunds`, {
        token: staff,
        headers: { 'idempotency-key': crypto.randomUUID() },
        body: { amount, reason: 'Does not work' },
      });
    await refund(part, 2_300);
    await poll('the refunds to arrive', MONEY_SECONDS, async () => {
      const now = await world.order(friend, part.id);
      const back = [now.payment?.refunded.amount, now.giftCards[0]?.refunded.amount];
      return back[0] === 2_000 && back[1] === 300 ? now : null;
    });
    assert.deepEqual(await balances(), [300, 2_000]);
    world.step('23.00 EUR back: 20.00 to the card of the bank, 3.00 to the gift card');

    const left = await world.place(friend, order([small, large]));
    assert.equal(left.payment?.amount.amount, 700);
    assert.deepEqual(await balances(), [0, 0]);
    await api(world.origin, `POST /v1/orders/${left.id}/cancel`, {
      token,
      headers: { 'idempotency-key': crypto.randomUUID() },
      body: {},
    });
    await world.settled(friend, left.id, 'cancelled');
    assert.deepEqual(await balances(), [300, 2_000]);
    world.step('cancelled before it was paid: both cards have it back');

    const { variantId: anotherCard } = await world.newProduct('gift_card', CARD, {
      price: 1_000,
      taxClass: 'exempt',
    });
    for (const [lines, pointer] of [
      [[{ variantId: anotherCard, quantity: 1 }], '/giftCards'],
      [[{ variantId, quantity: 1 }], '/giftCards/0/code'],
    ] as const) {
      const code = pointer === '/giftCards' ? large : 'ABCD';
      const refused = await api(world.origin, 'POST /v1/orders', {
        token,
        headers: { 'idempotency-key': crypto.randomUUID() },
        body: { currency: 'EUR', lines, giftCards: [{ code }] },
      }).catch((error: unknown) => error);
      assert.ok(refused instanceof ApiError && refused.status === 422);
      assert.ok(JSON.stringify(refused.problem['errors']).includes(`"${pointer}"`), 'the field is named');
    }
    assert.deepEqual(await balances(), [300, 2_000]);
  },
};

const LICENCE = { template: 'licence-key', activationsMax: 3, validDays: null } as const;
const CARD = { template: 'gift-card', validDays: null } as const;

/** Buys a gift card and reads its code. */
async function bought(world: World, customer: Customer, price: number): Promise<string> {
  const { variantId } = await world.newProduct('gift_card', CARD, { price, taxClass: 'exempt' });
  const order = await world.place(customer, { currency: 'EUR', lines: [{ variantId, quantity: 1 }] });
  await world.pay(order);
  await world.settled(customer, order.id, 'completed');
  const [instance] = await world.instancesOf(customer, order.id);
  const { delivery } = await api<{ delivery: { type: string; cards: { code: string }[] } }>(
    world.origin,
    `POST /v1/instances/${instance?.id}/credentials/reveal`,
    { token: customer.accessToken },
  );
  return delivery.cards[0]?.code ?? '';
}

async function balanceOf(world: World, customer: Customer, code: string): Promise<number> {
  const { balance } = await api<GiftCardBalance>(world.origin, 'POST /v1/gift-cards/balance', {
    token: customer.accessToken,
    body: { code },
  });
  return balance.amount;
}
