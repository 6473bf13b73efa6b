import { beforeAll, describe, expect, it, vi } from 'vitest';
import { migrateDatabases, signedIn } from '#shared/testing/runtime.ts';
import { newId } from '#shared/ids/ids.ts';
import { giftCardIdOf } from '#objects/gift-card/codes.ts';
import { giftCardKeyUseSchema } from '#shared/contracts/http/audit-and-keys.ts';
import { toBase64 } from '#shared/crypto/bytes.ts';
import { keyRing } from '#shared/crypto/key-ring.ts';
import { env, request } from '../testing.ts';
import { giftCardPorts } from '../ports.ts';
import { activateCards, issueCards, withdrawCards } from '../usecases/gift-cards/issue.ts';
import { WRONG_CODES_MAX } from '../usecases/gift-cards/look-up.ts';
import { formatGiftCardCode, GIFT_CARD_CODE_BYTES, giftCardPaymentId } from '#shared/domain/gift-card.ts';

beforeAll(migrateDatabases);

const call = { requestId: 'request-of-the-test' };
const staff = newId('user');
const send = async (
  method: string,
  path: string,
  {
    as = 'operator',
    userId = staff,
    body,
    ip,
    key = crypto.randomUUID(),
  }: {
    as?: 'operator' | 'support' | 'customer';
    userId?: string;
    body?: unknown;
    ip?: string;
    key?: string;
  } = {},
) =>
  request(`/v1/gift-cards${path}`, {
    method,
    headers: {
      ...(await signedIn(userId, as)),
      'content-type': 'application/json',
      'idempotency-key': key,
      ...(ip === undefined ? {} : { 'x-client-ip': ip }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
const NEW = { value: { amount: 2_500, currency: 'EUR' }, reason: 'Goodwill' };
const issued = async (body: object = NEW): Promise<{ id: string; code: string }> => {
  const response = await send('POST', '', { body });
  expect(response.status).toBe(201);
  return response.json();
};
const balanceOf = (code: string, userId = newId('user'), ip?: string) =>
  send('POST', '/balance', { as: 'customer', userId, body: { code }, ...(ip === undefined ? {} : { ip }) });
const wrongCode = () => formatGiftCardCode(crypto.getRandomValues(new Uint8Array(GIFT_CARD_CODE_BYTES)));

describe('gift cards over HTTP', () => {
  it('are issued by hand with a reason, once a key, and their code is in no other answer', async () => {
    const key = crypto.randomUUID();
    const first = await send('POST', '', { body: NEW, key });
    const made = await first.json<{ id: string; code: string }>();
    expect(await (await send('POST', '', { body: NEW, key })).json()).toEqual(made);
    expect((await send('POST', '', { body: { ...NEW, reason: 'Another' }, key })).status).toBe(422);
    expect((await send('POST', '', { body: { value: NEW.value } })).status).toBe(422);
    expect((await send('POST', '', { body: { ...NEW, value: { amount: 0, currency: 'EUR' } } })).status).toBe(
      422,
    );
    const read = await (await send('GET', `/${made.id}`, { as: 'support' })).json();
    expect(read).toMatchObject({
      id: made.id,
      ending: made.code.slice(-4),
      state: 'active',
      balance: { amount: 2_500, currency: 'EUR' },
      issuedBy: staff,
      reason: 'Goodwill',
    });
    expect(JSON.stringify(read)).not.toContain(made.code);
    for (const table of ['gift_cards', 'gift_card_issues', 'gift_card_entries']) {
      const { results } = await env.PAYMENTS_DB.prepare(`SELECT * FROM ${table}`).all();
      expect(JSON.stringify(results)).not.toContain(made.code);
    }
  });

  it('tell their balance to whoever has the code, however it is typed, and nothing to who has not', async () => {
    const { code } = await issued();
    const typed = ` ${code.toLowerCase().replaceAll('-', '')} `;
    expect(await (await balanceOf(typed)).json()).toEqual({
      balance: { amount: 2_500, currency: 'EUR' },
      isUsable: true,
      expiresAt: null,
    });
    const [wrong, mistyped] = [await balanceOf(wrongCode()), await balanceOf('ABCD')];
    expect([wrong.status, mistyped.status]).toEqual([404, 404]);
    expect((await wrong.json<{ detail: string }>()).detail).toBe(
      (await mistyped.json<{ detail: string }>()).detail,
    );
    expect((await request('/v1/gift-cards/balance', { method: 'POST' })).status).toBe(401);
  });

  it('are no cards to anybody before they are paid for, and none once they were taken back', async () => {
    const ports = giftCardPorts(env);
    const key = `ins_x/${crypto.randomUUID()}`;
    const wish = {
      key,
      quantity: 2,
      value: NEW.value as { amount: number; currency: 'EUR' },
      validDays: null,
      orderId: newId('order'),
      customerId: newId('user'),
      recipient: null,
      byHand: null,
    };
    const [one, other] = await Promise.all([issueCards(ports, call, wish), issueCards(ports, call, wish)]);
    expect(one).toEqual(other);
    const [card] = one.ok ? one.value.cards : [];
    const code = card?.code ?? '';
    expect((await balanceOf(code)).status).toBe(404);
    await activateCards(ports, call, key);
    expect((await balanceOf(code)).status).toBe(200);
    await withdrawCards(ports, call, key);
    expect(await (await balanceOf(code)).json()).toMatchObject({ balance: { amount: 0 }, isUsable: false });
    expect(await issueCards(ports, call, wish)).toEqual({ ok: false, error: 'withdrawn' });
    const early = { ...wish, key: `${key}-early` };
    await withdrawCards(ports, call, early.key);
    expect(await issueCards(ports, call, early)).toEqual({ ok: false, error: 'withdrawn' });
  });

  it('let a buyer try so many wrong codes an hour, in parallel too, and then none, not even a right one', async () => {
    const { code } = await issued();
    const buyer = newId('user');
    const tries = await Promise.all(
      Array.from({ length: 2 * WRONG_CODES_MAX.buyer }, () => balanceOf(wrongCode(), buyer)),
    );
    const statuses = tries.map(({ status }) => status);
    expect(statuses.filter((status) => status === 404)).toHaveLength(WRONG_CODES_MAX.buyer);
    expect(statuses.filter((status) => status === 429)).toHaveLength(WRONG_CODES_MAX.buyer);
    const late = await balanceOf(code, buyer);
    expect([late.status, Number(late.headers.get('retry-after')) > 3_000]).toEqual([429, true]);
    expect((await balanceOf(code)).status).toBe(200);
  });

  it('count wrong codes of one network, whoever tries them, and right ones nowhere', async () => {
    const { code } = await issued();
    const ip = '203.0.113.77';
    for (let right = 0; right < WRONG_CODES_MAX.buyer + 2; right += 1)
      expect((await balanceOf(code, staff, ip)).status).toBe(200);
    const trier = newId('user');
    expect((await balanceOf(wrongCode(), trier, ip)).status).toBe(404);
    for (let wrong = 1; wrong < WRONG_CODES_MAX.network; wrong += 1)
      expect((await balanceOf(wrongCode(), newId('user'), ip)).status).toBe(404);
    expect((await balanceOf(code, trier, ip)).status).toBe(429);
    expect((await balanceOf(code, newId('user'), '203.0.113.78')).status).toBe(200);
  });

  it('look for others of a network from which too many tried, until they have a wrong code of their own', async () => {
    const { code } = await issued();
    const ip = '203.0.113.79';
    for (let wrong = 0; wrong < WRONG_CODES_MAX.network; wrong += 1)
      expect((await balanceOf(wrongCode(), newId('user'), ip)).status).toBe(404);
    const neighbour = newId('user');
    for (let right = 0; right < 2; right += 1)
      expect((await balanceOf(code, neighbour, ip)).status).toBe(200);
    const tries = await Promise.all(
      Array.from({ length: WRONG_CODES_MAX.buyer }, () => balanceOf(wrongCode(), neighbour, ip)),
    );
    expect(tries.filter(({ status }) => status === 404).length).toBeLessThanOrEqual(1);
    await balanceOf(wrongCode(), neighbour, ip);
    expect((await balanceOf(code, neighbour, ip)).status).toBe(429);
  });

  it('are adjusted and disabled by staff alone, once a key, with a reason that stays', async () => {
    const { id, code } = await issued();
    const key = crypto.randomUUID();
    const body = { change: -500, reason: 'Counted twice' };
    for (let time = 0; time < 2; time += 1)
      expect(await (await send('POST', `/${id}/adjust`, { body, key })).json()).toMatchObject({
        balance: { amount: 2_000 },
      });
    expect((await send('POST', `/${id}/adjust`, { body: { ...body, change: -400 }, key })).status).toBe(422);
    expect((await send('POST', `/${id}/adjust`, { body: { ...body, change: -2_001 } })).status).toBe(409);
    expect((await send('POST', `/${newId('giftCard')}/adjust`, { body })).status).toBe(404);
    expect((await send('POST', `/${id}/adjust`, { body, as: 'support' })).status).toBe(403);
    expect((await send('GET', '', { as: 'customer' })).status).toBe(403);
    const reason = { reason: 'Reported as stolen' };
    expect(await (await send('POST', `/${id}/disable`, { body: reason })).json()).toMatchObject({
      state: 'disabled',
    });
    expect(await (await balanceOf(code)).json()).toMatchObject({ balance: { amount: 0 }, isUsable: false });
    expect(await (await send('POST', `/${id}/enable`, { body: reason })).json()).toMatchObject({
      state: 'active',
    });
  });

  it('are listed page by page, each once, by state, order and ending', async () => {
    const made = await Promise.all(Array.from({ length: 5 }, () => issued()));
    const seen: string[] = [];
    // What their objects tell arrives a moment later.
    await vi.waitFor(async () => {
      seen.length = 0;
      let next: string | null = null;
      do {
        const query: string = next === null ? '' : `&cursor=${encodeURIComponent(next)}`;
        const page: { items: { id: string }[]; next: string | null } = await (
          await send('GET', `?limit=2${query}`)
        ).json();
        seen.push(...page.items.map(({ id }) => id));
        next = page.next;
      } while (next !== null);
      expect(new Set(seen).size).toBe(seen.length);
      expect(made.filter(({ id }) => !seen.includes(id))).toEqual([]);
    }, 50_000);
    const [card] = made;
    const ending = card?.code.slice(-4) ?? '';
    const found = await (await send('GET', `?ending=${ending}`)).json<{ items: { id: string }[] }>();
    expect(found.items.map(({ id }) => id)).toContain(card?.id);
  });
});

describe('the key of codes', () => {
  const [first, second] = [0, 1].map(() => toBase64(crypto.getRandomValues(new Uint8Array(32))));
  const [before, knowing, making, after] = [
    `${first}`,
    `${first},next:${second}`,
    `${second},${first}`,
    `${second}`,
  ] as const;
  const oldId = keyRing('GIFT_CARD_KEY', before).current.id;
  const at = async (secret: string, method: string, path: string, body?: unknown, key?: string) =>
    request(
      `/v1/gift-cards${path}`,
      {
        method,
        headers: {
          ...(await signedIn(staff, 'admin', 'customer')),
          'content-type': 'application/json',
          'idempotency-key': key ?? crypto.randomUUID(),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      },
      { GIFT_CARD_KEY: secret },
    );
  const made = async (secret: string, key?: string) =>
    (await at(secret, 'POST', '', NEW, key)).json<{ id: string; code: string }>();
  const found = async (secret: string, code: string) =>
    (await at(secret, 'POST', '/balance', { code })).status;
  /** What the ring tells of the old key, as soon as the objects have told the lists. */
  const toldOfOld = (rows: Record<string, number>, isDroppable = false) =>
    vi.waitFor(async () => {
      const use = giftCardKeyUseSchema.parse(await (await at(making, 'GET', '/keys')).json());
      expect(use.giftCards.find(({ id }) => id === oldId)).toEqual({
        id: oldId,
        use: 'opens',
        rows,
        isDroppable,
      });
    }, 50_000);

  it('is told of to administrators alone', async () => {
    for (const as of ['customer', 'support', 'operator'] as const)
      expect((await send('GET', '/keys', { as })).status).toBe(403);
    expect((await request('/v1/gift-cards/keys')).status).toBe(401);
  });

  it('is changed while instances of before and after serve, and the old one goes when no card can need it', async () => {
    const [named, lost] = [crypto.randomUUID(), crypto.randomUUID()];
    const old = await made(before, named);
    const fresh = await made(making);
    for (const secret of [knowing, making])
      for (const { code } of [old, fresh]) expect(await found(secret, code)).toBe(200);
    expect([await found(before, fresh.code), await found(after, old.code)]).toEqual([404, 404]);
    // Asked for again where the new key makes codes: the same card, the same code.
    expect(await made(making, named)).toEqual(old);
    await toldOfOld({ 'gift_cards.balance': 1 });

    // A card that nobody was given yet: its row is there before it is, and counts until it is known that it never comes.
    const { directory, card } = giftCardPorts({ ...env, GIFT_CARD_KEY: before });
    await directory.begin(lost, { quantity: 1, fingerprint: 'x', now: 1 });
    const row = {
      orderId: null,
      customerId: null,
      byId: null,
      reason: '',
      currency: 'EUR',
      value: 1,
    } as const;
    await directory.register([
      {
        ...row,
        id: giftCardIdOf(lost, 0),
        issueKey: lost,
        codeHash: lost,
        codeKey: oldId,
        ending: '0000',
        createdAt: 1,
      },
    ]);
    await toldOfOld({ 'gift_cards.balance': 2 });
    await withdrawCards(giftCardPorts(env), call, lost);
    await toldOfOld({ 'gift_cards.balance': 1 });

    const orderId = newId('order');
    const paymentId = giftCardPaymentId(old.id, orderId, 1);
    const wish = { paymentId, orderId, attempt: 1, currency: 'EUR', amount: 2_500, restMin: 0 } as const;
    await card(old.id, (object) => object.hold(call, wish));
    // Held: nothing can be spent, and it may come back.
    await vi.waitFor(async () => {
      expect(await directory.get(old.id)).toMatchObject({ balance: 0, held: 2_500 });
    }, 50_000);
    await toldOfOld({ 'gift_cards.balance': 1 });
    const step = { paymentId, key: 'a', amount: 2_500, final: true };
    await card(old.id, (object) => object.capture(call, step));
    await toldOfOld({ 'gift_cards.spent': 1 });
    const back = { paymentId, reference: 'r', amount: 2_500 };
    await card(old.id, (object) => object.refund(call, back));
    await toldOfOld({ 'gift_cards.balance': 1 });
    const take = { cardId: old.id, key: 'k', orderId, amount: 500 };
    expect(await card(old.id, (object) => object.takeBack(call, take))).toBe(true);
    await at(making, 'POST', `/${old.id}/adjust`, { change: -2_000, reason: 'Given out in cash' });
    // What went back to who bought it comes to the card again when that fails.
    await toldOfOld({ 'gift_cards.spent': 1 });
    await card(old.id, (object) => object.giveBack(call, take));
    await toldOfOld({ 'gift_cards.balance': 1 });
    await at(making, 'POST', `/${old.id}/adjust`, { change: -500, reason: 'Given out in cash' });
    await toldOfOld({}, true);
    expect(await found(after, fresh.code)).toBe(200);
  });

  it('that is dropped too early is told as missing, with the cards nobody can spend', async () => {
    const { code } = await made(before);
    await vi.waitFor(async () => {
      const use = giftCardKeyUseSchema.parse(await (await at(after, 'GET', '/keys')).json());
      expect(use.giftCards.find(({ id }) => id === oldId)).toEqual({
        id: oldId,
        use: 'missing',
        rows: { 'gift_cards.balance': 1 },
        isDroppable: false,
      });
    }, 50_000);
    expect(await found(after, code)).toBe(404);
  });
});
