import { exports } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import type { GiftCardFinder, GiftCardPayments } from '#shared/contracts/gift-cards.ts';
import { paymentSnapshotSchema, type PaymentsService } from '#shared/contracts/payments.ts';
import { formatGiftCardCode, GIFT_CARD_CODE_BYTES, giftCardPaymentId } from '#shared/domain/gift-card.ts';
import { newId } from '#shared/ids/ids.ts';
import { migrateDatabases } from '#shared/testing/runtime.ts';
import { giftCardPorts } from './ports.ts';
import { env, newOrderId } from './testing.ts';
import { activateCards, issueCards } from './usecases/gift-cards/issue.ts';
import { WRONG_CODES_MAX } from './usecases/gift-cards/look-up.ts';

beforeAll(migrateDatabases);
type Faces = PaymentsService & GiftCardPayments & GiftCardFinder;
const payments = (exports as unknown as { PaymentsRpc: Faces }).PaymentsRpc;
const call = { requestId: 'request-of-the-test' };

async function sold(amount: number): Promise<{ cardId: string; code: string }> {
  const key = crypto.randomUUID();
  const made = await issueCards(giftCardPorts(env), call, {
    key,
    quantity: 1,
    value: { amount, currency: 'EUR' },
    validDays: null,
    orderId: null,
    customerId: null,
    recipient: null,
    byHand: { by: newId('user'), reason: 'Sold' },
  });
  await activateCards(giftCardPorts(env), call, key);
  const [card] = made.ok ? made.value.cards : [];
  if (card === undefined) throw new Error('no card was made');
  return card;
}
const find = (codes: string[], buyer = newId('user')) =>
  payments.findGiftCards(call, { codes, buyer, network: null });
const balanceOf = async (code: string): Promise<number | undefined> => {
  const found = await find([code]);
  return found.ok ? found.value[0]?.card.balance.amount : undefined;
};
const wrongCode = () => formatGiftCardCode(crypto.getRandomValues(new Uint8Array(GIFT_CARD_CODE_BYTES)));

describe('a payment with a gift card, at the face orders see', () => {
  it('is held, charged, given back and let go like any other, each step once', async () => {
    const { cardId, code } = await sold(1_000);
    const orderId = newOrderId();
    const paymentId = giftCardPaymentId(cardId, orderId, 1_001);
    const wish = { paymentId, orderId, attempt: 1_001, currency: 'EUR' as const, amount: 700, restMin: 50 };
    const [held] = await Promise.all([payments.holdGiftCard(call, wish), payments.holdGiftCard(call, wish)]);
    expect(paymentSnapshotSchema.parse(held.ok ? held.value : null)).toMatchObject({
      orderId,
      attempt: 1_001,
      state: 'authorised',
      authorised: 700,
    });
    expect(await balanceOf(code)).toBe(300);
    const step = { paymentId, orderId, idempotencyKey: `${orderId}:capture` };
    for (const _ of [1, 2])
      expect(await payments.capturePayment(call, { ...step, amount: 400, final: false })).toMatchObject({
        ok: true,
        value: { captured: 400, capturable: 300 },
      });
    for (const _ of [1, 2])
      expect(await payments.cancelPayment(call, step)).toMatchObject({ value: { state: 'captured' } });
    expect(await balanceOf(code)).toBe(600);
    for (const _ of [1, 2])
      expect(
        await payments.refundPayment(call, { ...step, amount: 150, reference: `${orderId}:refund:1` }),
      ).toMatchObject({ value: { refunded: 150 } });
    expect(await payments.getPayment(call, { paymentId })).toMatchObject({
      value: { captured: 400, refunded: 150, refunds: [{ reference: `${orderId}:refund:1`, amount: 150 }] },
    });
    expect(await balanceOf(code)).toBe(750);
  });

  it('that is let go before its hold arrives holds nothing any more', async () => {
    const { cardId, code } = await sold(1_000);
    const orderId = newOrderId();
    const paymentId = giftCardPaymentId(cardId, orderId, 1_001);
    await payments.cancelPayment(call, { paymentId, orderId, idempotencyKey: 'x' });
    const late = { paymentId, orderId, attempt: 1_001, currency: 'EUR' as const, amount: 700, restMin: 50 };
    expect(await payments.holdGiftCard(call, late)).toMatchObject({ value: { state: 'cancelled' } });
    expect(await balanceOf(code)).toBe(1_000);
  });

  it('is of the order and the card that its name says', async () => {
    const { cardId } = await sold(1_000);
    const paymentId = giftCardPaymentId(cardId, newOrderId(), 1_001);
    const wish = { paymentId, attempt: 1_001, currency: 'EUR' as const, amount: 700, restMin: 50 };
    expect(await payments.holdGiftCard(call, { ...wish, orderId: newOrderId() })).toMatchObject({
      error: { code: 'not_found' },
    });
  });
});

describe('what goes back for gift cards that an order brought', () => {
  it('is taken off all of them or off none, once, and is theirs again when it did not go', async () => {
    const [orderId, instanceId] = [newOrderId(), newId('instance')];
    const key = `${instanceId}/cards`;
    const made = await issueCards(giftCardPorts(env), call, {
      key,
      quantity: 2,
      value: { amount: 1_000, currency: 'EUR' },
      validDays: null,
      orderId,
      customerId: null,
      recipient: null,
      byHand: null,
    });
    await activateCards(giftCardPorts(env), call, key);
    const [one, other] = made.ok ? made.value.cards : [];
    if (one === undefined || other === undefined) throw new Error('no cards were made');
    expect((await payments.soldGiftCards(call, { orderId })).map((card) => card.instanceId)).toEqual([
      instanceId,
      instanceId,
    ]);
    expect(await payments.soldGiftCards(call, { orderId: newOrderId() })).toEqual([]);
    const balances = async () => [await balanceOf(one.code), await balanceOf(other.code)];
    const take = (name: string, ...amounts: [number, number]) => ({
      orderId,
      key: name,
      takes: [one, other].map(({ cardId }, index) => ({ cardId, amount: amounts[index] ?? 0 })),
    });
    const refused = await Promise.all(
      [1, 2].map(() => payments.takeBackGiftCards(call, take('a', 1_000, 1_001))),
    );
    expect(refused).toEqual([1, 2].map(() => ({ ok: false, error: 'spent' })));
    expect(await balances()).toEqual([1_000, 1_000]);
    for (const _ of [1, 2])
      expect(await payments.takeBackGiftCards(call, take('b', 1_000, 400))).toMatchObject({ ok: true });
    expect(await balances()).toEqual([0, 600]);
    for (const _ of [1, 2]) await payments.giveBackGiftCards(call, take('b', 1_000, 400));
    expect(await balances()).toEqual([1_000, 1_000]);
    expect(await payments.takeBackGiftCards(call, take('b', 1_000, 400))).toMatchObject({ ok: false });
  });
});

describe('codes of gift cards, looked up for an order', () => {
  it('are found as typed, told apart from what is none, and counted when they are none', async () => {
    const { cardId, code } = await sold(500);
    const buyer = newId('user');
    expect(await find([code.toLowerCase().replaceAll('-', ''), wrongCode()], buyer)).toEqual({
      ok: true,
      value: [{ card: expect.objectContaining({ cardId }) as object, ending: code.slice(-4) }, null],
    });
    const tries = Array.from({ length: WRONG_CODES_MAX.buyer }, () => find([wrongCode()], buyer));
    const late = (await Promise.all(tries)).filter(({ ok }) => !ok);
    expect(late).toHaveLength(1);
    expect(await find([code], buyer)).toMatchObject({ ok: false, error: { code: 'too_many' } });
  });

  it('count once however often they are tried at once, right ones nowhere', async () => {
    const { cardId, code } = await sold(500);
    const buyer = newId('user');
    const wrong = wrongCode();
    const ask = (codes: string[]) =>
      Promise.all(Array.from({ length: 3 * WRONG_CODES_MAX.buyer }, () => find(codes, buyer)));
    for (const answer of await ask([code])) expect(answer).toMatchObject({ value: [{ card: { cardId } }] });
    for (const answer of await ask([wrong, code]))
      expect(answer).toMatchObject({ value: [null, { card: { cardId } }] });
    for (let other = 1; other < WRONG_CODES_MAX.buyer; other += 1)
      expect(await find([wrongCode()], buyer)).toEqual({ ok: true, value: [null] });
    expect(await find([wrongCode()], buyer)).toMatchObject({ ok: false });
  });
});
