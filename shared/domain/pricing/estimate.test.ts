import { describe, expect, it } from 'vitest';
import { assert, property } from 'fast-check';
import { priceLeniently, waysToSend } from './estimate.ts';
import { priceUntaxed } from './price.ts';
import { anyOrder, hexId, line, offer, order } from './testing.ts';

const percent = (ratePpm: number) => ({ type: 'percent' as const, ratePpm, lines: {} });
const way = {
  id: hexId('ship', 1),
  title: 'Parcel',
  taxClass: 'standard',
  position: 0,
  rates: [{ type: 'flat' as const, currency: 'EUR' as const, amount: 490, freeFrom: null }],
};

describe('an estimate', () => {
  it('always comes to a price, and names just what an order would be refused for at first', () => {
    assert(
      property(anyOrder, (input) => {
        const strict = priceUntaxed(input);
        const lenient = priceLeniently({ ...input, shipping: { ...input.shipping, offered: true } });
        expect(lenient.untaxed).not.toBeNull();
        const named = new Set(lenient.refusedCodes.map(({ code }) => code));
        const first = strict.ok
          ? []
          : strict.error.map(({ pointer }) => input.codes[Number(pointer.split('/')[2])] ?? '');
        expect(first.filter((code) => code !== '' && !named.has(code))).toEqual([]);
      }),
    );
  });

  it('leaves out what does not count and keeps what does', () => {
    const ten = offer(percent(100_000), { code: 'TEN' });
    const { untaxed, refusedCodes } = priceLeniently(order({ codes: ['NO', 'TEN'], offers: [ten] }));
    expect(untaxed?.parts).toEqual([{ amount: 900, taxClass: 'standard' }]);
    expect(refusedCodes).toEqual([{ code: 'NO', detail: 'is not a code that counts now' }]);
  });

  it('takes the cheapest way for one that does not serve, and says so', () => {
    const shipping = { methods: [way], offered: true, wanted: hexId('ship', 9) };
    const { untaxed, refusals } = priceLeniently(order({ lines: [line({ parcelGrams: 1 })], shipping }));
    expect(untaxed?.parts).toHaveLength(2);
    expect(refusals).toMatchObject([{ pointer: '/shippingMethodId' }]);
  });

  it('leaves the shipping out where nothing can be sent, and has no price for too much', () => {
    const nowhere = { methods: [], offered: true, wanted: null };
    const parcel = [line({ parcelGrams: 1 })];
    expect(priceLeniently(order({ lines: parcel, shipping: nowhere }))).toMatchObject({
      untaxed: { parts: [{ amount: 1_000 }] },
      refusals: [{ pointer: '/destination' }],
    });
    const much = priceLeniently(order({ lines: [line({ unitPrice: 99_999_999, quantity: 2 })] }));
    expect(much).toMatchObject({ untaxed: null, refusals: [{ pointer: '/lines' }] });
  });

  it('names every way to send, when something is sent', () => {
    const shipping = { methods: [way], offered: true, wanted: null };
    expect(waysToSend(order({ shipping }))).toEqual([]);
    expect(waysToSend(order({ lines: [line({ parcelGrams: 1 })], shipping }))).toEqual([
      { id: way.id, title: 'Parcel', amount: 490 },
    ]);
  });
});
