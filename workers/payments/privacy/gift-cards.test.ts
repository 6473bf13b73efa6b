import { runInDurableObject } from 'cloudflare:test';
import { exports } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import type { IssueGiftCards } from '#shared/contracts/gift-cards.ts';
import type { DataSubjectService } from '#shared/contracts/privacy.ts';
import { newId } from '#shared/ids/ids.ts';
import { migrateDatabases, signedIn } from '#shared/testing/runtime.ts';
import { allOf, tracesIn, tracesInStorage } from '#shared/testing/traces.ts';
import { rfc3339 } from '#shared/time/time.ts';
import { giftCardPorts } from '../ports.ts';
import { env, request } from '../testing.ts';
import { activateCards, issueCards } from '../usecases/gift-cards/issue.ts';

beforeAll(migrateDatabases);
const { DataSubjectRpc: face } = exports as unknown as { DataSubjectRpc: DataSubjectService };
const call = { requestId: 'request-of-the-test' };
const ports = giftCardPorts(env);
const erase = (customerId: string) => allOf((cursor) => face.eraseStep(call, { customerId, cursor }));
const exported = async (customerId: string) =>
  (await allOf((cursor) => face.exportPage(call, { customerId, cursor }))).flatMap(({ items }) =>
    items.filter(({ section }) => section === 'gift_cards').map(({ data }) => data as { id: string }),
  );
const FAR = Date.UTC(2050, 0, 1);

/** Somebody who bought cards that are to be mailed in a far future. */
async function buyer(quantity = 1, customerId = newId('user')) {
  const [orderId, marker] = [newId('order'), `m${crypto.randomUUID()}`];
  const wish: IssueGiftCards = {
    key: `ins_x/${crypto.randomUUID()}`,
    quantity,
    value: { amount: 2_500, currency: 'EUR' },
    validDays: 30,
    orderId,
    customerId,
    recipient: {
      email: `${marker}@mail.test`,
      name: `${marker} Liddell`,
      from: `${marker} Dodgson`,
      message: `Enjoy it, ${marker}`,
      sendAt: FAR,
    },
    byHand: null,
  };
  const issued = await issueCards(ports, call, wish);
  if (!issued.ok) throw new Error(issued.error);
  await activateCards(ports, call, wish.key);
  return { customerId, orderId, marker, wish, cards: issued.value.cards };
}
type Buyer = Awaited<ReturnType<typeof buyer>>;

/** Where the words of a buyer stand: in the tables, and in the objects of their cards. */
async function tracesOf({ marker, cards }: Buyer): Promise<string[]> {
  const inObjects = await Promise.all(
    cards.map(({ cardId }) =>
      runInDurableObject(
        (env.GIFT_CARD as unknown as DurableObjectNamespace).getByName(cardId),
        (_, { storage: { sql } }) => tracesInStorage(sql, marker),
      ),
    ),
  );
  return [...(await tracesIn(env.PAYMENTS_DB, marker)), ...inObjects.flat()];
}
const digestOf = async ({ wish }: Buyer) => (await ports.directory.issue(wish.key))?.fingerprint;
const balanceOf = async (code: string) =>
  (
    await request('/v1/gift-cards/balance', {
      method: 'POST',
      headers: { ...(await signedIn(newId('user'), 'customer')), 'content-type': 'application/json' },
      body: JSON.stringify({ code }),
    })
  ).json();

describe('an export of gift cards', () => {
  it('has what the person bought, with whom it is for as they wrote it, and never the code', async () => {
    const [someone, other] = [await buyer(), await buyer()];
    const [card] = someone.cards;
    const { sendAt: _, ...words } = someone.wish.recipient ?? {};
    const items = await exported(someone.customerId);
    expect(items).toMatchObject([
      {
        id: card?.cardId,
        orderId: someone.orderId,
        state: 'active',
        currency: 'EUR',
        amount: 2_500,
        balance: 2_500,
        recipient: { ...words, sendAt: rfc3339(FAR) },
      },
    ]);
    const said = JSON.stringify(items);
    for (const secret of [card?.code ?? '', card?.code.replaceAll('-', '') ?? '', other.marker])
      expect(said).not.toContain(secret);
    expect(await exported(newId('user'))).toEqual([]);
  });

  it('has each of many once', async () => {
    const someone = await buyer(45);
    const ids = (await exported(someone.customerId)).map(({ id }) => id);
    expect(ids.toSorted()).toEqual(someone.cards.map(({ cardId }) => cardId).toSorted());
  });
});

describe('an erasure of whoever bought gift cards', () => {
  it('leaves no word of whom they are for, the cards with their money, and others as they were', async () => {
    const [someone, other] = [await buyer(45), await buyer()];
    const before = await exported(other.customerId);
    expect(await tracesOf(someone)).toEqual(someone.cards.map(() => 'card.recipient'));

    const steps = await erase(someone.customerId);
    expect(steps.flatMap(({ kept }) => kept)).toEqual([{ section: 'gift_cards', because: 'tax_law' }]);
    const counts = steps.map(({ erased }) => erased['GiftCard'] ?? 0);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(45);

    expect(await tracesOf(someone)).toEqual([]);
    expect(await digestOf(someone)).toBe('erased');
    for (const { code } of someone.cards.slice(0, 2))
      expect(await balanceOf(code)).toMatchObject({ balance: { amount: 2_500 }, isUsable: true });
    expect(await exported(other.customerId)).toEqual(before);
    expect(await tracesOf(other)).toEqual(['card.recipient']);
    expect(await digestOf(other)).not.toBe('erased');
  });

  it('twice, or by several at once, is the same; asked for again nothing of it comes back', async () => {
    const someone = await buyer(3);
    await Promise.all([1, 2, 3].map(() => erase(someone.customerId)));
    const again = await erase(someone.customerId);
    expect(again.map(({ erased }) => erased)).toEqual(again.map(() => ({})));
    expect(again.flatMap(({ kept }) => kept)).toEqual([{ section: 'gift_cards', because: 'tax_law' }]);
    expect(await issueCards(ports, call, someone.wish)).toEqual({ ok: false, error: 'key_reused' });
    await activateCards(ports, call, someone.wish.key);
    expect(await tracesOf(someone)).toEqual([]);
  });

  it('leaves what was bought for an organisation to it', async () => {
    const organisation = await buyer(1, newId('organisation'));
    const someone = await buyer();
    await erase(someone.customerId);
    expect(await tracesOf(organisation)).toEqual(['card.recipient']);
    expect(await exported(someone.customerId)).toHaveLength(1);
  });

  it('finds cards nobody paid for with money: who buys them is told, and is no part of what is asked for', async () => {
    const someone = await buyer();
    const { results } = await env.PAYMENTS_DB.prepare('SELECT 1 FROM payments WHERE order_id = ?')
      .bind(someone.orderId)
      .all();
    expect(results).toEqual([]);
    const unnamed = await issueCards(ports, call, { ...someone.wish, customerId: null });
    expect(unnamed).toEqual({ ok: true, value: { cards: someone.cards } });
    await erase(someone.customerId);
    expect(await tracesOf(someone)).toEqual([]);
  });
});
