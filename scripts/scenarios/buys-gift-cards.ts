import assert from 'node:assert/strict';
import type { GiftCardBalance } from '#shared/contracts/http/gift-cards.ts';
import type { Delivery } from '#shared/contracts/http/instances.ts';
import type { Product } from '#shared/contracts/http/products.ts';
import { api, ApiError, poll } from '../lib/api.ts';
import type { Scenario, World } from './world.ts';

interface MailboxPage {
  items: { to: string; subject: string; text: string }[];
}
const MAIL_SECONDS = 30;
/** Of the least gift card of the demo catalogue, in cents. */
const WORTH = 2_500;

/** Cards are made, mailed and revealed; each is worth what it cost, and not a cent before it is paid for. */
export const buysGiftCards: Scenario = {
  name: 'a customer buys gift cards, which are mailed and worth what they cost, spends one, and staff take off what was spent of another',
  async run(world) {
    const { origin, sandboxOrigin } = world;
    const customer = await world.newCustomer();
    const token = customer.accessToken;
    const variantId = await variantOf(world, 'house-gift-card');
    const recipientEmail = `gift-${crypto.randomUUID().slice(0, 8)}@mail.test`;
    const customisation = { recipientEmail, senderName: 'Ada', message: 'For your new home' };
    const order = await world.place(customer, {
      currency: 'EUR',
      lines: [{ variantId, quantity: 2, customisation }],
    });
    assert.equal(order.total.amount, 2 * WORTH);
    assert.equal(order.price?.taxTotal.amount, 0);
    await world.pay(order);
    await world.settled(customer, order.id, 'completed');

    const [instance] = await world.instancesOf(customer, order.id);
    assert.ok(instance?.delivery?.type === 'gift-card');
    assert.deepEqual(
      instance.delivery.cards.map(({ code }) => code),
      [null, null],
    );
    const shown = await api<{ delivery: Delivery }>(
      origin,
      `POST /v1/instances/${instance.id}/credentials/reveal`,
      { token },
    );
    assert.ok(shown.delivery.type === 'gift-card');
    const codes = shown.delivery.cards.map(({ code }) => code ?? '');
    world.step(`${codes.length} codes revealed`);

    const mails = await poll('both cards to be mailed', MAIL_SECONDS, async () => {
      const page = await api<MailboxPage>(sandboxOrigin, `GET /mailbox/messages?to=${recipientEmail}`);
      return page.items.length >= codes.length ? page.items : null;
    });
    for (const code of codes)
      assert.equal(mails.filter(({ text }) => text.includes(code)).length, 1, 'each code is in one mail');

    const balanceOf = (code: string) =>
      api<GiftCardBalance>(origin, 'POST /v1/gift-cards/balance', { token, body: { code } });
    for (const code of codes)
      assert.deepEqual((await balanceOf(code.toLowerCase())).balance, { amount: WORTH, currency: 'EUR' });
    const none = await balanceOf('ABCD').catch((error: unknown) => error);
    assert.ok(none instanceof ApiError && none.status === 404, 'what is no code is no card');

    const { accessToken: staff } = await world.operator();
    const id = shown.delivery.cards[0]?.id ?? '';
    await api(origin, `POST /v1/gift-cards/${id}/adjust`, {
      token: staff,
      headers: { 'idempotency-key': crypto.randomUUID() },
      body: { change: -1_500, reason: 'Spent in the shop in town' },
    });
    assert.equal((await balanceOf(codes[0] ?? '')).balance.amount, WORTH - 1_500);
    world.step('a card of 25.00 EUR, 15.00 EUR of it spent');

    const spent = await world.place(customer, {
      currency: 'EUR',
      lines: [{ variantId: await variantOf(world, 'focus-hours'), quantity: 1 }],
      giftCards: [{ code: codes[1] }],
    });
    assert.equal(spent.payment, null);
    await world.settled(customer, spent.id, 'completed');
    assert.equal((await balanceOf(codes[1] ?? '')).balance.amount, WORTH - spent.total.amount);
    world.step('the other bought something of the catalogue');
  },
};

/** The first of a product of the demo catalogue. */
async function variantOf(world: World, handle: string): Promise<string | undefined> {
  const product = await api<Product>(world.origin, `GET /v1/products/${handle}`);
  return product.variants[0]?.id;
}
