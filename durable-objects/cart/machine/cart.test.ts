import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CART_LIMITS } from '#shared/contracts/http/carts.ts';
import { plainLine } from '#shared/domain/pricing/priced.ts';
import { totalsOf } from '#shared/domain/pricing/totals.ts';
import type { Result } from '#shared/domain/result.ts';
import { beginOrder, endOrder, keepQuote } from './checkout.ts';
import { type CartDocument, newCart, type Owner, type Quote, standingQuote } from './document.ts';
import { ABSORBED_KEPT_MAX, absorb, addLine, changeLine, removeLine, type WantedLine } from './lines.ts';
import { claim, mayUse, mergeDelivered, mergeRefused, sameDigest } from './owner.ts';
import { addCode, changeSettings, removeCode } from './settings.ts';

const HASH = 'a'.repeat(64);
const GUEST: Owner = { as: 'guest', tokenHash: HASH };
const CUSTOMER: Owner = { as: 'customer', customerId: 'usr_1' };
const settings = {
  currency: 'EUR',
  locale: 'en',
  delivery: 'together',
  shippingAddress: null,
  destination: null,
  shippingMethodId: null,
} as const;

const emptyCart = (owner: Owner = CUSTOMER, id = 'cart_1'): CartDocument =>
  newCart({ id, owner, settings, at: 1 });
function must<Value>(result: Result<Value, unknown>): Value {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}
let minted = 0;
const filled = (cart: CartDocument, ...lines: WantedLine[]): CartDocument =>
  lines.reduce((all, line) => must(addLine(all, line, `line_${(minted += 1)}`, 2)).cart, cart);
const wanted = (variantId: string, quantity = 1, customisation = {}): WantedLine => ({
  variantId,
  quantity,
  customisation,
});
/** What the cart asks for, however its lines came in. */
const contents = ({ lines }: CartDocument): string[] =>
  lines
    .map(({ variantId, quantity, customisation }) => JSON.stringify([variantId, quantity, customisation]))
    .sort();

const anyLine = fc.record({
  variantId: fc.constantFrom('a', 'b', 'c'),
  quantity: fc.integer({ min: 1, max: 20 }),
  customisation: fc.constantFrom({}, { name: 'Ann' }, { name: 'Bob', size: 2 }),
});

const shuffled = fc
  .array(anyLine, { maxLength: 30 })
  .chain((lines) => fc.tuple(fc.constant(lines), fc.shuffledSubarray(lines, { minLength: lines.length })));

describe('lines', () => {
  it('come to the same cart in whatever order they are added', () => {
    fc.assert(
      fc.property(shuffled, ([lines, others]) => {
        expect(contents(filled(emptyCart(), ...lines))).toEqual(contents(filled(emptyCart(), ...others)));
      }),
    );
  });

  it('of another cart are taken over whole, once', () => {
    fc.assert(
      fc.property(
        fc.array(anyLine, { maxLength: 15 }),
        fc.array(anyLine, { maxLength: 15 }),
        (mine, theirs) => {
          const from = filled(emptyCart(GUEST, 'cart_2'), ...theirs);
          const other = { from: from.id, customerId: 'usr_1', lines: from.lines, codes: [], settings };
          const once = must(absorb(filled(emptyCart(), ...mine), other, 3));
          expect(contents(once)).toEqual(contents(filled(emptyCart(), ...mine, ...theirs)));
          expect(must(absorb(once, other, 4))).toBe(once);
        },
      ),
    );
  });

  it('of many carts, one after the other, leave a bounded memory of which they were', () => {
    let cart = emptyCart();
    for (let n = 0; n < ABSORBED_KEPT_MAX + 50; n += 1) {
      cart = must(
        absorb(cart, { from: `cart_${n}`, customerId: 'usr_1', lines: [], codes: [], settings }, n),
      );
    }
    expect(cart.absorbed).toHaveLength(ABSORBED_KEPT_MAX);
    const repeated = { from: cart.absorbed[0] ?? '', customerId: 'usr_1', lines: [], codes: [], settings };
    expect(must(absorb(cart, repeated, 999))).toBe(cart);
  });

  it('with wishes written in another order are the same line', () => {
    const cart = filled(emptyCart(), wanted('a', 1, { x: 1, y: 2 }), wanted('a', 2, { y: 2, x: 1 }));
    expect(cart.lines.map(({ quantity }) => quantity)).toEqual([3]);
  });

  it('have limits: of lines, of one quantity, of bytes', () => {
    const many = Array.from({ length: CART_LIMITS.lines }, (_, index) => wanted(`v${index}`));
    const full = filled(emptyCart(), ...many);
    expect(addLine(full, wanted('more'), 'l', 3)).toMatchObject({ ok: false, error: { code: 'refused' } });
    expect(must(addLine(full, wanted('v1', 4), 'l', 3)).cart.lines[1]?.quantity).toBe(5);
    const lot = filled(emptyCart(), wanted('a', 10_000));
    expect(addLine(lot, wanted('a'), 'l', 3)).toMatchObject({
      error: { faults: [{ pointer: '/quantity' }] },
    });
    const heavy = { text: 'x'.repeat(16_000) };
    const laden = filled(emptyCart(), ...['a', 'b', 'c', 'd'].map((id) => wanted(id, 1, heavy)));
    expect(addLine(laden, wanted('e', 1, heavy), 'l', 3)).toMatchObject({
      error: { faults: [{ pointer: '/customisation' }] },
    });
  });

  it('of two full carts are all kept, and too many to order until some are removed', () => {
    const many = (name: string) => Array.from({ length: 50 }, (_, index) => wanted(`${name}${index}`));
    const theirs = filled(emptyCart(GUEST, 'cart_2'), ...many('b'));
    const other = { from: 'cart_2', customerId: 'usr_1', lines: theirs.lines, codes: [], settings };
    const both = must(absorb(filled(emptyCart(), ...many('a')), other, 3));
    expect(both.lines).toHaveLength(100);
    const order = { orderId: 'ord_1', quoteId: null, paymentWindowSeconds: 60 };
    expect(beginOrder(both, order, 4)).toMatchObject({
      ok: false,
      error: { faults: [{ pointer: '/lines' }] },
    });
    const third = { ...other, from: 'cart_3' };
    const crowded = { ...third, lines: third.lines.map((line) => ({ ...line, variantId: `c${line.id}` })) };
    expect(absorb(both, crowded, 4)).toEqual({ ok: false, error: { code: 'full' } });
  });

  it('are changed only as they were read, and removed as often as one likes', () => {
    const cart = filled(emptyCart(), wanted('a'));
    const [line] = cart.lines;
    const lineId = line?.id ?? '';
    const changed = must(changeLine(cart, { lineId, ifVersion: 1, quantity: 4 }, 3));
    expect(changed.lines[0]).toMatchObject({ quantity: 4, version: 2 });
    expect(changeLine(changed, { lineId, ifVersion: 1, quantity: 5 }, 3)).toMatchObject({
      error: { code: 'changed' },
    });
    expect(changeLine(cart, { lineId: 'line_x', ifVersion: null, quantity: 5 }, 3)).toMatchObject({
      error: { code: 'line_not_found' },
    });
    const empty = must(removeLine(changed, { lineId, ifVersion: 2 }, 4));
    expect(must(removeLine(empty, { lineId, ifVersion: 2 }, 5))).toBe(empty);
  });
});

describe('whose a cart is', () => {
  it('compares digests whole', () => {
    const digest = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 4 });
    fc.assert(fc.property(digest, digest, (a, b) => sameDigest(a, b) === (a === b)));
  });

  it('is decided by the token until it is claimed, and by the customer from then on', () => {
    const guest = emptyCart(GUEST);
    expect(mayUse(guest, { customerId: 'usr_1', tokenHash: null })).toBe(false);
    expect(mayUse(guest, { customerId: null, tokenHash: 'b'.repeat(64) })).toBe(false);
    const claimed = must(claim(guest, { customerId: 'usr_1', tokenHash: HASH }, null, 3));
    expect(mayUse(claimed, { customerId: null, tokenHash: HASH })).toBe(false);
    expect(mayUse(claimed, { customerId: 'usr_2', tokenHash: HASH })).toBe(false);
    expect(mayUse(claimed, { customerId: 'usr_1', tokenHash: null })).toBe(true);
    expect(JSON.stringify(claimed)).not.toContain(HASH);
  });

  it('keeps the lines of a merge that was refused, and of one that was made not a second time', () => {
    const guest = filled(emptyCart(GUEST), wanted('a'));
    const merged = must(claim(guest, { customerId: 'usr_1', tokenHash: HASH }, 'cart_9', 3));
    expect(addLine(merged, wanted('b'), 'l', 4)).toMatchObject({ error: { code: 'closed' } });
    expect(mergeRefused(merged, 4)).toMatchObject({ state: { name: 'open' }, lines: guest.lines });
    const delivered = mergeDelivered(merged);
    expect(mergeRefused(delivered, 5)).toBe(delivered);
    expect(mergeDelivered(delivered)).toBe(delivered);
  });
});

describe('a quote', () => {
  const price = plainLine(500, 2);
  const of = {
    currency: 'EUR' as const,
    taxMode: 'inclusive' as const,
    destination: { country: 'DE', region: null },
    promotions: [],
  };
  const quoteOf = (cart: CartDocument): Quote => ({
    id: 'quo_1',
    cartVersion: cart.version,
    lineIds: cart.lines.map(({ id }) => id),
    priced: { ...totalsOf(of, [price], null), lines: [price] },
    changes: [],
    createdAt: 10,
    expiresAt: 100,
  });
  const cart = filled(emptyCart(), wanted('a', 2));
  const quoted = keepQuote(cart, quoteOf(cart));
  const order = { orderId: 'ord_1', quoteId: 'quo_1', paymentWindowSeconds: 60 };

  it('holds until its end and not in that moment', () => {
    expect(standingQuote(quoted, 99)?.id).toBe('quo_1');
    expect(standingQuote(quoted, 100)).toBeNull();
    expect(must(beginOrder(quoted, order, 99)).placing.quote).toMatchObject({ expiresAt: 100 });
    expect(beginOrder(quoted, order, 100)).toEqual({ ok: false, error: { code: 'quote_expired' } });
    expect(beginOrder(quoted, { ...order, quoteId: 'quo_2' }, 50)).toMatchObject({ ok: false });
    expect(
      must(beginOrder(quoted, { ...order, quoteId: null }, 50)).placing.quote,
      'nobody saw it',
    ).toBeNull();
  });

  it.each<[string, (cart: CartDocument) => Result<CartDocument, unknown>]>([
    ['another line', (cart) => ({ ok: true, value: filled(cart, wanted('b')) })],
    [
      'another quantity',
      (cart) => changeLine(cart, { lineId: cart.lines[0]?.id ?? '', ifVersion: null, quantity: 9 }, 20),
    ],
    ['a line less', (cart) => removeLine(cart, { lineId: cart.lines[0]?.id ?? '', ifVersion: null }, 20)],
    ['a code', (cart) => addCode(cart, 'TEN', 20)],
    [
      'another currency',
      (cart) => changeSettings(cart, { ifVersion: null, values: { currency: 'USD' } }, 20),
    ],
  ])('ends with %s', (_, act) => {
    expect(standingQuote(must(act(quoted)), 20)).toBeNull();
  });

  it('survives what changes nothing', () => {
    expect(must(removeCode(quoted, 'NONE', 20))).toBe(quoted);
    expect(must(removeLine(quoted, { lineId: 'line_gone', ifVersion: null }, 20))).toBe(quoted);
  });
});

describe('ordering', () => {
  const cart = filled(emptyCart(), wanted('a', 2, { name: 'Ann' }));
  const input = { orderId: 'ord_1', quoteId: null, paymentWindowSeconds: 60 };

  it('closes the cart until the order answers', () => {
    const { cart: ordering, placing } = must(beginOrder(cart, input, 3));
    expect(placing).toMatchObject({ orderId: 'ord_1', customerId: 'usr_1', quote: null });
    expect(placing.request.lines).toEqual([wanted('a', 2, { name: 'Ann' })]);
    expect(beginOrder(ordering, { ...input, orderId: 'ord_2' }, 4)).toMatchObject({
      error: { code: 'closed' },
    });
    expect(addLine(ordering, wanted('b'), 'l', 4)).toMatchObject({ error: { code: 'closed' } });
    expect(endOrder(ordering, 'ord_0', true, 5), 'an answer to an earlier attempt').toBe(ordering);
    expect(endOrder(ordering, 'ord_1', false, 5).state).toEqual({ name: 'open' });
    const ordered = endOrder(ordering, 'ord_1', true, 5);
    expect(ordered.state).toEqual({ name: 'ordered', orderId: 'ord_1' });
    expect(endOrder(ordered, 'ord_1', false, 6)).toBe(ordered);
  });

  it('is for customers, not for guests', () => {
    expect(beginOrder(filled(emptyCart(GUEST), wanted('a')), input, 3)).toMatchObject({
      error: { code: 'not_found' },
    });
  });
});
