import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import {
  array,
  assert,
  asyncProperty,
  boolean,
  constant,
  constantFrom,
  integer,
  nat,
  oneof,
  record,
} from 'fast-check';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { GiftCardRecipient } from '#shared/contracts/gift-cards.ts';
import { newId } from '#shared/ids/ids.ts';
import { migrateDatabases } from '#shared/testing/runtime.ts';
import { DAY_MS } from '#shared/time/time.ts';
import type { CopiedFace } from '../lib/copies.ts';
import type { ObjectNamespace } from '../lib/namespace.ts';
import { giftCardDirectory } from './directory.ts';
import type { GiftCardFace } from './face.ts';
import { BACK_VALID_MS } from './engine.ts';
import { codesOf } from './of-env.ts';

const { GIFT_CARD, PAYMENTS_DB, GIFT_CARD_KEY } = env as unknown as {
  GIFT_CARD: ObjectNamespace<GiftCardFace & CopiedFace>;
  PAYMENTS_DB: D1Database;
  GIFT_CARD_KEY: string;
};
const codes = codesOf({ GIFT_CARD_KEY });
const call = { requestId: 'request-of-the-test' };
const byId = newId('user');

beforeAll(migrateDatabases);

interface Wishes {
  value?: number;
  validDays?: number | null;
  recipient?: GiftCardRecipient | null;
}
/** One card, and what orders do with it. */
function card() {
  const cardId = newId('giftCard');
  const object = GIFT_CARD.getByName(cardId);
  const open = async ({ value = 5_000, validDays = null, recipient = null }: Wishes = {}) => {
    const about = { orderId: null, byId: null, reason: '' };
    const codeKey = codes.current;
    await giftCardDirectory(PAYMENTS_DB).register([
      {
        id: cardId,
        issueKey: cardId,
        codeHash: cardId,
        codeKey,
        ending: 'ZZZZ',
        currency: 'EUR',
        value,
        createdAt: 1,
        customerId: null,
        ...about,
      },
    ]);
    return object.open(call, { cardId, currency: 'EUR', value, codeKey, validDays, recipient, ...about });
  };
  const activate = () => object.activate(call, { cardId });
  const hold = (amount: number, orderId = newId('order'), restMin = 50) =>
    object.hold(call, {
      paymentId: `${cardId}.${orderId}`,
      orderId,
      attempt: 2,
      currency: 'EUR',
      amount,
      restMin,
    });
  const capture = (orderId: string, amount: number, key = 'all', final = true) =>
    object.capture(call, { paymentId: `${cardId}.${orderId}`, key: `${orderId}:${key}`, amount, final });
  const release = (orderId: string) =>
    object.release(call, { paymentId: `${cardId}.${orderId}`, orderId, attempt: 2 });
  const refund = (orderId: string, amount: number, reference = `${orderId}:1`) =>
    object.refund(call, { paymentId: `${cardId}.${orderId}`, reference, amount });
  const balance = async () => (await object.look(call))?.balance.amount;
  const stub = (GIFT_CARD as unknown as DurableObjectNamespace).getByName(cardId);
  /** Everything that is due by then. */
  const ring = async (at = Date.now()) => {
    const now = vi.spyOn(Date, 'now').mockReturnValue(at);
    try {
      await runInDurableObject(stub, async (_, state) => {
        await state.storage.setAlarm(1);
      });
      await runDurableObjectAlarm(stub);
    } finally {
      now.mockRestore();
    }
  };
  const kept = () =>
    runInDurableObject(stub, (_, { storage: { sql } }) => ({
      entries: sql.exec<{ sum: number }>('SELECT coalesce(sum(amount), 0) AS sum FROM entries').one().sum,
      card: sql.exec<{ balance: number; held: number }>('SELECT balance, held FROM card').one(),
    }));
  return { cardId, object, open, activate, hold, capture, release, refund, balance, ring, kept };
}
const order = (): string => newId('order');
const held = (answer: Awaited<ReturnType<GiftCardFace['hold']>>): number | null =>
  answer.ok ? answer.value.capturable : null;

describe('a GiftCard object', () => {
  it('opens once, is worth what it was opened with, and cannot be spent before it is paid for', async () => {
    const { open, activate, balance, hold } = card();
    expect(await Promise.all([open(), open(), open({ value: 9 })])).toEqual([true, true, true]);
    expect(await balance()).toBe(5_000);
    expect(held(await hold(1_000))).toBe(0);
    await Promise.all([activate(), activate()]);
    expect(held(await hold(1_000))).toBe(1_000);
  });

  it('is never opened once it was withdrawn, whichever call arrives first', async () => {
    const { cardId, object, open, activate, balance } = card();
    await object.withdraw(call, { cardId, reason: 'Taken back' });
    expect(await open()).toBe(false);
    await activate();
    expect(await balance()).toBeUndefined();
  });

  it('gives a hundred orders at once no more than it has', async () => {
    const { open, activate, hold, balance, kept } = card();
    await open({ value: 1_000 });
    await activate();
    const answers = await Promise.all(Array.from({ length: 100 }, () => hold(70, order(), 0)));
    const sum = answers.reduce((total, answer) => total + (held(answer) ?? 0), 0);
    expect(sum).toBe(1_000);
    expect(await balance()).toBe(0);
    expect((await kept()).card).toEqual({ balance: 0, held: 1_000 });
  });

  it('holds, captures and refunds once, however often each is asked for', async () => {
    const { open, activate, hold, capture, refund, balance } = card();
    await open();
    await activate();
    const id = order();
    for (let time = 0; time < 3; time += 1) expect(held(await hold(4_000, id))).toBe(4_000);
    expect(await balance()).toBe(1_000);
    for (let time = 0; time < 3; time += 1)
      expect(await capture(id, 1_500, 'first', false)).toMatchObject({
        ok: true,
        value: { state: 'authorised', captured: 1_500, capturable: 2_500 },
      });
    for (let time = 0; time < 3; time += 1)
      expect(await capture(id, 2_000, 'rest')).toMatchObject({
        ok: true,
        value: { state: 'captured', captured: 3_500, capturable: 0 },
      });
    expect(await balance()).toBe(1_500);
    for (let time = 0; time < 3; time += 1)
      expect(await refund(id, 500)).toMatchObject({
        ok: true,
        value: { refunded: 500, refunds: [{ reference: `${id}:1`, amount: 500, state: 'succeeded' }] },
      });
    expect(await balance()).toBe(2_000);
    expect(await refund(id, 3_001, 'too much')).toMatchObject({
      ok: false,
      error: { code: 'invalid_state' },
    });
  });

  it('gives up what its price goes back for once, all of it or nothing, and has it again once', async () => {
    const { cardId, object, open, activate, hold, balance, kept } = card();
    await open();
    await activate();
    await hold(1_000);
    const take = (key: string, amount: number) =>
      object.takeBack(call, { cardId, key, orderId: order(), amount });
    const back = (key: string) => object.giveBack(call, { cardId, key, orderId: order(), amount: 1 });
    expect(await take('too much', 4_001)).toBe(false);
    expect(await Promise.all([1, 2, 3].map(() => take('first', 3_000)))).toEqual([true, true, true]);
    expect(await take('first', 2_999)).toBe(false);
    expect(await take('second', 1_001)).toBe(false);
    expect(await balance()).toBe(1_000);
    await Promise.all([back('first'), back('first')]);
    expect(await balance()).toBe(4_000);
    expect(await take('first', 3_000)).toBe(false);
    await back('never taken');
    expect(await take('never taken', 1)).toBe(false);
    expect(await kept()).toEqual({ entries: 5_000, card: { balance: 4_000, held: 1_000 } });
  });

  it('leaves a rest that can be paid otherwise, or none', async () => {
    const { open, activate, hold, release } = card();
    await open({ value: 980 });
    await activate();
    const [first, second, third] = [order(), order(), order()];
    expect(held(await hold(1_000, first))).toBe(950);
    await release(first);
    expect(held(await hold(980, second))).toBe(980);
    await release(second);
    expect(held(await hold(2_000, third))).toBe(980);
  });

  it('holds nothing for an order whose release came first, and frees what is held once', async () => {
    const { open, activate, hold, release, balance } = card();
    await open();
    await activate();
    const [early, late] = [order(), order()];
    await release(early);
    expect(held(await hold(1_000, early))).toBe(0);
    await hold(1_000, late);
    await Promise.all([release(late), release(late)]);
    expect(await balance()).toBe(5_000);
  });

  it('is in one currency, and knows no payments of others', async () => {
    const { open, activate, object, cardId } = card();
    await open();
    await activate();
    const orderId = order();
    const wish = {
      paymentId: `${cardId}.x`,
      orderId,
      attempt: 2,
      currency: 'USD' as const,
      amount: 100,
      restMin: 0,
    };
    expect(await object.hold(call, wish)).toMatchObject({ ok: false });
    expect(await object.payment(call, { paymentId: `${cardId}.x` })).toMatchObject({
      ok: false,
      error: { code: 'not_found' },
    });
  });

  it('gives nothing while it is shut, by the newest word, and captures what was held before', async () => {
    const { open, activate, object, cardId, hold, capture } = card();
    await open();
    await activate();
    const before = order();
    await hold(1_000, before);
    await object.shut(call, { cardId, shut: true, round: 2 });
    await object.shut(call, { cardId, shut: false, round: 1 });
    expect(held(await hold(1_000))).toBe(0);
    expect(await capture(before, 1_000)).toMatchObject({ ok: true, value: { captured: 1_000 } });
    await object.shut(call, { cardId, shut: false, round: 3 });
    expect(held(await hold(1_000))).toBe(1_000);
    const word = { cardId, byId, reason: 'Reported as stolen' };
    expect(await object.disable(call, { ...word, key: 'a', disabled: true })).toMatchObject({
      value: { state: 'disabled' },
    });
    expect(held(await hold(1_000))).toBe(0);
    await object.disable(call, { ...word, key: 'b', disabled: false });
    // A late repeat of the first word changes nothing.
    expect(await object.disable(call, { ...word, key: 'a', disabled: true })).toMatchObject({
      value: { state: 'active' },
    });
  });

  it('loses what is left when it is withdrawn, and keeps what comes back from orders afterwards', async () => {
    const { open, activate, object, cardId, hold, capture, refund, balance, kept } = card();
    await open();
    await activate();
    const spent = order();
    await hold(2_000, spent);
    await capture(spent, 2_000);
    await object.withdraw(call, { cardId, reason: 'Refunded' });
    expect(await balance()).toBe(0);
    expect(held(await hold(100))).toBe(0);
    expect((await object.look(call))?.state).toBe('withdrawn');
    await refund(spent, 2_000);
    expect(held(await hold(2_000))).toBe(2_000);
    expect((await kept()).entries).toBe(2_000);
  });

  it('is adjusted by staff within what a card can be worth, once a key', async () => {
    const { open, activate, object, cardId, balance } = card();
    await open({ value: 1_000 });
    await activate();
    const adjust = (key: string, change: number) =>
      object.adjust(call, { cardId, key, change, byId, reason: 'As agreed' });
    expect(await adjust('a', -1_001)).toEqual({ ok: false, error: 'too_much' });
    expect(await adjust('b', 99_999_999)).toEqual({ ok: false, error: 'too_much' });
    await Promise.all([adjust('c', 500), adjust('c', 500)]);
    expect(await adjust('c', 400)).toEqual({ ok: false, error: 'key_reused' });
    expect(await balance()).toBe(1_500);
  });

  it('expires by its rule, and what comes back later can be spent for a while', async () => {
    const { open, activate, hold, capture, refund, balance, ring } = card();
    await open({ validDays: 10 });
    await activate();
    const spent = order();
    await hold(1_000, spent);
    await capture(spent, 1_000);
    await ring(Date.now() + 9 * DAY_MS);
    expect(await balance()).toBe(4_000);
    await ring(Date.now() + 11 * DAY_MS);
    expect(await balance()).toBe(0);
    const now = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 12 * DAY_MS);
    await refund(spent, 1_000);
    now.mockRestore();
    expect(await balance()).toBe(1_000);
    await ring(Date.now() + 12 * DAY_MS + BACK_VALID_MS - DAY_MS);
    expect(await balance()).toBe(1_000);
    await ring(Date.now() + 13 * DAY_MS + BACK_VALID_MS);
    expect(await balance()).toBe(0);
  });

  it('is worth nothing once its term is over, although its alarm has not rung yet', async () => {
    const { cardId, object, open, activate, hold, release, balance, kept, ring } = card();
    await open({ validDays: 10 });
    await activate();
    const [early, late] = [order(), order()];
    await hold(1_000, early);
    const over = Date.now() + 10 * DAY_MS + 1;
    const now = vi.spyOn(Date, 'now').mockReturnValue(over);
    expect(await balance()).toBe(0);
    expect(held(await hold(1_000, late))).toBe(0);
    expect(await object.takeBack(call, { cardId, key: 'rfd', orderId: late, amount: 1 })).toBe(false);
    // What comes back later is good for a while, and takes nothing with it that had expired.
    await release(early);
    const { expiresAt } = (await object.look(call)) ?? {};
    expect([await balance(), expiresAt]).toEqual([1_000, over + BACK_VALID_MS]);
    await object.adjust(call, { cardId, key: 'more', change: 500, byId, reason: 'As agreed' });
    now.mockRestore();
    await ring(over + 1);
    expect(await kept()).toEqual({ entries: 1_500, card: { balance: 1_500, held: 0 } });
  });

  it('takes nothing with it that had expired when staff add to it before its alarm rang', async () => {
    const { cardId, object, open, activate, balance } = card();
    await open({ validDays: 10 });
    await activate();
    const now = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 11 * DAY_MS);
    await object.adjust(call, { cardId, key: 'more', change: 500, byId, reason: 'As agreed' });
    expect(await balance()).toBe(500);
    now.mockRestore();
  });

  it('is sent once to whom it is for, not before its day and not before it is paid for', async () => {
    const sent: Record<string, unknown>[] = [];
    const mail = vi.spyOn(globalThis, 'fetch').mockImplementation(async (_, init) => {
      sent.push(JSON.parse(await new Response(init?.body).text()) as Record<string, unknown>);
      return Response.json({ id: 'mail' });
    });
    const { cardId, open, activate, ring } = card();
    const sendAt = Date.now() + 3 * DAY_MS;
    const recipient = { email: 'bob@mail.test', name: 'Bob', from: 'Al <b>', message: 'Hi & bye', sendAt };
    await open({ recipient });
    await ring(sendAt + DAY_MS);
    expect(sent).toEqual([]);
    await activate();
    await ring();
    expect(sent).toEqual([]);
    await ring(sendAt + 1);
    await ring(sendAt + DAY_MS);
    mail.mockRestore();
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({ to: 'bob@mail.test', subject: 'A gift card of 50.00 EUR for you' });
    expect(sent[0]?.['text']).toContain(codes.codeOf(cardId, codes.current));
    expect(sent[0]?.['html']).toContain('Al &lt;b&gt;');
  });

  it('is sent to nobody once whom it is for was forgotten, at any time and as often as that is asked', async () => {
    const mail = vi.spyOn(globalThis, 'fetch').mockImplementation(() => {
      throw new Error('a mail was sent');
    });
    const { cardId, object, open, activate, balance, ring } = card();
    expect([await object.forgetRecipient(call), await object.disclose(call)]).toEqual([false, null]);
    const sendAt = Date.now() + DAY_MS;
    const recipient = { email: 'bob@mail.test', name: 'Bob', from: null, message: 'Hi', sendAt };
    await open({ recipient });
    await activate();
    expect((await object.disclose(call))?.recipient).toEqual(recipient);
    const answers = await Promise.all([object.forgetRecipient(call), object.forgetRecipient(call)]);
    expect(answers).toEqual([true, false]);
    await open({ recipient });
    await activate();
    for (const disabled of [true, false])
      await object.disable(call, {
        cardId,
        key: `forgotten-${disabled}`,
        disabled,
        byId,
        reason: 'Looked at',
      });
    await ring(sendAt + DAY_MS);
    expect(mail).not.toHaveBeenCalled();
    mail.mockRestore();
    expect((await object.disclose(call))?.recipient).toBeNull();
    expect(await balance()).toBe(5_000);
  });

  it('tells the lists what happened, each thing once, in whatever order they hear of it', async () => {
    const { cardId, open, activate, hold, capture, ring } = card();
    await open();
    await activate();
    await ring();
    const directory = giftCardDirectory(PAYMENTS_DB);
    const old = await directory.get(cardId);
    expect(old).toMatchObject({ state: 'active', balance: 5_000, held: 0 });
    const id = order();
    await hold(1_000, id);
    await capture(id, 1_000);
    await ring();
    const view = {
      cardId,
      state: 'pending' as const,
      balance: { amount: 5_000, currency: 'EUR' as const },
      held: 0,
      expiresAt: null,
      version: 1,
    };
    await directory.told({ view, entries: [], paymentIds: [] }, Date.now());
    expect(await directory.get(cardId)).toMatchObject({ state: 'active', balance: 4_000, held: 0 });
    expect(
      (await directory.entries(cardId)).map(({ kind, amount, orderId }) => [kind, amount, orderId]),
    ).toEqual([
      ['issued', 5_000, null],
      ['debited', -1_000, id],
    ]);
  });

  it('has what its backup had as soon as it is put back', async () => {
    const { open, activate, object, hold } = card();
    await open();
    await activate();
    await hold(1_000);
    const copy = await object.copy(call);
    if (copy === null) throw new Error('nothing was copied');
    const restored = card();
    expect(await restored.balance()).toBeUndefined();
    expect(await restored.object.paste(call, { copy, replace: false })).toBe(true);
    expect(await restored.balance()).toBe(4_000);
  });

  it('never has less than nothing, and its entries add up to what it has, whatever is asked in whatever order', async () => {
    const names = ['a', 'b', 'c'] as const;
    const step = oneof(
      record({
        do: constant('hold' as const),
        of: constantFrom(...names),
        amount: integer({ min: 1, max: 1_500 }),
      }),
      record({
        do: constant('capture' as const),
        of: constantFrom(...names),
        amount: integer({ min: 1, max: 900 }),
        key: nat({ max: 2 }),
        final: boolean(),
      }),
      record({ do: constant('release' as const), of: constantFrom(...names) }),
      record({
        do: constant('refund' as const),
        of: constantFrom(...names),
        amount: integer({ min: 1, max: 900 }),
        key: nat({ max: 2 }),
      }),
      record({ do: constant('withdraw' as const) }),
      record({
        do: constant('adjust' as const),
        amount: integer({ min: -900, max: 900 }),
        key: nat({ max: 2 }),
      }),
    );
    await assert(
      asyncProperty(array(step, { maxLength: 25 }), async (steps) => {
        const { cardId, object, open, activate, hold, capture, release, refund, kept } = card();
        await open({ value: 1_000 });
        await activate();
        const orders = { a: order(), b: order(), c: order() };
        for (const each of steps) {
          if (each.do === 'hold') await hold(each.amount, orders[each.of]);
          else if (each.do === 'capture')
            await capture(orders[each.of], each.amount, `${each.key}`, each.final);
          else if (each.do === 'release') await release(orders[each.of]);
          else if (each.do === 'refund')
            await refund(orders[each.of], each.amount, `${orders[each.of]}:${each.key}`);
          else if (each.do === 'withdraw') await object.withdraw(call, { cardId, reason: 'x' });
          else
            await object.adjust(call, { cardId, key: `${each.key}`, change: each.amount, byId, reason: 'x' });
          const { entries, card: now } = await kept();
          expect(entries).toBe(now.balance + now.held);
          expect(Math.min(now.balance, now.held)).toBeGreaterThanOrEqual(0);
        }
      }),
      { numRuns: 40 },
    );
  });
});
