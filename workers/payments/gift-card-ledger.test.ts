import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { exports } from 'cloudflare:workers';
import { parse } from 'csv-parse/sync';
import { array, assert, asyncProperty, constantFrom, integer, record } from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { cardPorts } from '#objects/gift-card/of-env.ts';
import type { GiftCardPayments, GiftCardsService } from '#shared/contracts/gift-cards.ts';
import type { PaymentFactsMessage } from '#shared/contracts/messages.ts';
import type { PaymentsService } from '#shared/contracts/payments.ts';
import { giftCardPaymentId } from '#shared/domain/gift-card.ts';
import { newId } from '#shared/ids/ids.ts';
import { migrateDatabases, signedIn } from '#shared/testing/runtime.ts';
import { balanceOf, balancesOf, unbalancedCurrency } from './ledger/accounts.ts';
import { giftCardPorts, ledgerPorts } from './ports.ts';
import { env, newOrderId, recordingQueue, request } from './testing.ts';
import { bookPayment } from './usecases/ledger/book-payment.ts';
import type { PaymentLedger } from './usecases/ledger/ports.ts';

beforeAll(migrateDatabases);
const { PaymentsRpc: payments, GiftCardsRpc: cards } = exports as unknown as {
  PaymentsRpc: PaymentsService & GiftCardPayments;
  GiftCardsRpc: GiftCardsService;
};
const call = { requestId: 'request-of-the-test' };
const OPERATOR = 'usr_0000000000000000000000000000000a';

/** A card that was sold and cannot be spent yet. */
async function sold(amount: number, currency: 'EUR' | 'USD' = 'EUR') {
  const key = crypto.randomUUID();
  const orderId = newOrderId();
  const made = await cards.issue(call, {
    key,
    quantity: 1,
    value: { amount, currency },
    validDays: null,
    orderId,
    customerId: null,
    recipient: null,
    byHand: null,
  });
  const [card] = made.ok ? made.value.cards : [];
  if (card === undefined) throw new Error('no card was made');
  return { key, orderId, cardId: card.cardId };
}

/** Payments with a card by orders: each step safe to repeat. */
function paying(cardId: string, currency: 'EUR' | 'USD' = 'EUR') {
  const orderId = newOrderId();
  const attempt = 1_001;
  const paymentId = giftCardPaymentId(cardId, orderId, attempt);
  const step = { paymentId, orderId };
  return {
    orderId,
    paymentId,
    hold: (amount: number) => payments.holdGiftCard(call, { ...step, attempt, currency, amount, restMin: 0 }),
    capture: (amount: number, key: string, final = false) =>
      payments.capturePayment(call, { ...step, amount, final, idempotencyKey: `${orderId}:${key}` }),
    cancel: () => payments.cancelPayment(call, { ...step, idempotencyKey: `${orderId}:cancel` }),
    refund: (amount: number, key: string) =>
      payments.refundPayment(call, {
        ...step,
        amount,
        reference: `${orderId}:${key}`,
        idempotencyKey: `${orderId}:${key}`,
      }),
  };
}

/** Everything the card has to tell is told, and everything that is due of it is booked, twice. */
async function booked(cardId: string): Promise<void> {
  const stub = env.GIFT_CARD.getByName(cardId) as unknown as DurableObjectStub;
  await runInDurableObject(stub, async (_, state) => state.storage.setAlarm(1));
  await runDurableObjectAlarm(stub);
  const { results } = await env.PAYMENTS_DB.prepare(
    "SELECT payment_id AS paymentId FROM ledger_due WHERE payment_id LIKE ?1 || '%'",
  )
    .bind(cardId)
    .all<{ paymentId: string }>();
  for (const { paymentId } of results)
    await Promise.all([1, 2].map(() => bookPayment(ledgerPorts(env), { paymentId, ...call })));
}
const ledgersOf = (orderId: string): Promise<PaymentLedger[]> =>
  ledgerPorts(env).ledger.list({ orderId, paymentId: null, after: null, limit: 10 });
const accounts = ({ transactions, currency }: PaymentLedger): Record<string, number> =>
  Object.fromEntries(
    Object.entries(balancesOf(transactions)).flatMap(([account, sums]) =>
      (sums[currency] ?? 0) === 0 ? [] : [[account, sums[currency] ?? 0]],
    ),
  );
/** What the ledger says is owed for a card, from all that was booked of it and of payments with it. */
async function owed(cardId: string): Promise<number> {
  const row = await env.PAYMENTS_DB.prepare(
    "SELECT coalesce(-SUM(amount), 0) AS owed FROM ledger_entries WHERE account = 'gift_cards' AND payment_id LIKE ?1 || '%'",
  )
    .bind(cardId)
    .first<{ owed: number }>();
  return row?.owed ?? 0;
}

describe('the ledger of gift cards', () => {
  it('owes for a card once it can be spent, and no more for what is taken back', async () => {
    const { key, orderId, cardId } = await sold(5_000);
    await booked(cardId);
    expect(await owed(cardId)).toBe(0);
    await cards.activate(call, { key });
    await booked(cardId);
    const [card] = await ledgersOf(orderId);
    expect(card).toMatchObject({ paymentId: cardId, provider: 'gift_card', breaches: [], unsettled: 0 });
    expect(card && accounts(card)).toEqual({ sales: 5_000, gift_cards: -5_000 });
    await cards.withdraw(call, { key });
    await booked(cardId);
    const [back] = await ledgersOf(orderId);
    expect(back && accounts(back)).toEqual({});
    expect(back?.transactions.map(({ kind }) => kind)).toEqual(['card_issued', 'card_voided']);
  });

  it('owes no more what its price went back for, and owes it again when the price did not go', async () => {
    const { key, orderId, cardId } = await sold(5_000);
    await cards.activate(call, { key });
    const faces = exports as unknown as { PaymentsRpc: GiftCardPayments };
    const take = { orderId, key: 'rfd', takes: [{ cardId, amount: 2_000 }] };
    await faces.PaymentsRpc.takeBackGiftCards(call, take);
    await booked(cardId);
    const [less] = await ledgersOf(orderId);
    expect(less && accounts(less)).toEqual({ sales: 3_000, gift_cards: -3_000 });
    await faces.PaymentsRpc.giveBackGiftCards(call, take);
    await booked(cardId);
    const [again] = await ledgersOf(orderId);
    expect(again && accounts(again)).toEqual({ sales: 5_000, gift_cards: -5_000 });
    expect(again?.breaches).toEqual([]);
  });

  it('never owes for a card that was taken back before it could be spent', async () => {
    const { key, cardId, orderId } = await sold(5_000);
    await cards.withdraw(call, { key });
    await booked(cardId);
    expect(await owed(cardId)).toBe(0);
    expect((await ledgersOf(orderId))[0]?.transactions).toEqual([]);
  });

  it('turns what an order takes into its sales, and owes what it gives back', async () => {
    const { key, cardId } = await sold(5_000);
    await cards.activate(call, { key });
    const order = paying(cardId);
    await order.hold(3_000);
    await booked(cardId);
    const [held] = await ledgersOf(order.orderId);
    expect(held?.figures).toMatchObject({ authorised: 3_000, captured: 0, voided: 0, open: 3_000 });
    await order.capture(1_200, 'first');
    await order.capture(800, 'second');
    await order.cancel();
    await order.refund(500, 'refund');
    await booked(cardId);
    const [done] = await ledgersOf(order.orderId);
    expect(done).toMatchObject({
      paymentId: order.paymentId,
      figures: { authorised: 3_000, captured: 2_000, voided: 1_000, open: 0, refunded: 500 },
      breaches: [],
      unsettled: 0,
    });
    expect(done && accounts(done)).toEqual({ sales: -2_000, refunds: 500, gift_cards: 1_500 });
    expect(await owed(cardId)).toBe(3_500);
  });

  it('tells the promise to book with the news itself, and keeps one that came meanwhile', async () => {
    const { key, cardId } = await sold(1_000);
    await cards.activate(call, { key });
    const order = paying(cardId);
    await order.hold(400);
    await booked(cardId);
    await order.cancel();
    await booked(cardId);
    const [row] = await ledgersOf(order.orderId);
    expect(row?.figures).toMatchObject({ authorised: 400, voided: 400, open: 0 });
  });

  it('is woken for the card and for what it paid, once the promise stands, and left to the cron when it cannot be', async () => {
    const { cardId } = await sold(1_000);
    const { paymentId } = paying(cardId);
    const tell = async (version: number, behaviour: { failing: boolean }) => {
      const { sent, queue } = recordingQueue<PaymentFactsMessage>(behaviour);
      const balance = { amount: 100 * version, currency: 'EUR' as const };
      const view = { cardId, state: 'active' as const, balance, held: 0, expiresAt: null, version };
      await cardPorts({ ...env, PAYMENT_FACTS: queue }).tell({ view, entries: [], paymentIds: [paymentId] });
      const ids = JSON.stringify([cardId, paymentId]);
      const { results } = await env.PAYMENTS_DB.prepare(
        'DELETE FROM ledger_due WHERE payment_id IN (SELECT value FROM json_each(?)) RETURNING payment_id',
      )
        .bind(ids)
        .all();
      const woken = sent.map((message) => message.type === 'payment.facts' && message.paymentId);
      return { promised: results.length, woken };
    };
    expect(await tell(8, { failing: false })).toEqual({ promised: 2, woken: [cardId, paymentId] });
    expect(await tell(9, { failing: true })).toEqual({ promised: 2, woken: [] });
    const listed = await giftCardPorts(env).directory.get(cardId);
    expect(listed?.balance).toBe(900);
  });

  it('owes what cards have, whatever is done with them', async () => {
    const step = record({
      what: constantFrom('hold', 'capture', 'cancel', 'refund', 'adjust', 'withdraw', 'book'),
      order: integer({ min: 0, max: 2 }),
      amount: integer({ min: 1, max: 900 }),
    });
    await assert(
      asyncProperty(array(step, { minLength: 3, maxLength: 14 }), async (steps) => {
        const { key, cardId } = await sold(2_000);
        await cards.activate(call, { key });
        const orders = [paying(cardId), paying(cardId), paying(cardId)];
        for (const [index, { what, order: which, amount }] of steps.entries()) {
          const order = orders[which];
          if (order === undefined) throw new Error('there are three orders');
          if (what === 'hold') await order.hold(amount);
          else if (what === 'capture') await order.capture(amount, `capture:${index}`);
          else if (what === 'cancel') await order.cancel();
          else if (what === 'refund') await order.refund(amount, `refund:${index}`);
          else if (what === 'withdraw') await cards.withdraw(call, { key });
          else if (what === 'book') await booked(cardId);
          else
            await giftCardPorts(env).card(cardId, (object) =>
              object.adjust(call, {
                cardId,
                key: `${index}`,
                change: amount - 450,
                byId: newId('user'),
                reason: 'As agreed',
              }),
            );
        }
        await booked(cardId);
        const view = await giftCardPorts(env).card(cardId, (object) => object.look(call));
        expect(await owed(cardId)).toBe((view?.balance.amount ?? 0) + (view?.held ?? 0));
        for (const { orderId } of orders)
          for (const ledger of await ledgersOf(orderId)) {
            const { authorised, captured, voided, open } = ledger.figures;
            expect(authorised).toBe(captured + voided + open);
            expect(ledger.breaches).toEqual([]);
            expect(ledger.unsettled).toBe(0);
            expect(balanceOf(balancesOf(ledger.transactions), 'sales', 'EUR') + captured).toBe(0);
            for (const { entries } of ledger.transactions) expect(unbalancedCurrency(entries)).toBe(null);
          }
      }),
      { numRuns: 12 },
    );
  });

  it('is owed by currency in a report for staff, as the cards and the ledger have it', async () => {
    const { key, cardId } = await sold(1_000, 'USD');
    const report = async (role: 'operator' | 'support' = 'operator') =>
      request('/v1/reports/gift-cards', { headers: await signedIn(OPERATOR, role) });
    const inUsd = async () => {
      const { items } = await (await report()).json<{ items: { currency: string }[] }>();
      return items.find(({ currency }) => currency === 'USD');
    };
    await booked(cardId);
    expect(await inUsd()).toBeUndefined();
    await cards.activate(call, { key });
    const order = paying(cardId, 'USD');
    await order.hold(700);
    await order.capture(300, 'first');
    await booked(cardId);
    expect(await inUsd()).toEqual({
      currency: 'USD',
      cards: 1,
      balance: 300,
      held: 400,
      owed: 700,
      booked: 700,
    });
    expect((await report('support')).status).toBe(403);
  });

  it('is in the settlement report, a row a movement', async () => {
    const { key, orderId, cardId } = await sold(1_000);
    const from = new Date(Date.now() - 60_000).toISOString();
    await cards.activate(call, { key });
    const order = paying(cardId);
    await order.hold(700);
    await order.capture(700, 'all', true);
    await order.refund(200, 'back');
    await booked(cardId);
    await booked(cardId);
    const to = new Date(Date.now() + 60_000).toISOString();
    const response = await request(`/v1/reports/settlement.csv?from=${from}&to=${to}`, {
      headers: await signedIn(OPERATOR, 'operator'),
    });
    const rows = parse<Record<string, string>>(await response.text(), {
      columns: true,
      record_delimiter: '\r\n',
    });
    const ours = rows
      .filter((row) => row['balance_transaction']?.startsWith(cardId))
      .map((row) => [row['category'], row['order'], row['net'], row['provider']].join(' '));
    expect(ours.toSorted()).toEqual([
      `gift_card_credited ${order.orderId} -200 gift_card`,
      `gift_card_debited ${order.orderId} 700 gift_card`,
      `gift_card_issued ${orderId} -1000 gift_card`,
    ]);
  });
});
