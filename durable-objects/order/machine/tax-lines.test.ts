import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PricedTax } from '#shared/domain/pricing/priced.ts';
import { allocate } from '#shared/domain/pricing/allocate.ts';
import { delivered, lineOf, orderOf } from '../testing/documents.ts';
import { after, dispute, sold, told } from '../testing/disputed.ts';
import type { Line, OrderDocument, OutsideMove, Refund } from './document.ts';
import { planRefund } from './after-sale/settlement.ts';
import { taxLinesOf, type TaxLine } from './tax-lines.ts';

/** Lines of any price under no, one or several taxes, some handed over. */
const lines: fc.Arbitrary<Line[]> = fc
  .array(
    fc
      .record({
        unit: fc.integer({ min: 0, max: 20_000 }),
        quantity: fc.integer({ min: 1, max: 5 }),
        rates: fc.array(fc.integer({ min: 0, max: 250_000 }), { maxLength: 3 }),
        isDelivered: fc.boolean(),
      })
      .map(({ unit, quantity, rates, isDelivered }) => ({ unit, quantity, rates, isDelivered })),
    { minLength: 1, maxLength: 5 },
  )
  .map((found) =>
    found.map(({ unit, quantity, rates, isDelivered }, index) => {
      const total = unit * quantity;
      const rate = rates.reduce((sum, each) => sum + each, 0);
      const shares =
        rates.length === 0 ? [] : allocate(Math.floor((total * rate) / (1_000_000 + rate)), rates);
      const taxes: PricedTax[] = rates.map((ratePpm, at) => ({
        name: `Tax ${at}`,
        ratePpm,
        amount: shares[at] ?? 0,
        included: true,
      }));
      const line = lineOf(index + 1, { quantity });
      const priced = {
        ...line,
        price: { ...line.price, unitPrice: unit, quantity, subtotal: total, total, taxes },
      };
      return isDelivered ? delivered(priced, 1_000 + index) : priced;
    }),
  );

const refundOf = (id: string, plan: Pick<Refund, 'parts' | 'shipping' | 'amount'>): Refund => ({
  id,
  paymentId: 'pi_1',
  state: 'made',
  cause: 'granted',
  lineIds: plan.parts.map(({ lineId }) => lineId),
  returnId: null,
  renewedAs: null,
  by: { kind: 'operator', id: null },
  why: '',
  at: 5_000,
  settledAt: 5_000,
  ...plan,
});
/** Gives back amounts one after the other, as far as there is something left; at last all of it when `whole`. */
function refunded(document: OrderDocument, amounts: readonly number[], whole: boolean): OrderDocument {
  const wishes = [
    ...amounts.map((amount) => ({ of: 'amount' as const, amount, shipping: true })),
    ...(whole ? [{ of: 'everything' as const }] : []),
  ];
  return wishes.reduce((now, wish, index) => {
    const plan = planRefund(now, wish);
    return plan.ok && plan.value.amount > 0
      ? { ...now, refunds: [...now.refunds, refundOf(`rfd_${index}`, plan.value)] }
      : now;
  }, document);
}

/** With its taxes, each thing counted once. */
const grossOf = (rows: readonly TaxLine[]): number =>
  rows.reduce((sum, row) => sum + row.tax + (row.taxIndex === 0 ? row.net : 0), 0);
const taxOf = (rows: readonly TaxLine[]): number => rows.reduce((sum, row) => sum + row.tax, 0);
const shippingPrice = fc.constantFrom(0, 499);

describe('what an order means to the tax office', () => {
  it('adds up to what was handed over and what was given back of it', () => {
    fc.assert(
      fc.property(
        lines,
        shippingPrice,
        fc.array(fc.integer({ min: 1, max: 9_000 }), { maxLength: 4 }),
        fc.boolean(),
        (all, shipping, amounts, whole) => {
          const document = refunded(orderOf(all, { shipping }), amounts, whole);
          const rows = taxLinesOf(document);
          const sold = document.lines.filter((line) => line.deliveredAt !== null);
          const sales = rows.filter(({ kind }) => kind === 'sale');
          expect(grossOf(sales)).toBe(
            sold.reduce((sum, line) => sum + line.price.total, 0) + (sold.length > 0 ? shipping : 0),
          );
          expect(taxOf(sales)).toBe(
            sold.flatMap((line) => line.price.taxes).reduce((sum, tax) => sum + tax.amount, 0),
          );
          expect(0 - grossOf(rows.filter(({ kind }) => kind === 'refund'))).toBe(
            document.refunds.reduce((sum, refund) => sum + refund.amount, 0),
          );
        },
      ),
      { numRuns: 300 },
    );
  });

  it('leaves nothing of any tax once everything was given back, in however many parts', () => {
    fc.assert(
      fc.property(
        lines,
        shippingPrice,
        fc.array(fc.integer({ min: 1, max: 9_000 }), { maxLength: 4 }),
        (all, shipping, amounts) => {
          const rows = taxLinesOf(refunded(orderOf(all, { shipping }), amounts, true));
          const left = new Map<string, number>();
          for (const { lineId, taxIndex, tax } of rows) {
            const key = `${lineId} ${taxIndex}`;
            left.set(key, (left.get(key) ?? 0) + tax);
          }
          expect([...left.values()].filter((tax) => tax !== 0)).toEqual([]);
          expect(grossOf(rows)).toBe(0);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('takes a sale back when the line is lost after it was handed over', () => {
    const line = { ...delivered(lineOf(1), 1_000), state: 'undone' as const };
    const rows = taxLinesOf({ ...orderOf([line], {}), updatedAt: 9_000 });
    expect(rows.map(({ kind, at, net }) => [kind, at, net])).toEqual([
      ['sale', 1_000, 500],
      ['reversal', 9_000, -500],
    ]);
  });

  /** Net and tax of everything, sales less what went back. */
  const leftOver = (rows: readonly TaxLine[]): number[] => [grossOf(rows), taxOf(rows)];
  const taxes = [{ name: 'VAT', ratePpm: 190_000, amount: 80, included: true }];
  const taxed = (line: Line): Line => ({ ...line, price: { ...line.price, taxes } });
  /** One parcel of 5.00, sent for 5.00, both with tax. */
  function parcel(): OrderDocument {
    const document = orderOf([delivered(taxed(lineOf(1)), 1_000)], { shipping: 500 });
    if (document.pricing?.shipping) document.pricing.shipping.taxes = taxes;
    return document;
  }
  const undone = (document: OrderDocument): OrderDocument => ({
    ...document,
    state: 'refunded',
    lines: document.lines.map((line) => ({ ...line, state: 'undone' })),
  });

  it('leaves nothing of the tax on the shipping that went back in parts', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 700 }), { maxLength: 4 }), (amounts) => {
        expect(leftOver(taxLinesOf(refunded(parcel(), amounts, true)))).toEqual([0, 0]);
      }),
    );
  });

  it('takes back what is left when an order is undone of which a part was given back, the shipping too', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 700 }), { maxLength: 4 }),
        fc.boolean(),
        (amounts, whole) => {
          const rows = taxLinesOf(undone(refunded(parcel(), amounts, whole)));
          expect(leftOver(rows)).toEqual([0, 0]);
        },
      ),
    );
    expect(
      taxLinesOf(undone(parcel())).map(({ kind, lineId, net, tax }) => [
        kind,
        lineId === 'shipping',
        net,
        tax,
      ]),
    ).toEqual([
      ['sale', false, 420, 80],
      ['sale', true, 420, 80],
      ['reversal', false, -420, -80],
      ['reversal', true, -420, -80],
    ]);
  });

  it('takes a sale back on the day its money began to go back, whatever happens to the order later', () => {
    const part = refunded(parcel(), [100], false);
    const refund: Refund = {
      ...refundOf('rfd_all', { parts: [], shipping: 0, amount: 900 }),
      cause: 'undone',
      at: 7_000,
    };
    const rows = taxLinesOf({ ...undone(part), refunds: [...part.refunds, refund], updatedAt: 99_000 });
    expect(rows.filter(({ kind }) => kind === 'reversal').map(({ at }) => at)).toEqual([7_000, 7_000]);
  });

  it('says when a refund was sent back, so that no month already reported changes and no tax is deducted twice', () => {
    const granted = refunded(parcel(), [300, 150], false);
    const before = taxLinesOf(granted);
    const [first, ...others] = granted.refunds;
    if (first === undefined) throw new Error('nothing was refunded');
    const failed: Refund = { ...first, state: 'failed', settledAt: 6_000, renewedAs: 'rfd_9' };
    const again: Refund = { ...first, id: 'rfd_9', at: 7_000, settledAt: 7_000 };
    const sentBack = taxLinesOf({ ...granted, refunds: [failed, ...others] });
    const renewed = taxLinesOf({ ...granted, refunds: [failed, ...others, again] });
    const upTo = (rows: readonly TaxLine[], at: number) => rows.filter((row) => row.at < at);
    expect([upTo(sentBack, 6_000), upTo(renewed, 6_000)]).toEqual([before, before]);
    const back = renewed.filter(({ at }) => at === 6_000);
    expect(back.map(({ kind, reference }) => [kind, reference])).toEqual([
      ['refund', first.id],
      ['refund', first.id],
    ]);
    expect(grossOf(back)).toBe(300);
    expect(leftOver(renewed)).toEqual(leftOver(before));
    expect(leftOver(taxLinesOf(undone({ ...granted, refunds: [failed, ...others] })))).toEqual([0, 0]);
  });

  it('keeps the day on which an order was taken back when its refund was sent back and made again', () => {
    const refund = (id: string, at: number, more: Partial<Refund>): Refund => ({
      ...refundOf(id, { parts: [], shipping: 0, amount: 1_000 }),
      cause: 'undone',
      at,
      ...more,
    });
    const refunds = [
      refund('rfd_late', 6_000, { cause: 'not_delivered' }),
      refund('rfd_a', 7_000, { state: 'failed', settledAt: 8_000 }),
      refund('rfd_b', 9_000, {}),
    ];
    const rows = taxLinesOf({ ...undone(parcel()), refunds, updatedAt: 99_000 });
    expect(rows.filter(({ kind }) => kind === 'reversal').map(({ at }) => at)).toEqual([7_000, 7_000]);
  });

  it('forgets a refund that the provider never made, and says nothing of what was never handed over', () => {
    const document = refunded(orderOf([delivered(lineOf(1))], {}), [200], false);
    const failed = document.refunds.map((refund): Refund => ({
      ...refund,
      state: 'failed',
      settledAt: null,
    }));
    expect(taxLinesOf({ ...document, refunds: failed }).map(({ kind }) => kind)).toEqual(['sale']);
    expect(taxLinesOf(orderOf([lineOf(1)], {}))).toEqual([]);
  });
});

describe('what goes back past the order', () => {
  const outside = ({ kind }: TaxLine): boolean => kind === 'refund_outside' || kind === 'chargeback';
  const taxed = (line: Line, tax: number): Line => ({
    ...line,
    price: { ...line.price, taxes: [{ name: 'VAT', ratePpm: 190_000, amount: tax, included: true }] },
  });

  it('lowers the tax when the order hears of it, of each article in proportion, until it comes back', () => {
    const order = sold(taxed(lineOf(1), 80), taxed(lineOf(2), 80));
    const refund = (amount: number, state: 'succeeded' | 'failed') => ({
      refunded: state === 'succeeded' ? amount : 0,
      refunds: [{ refundId: 're_1', amount, state, reference: null }],
    });
    const given = after(order, told(order, refund(400, 'succeeded'))).document;
    const rows = taxLinesOf(given).filter(outside);
    expect(rows.map(({ kind, at, net, tax }) => [kind, at, net, tax])).toEqual([
      ['refund_outside', 100_000, -168, -32],
      ['refund_outside', 100_000, -168, -32],
    ]);
    const back = after(given, told(order, refund(400, 'failed'))).document;
    const all = taxLinesOf(back).filter(outside);
    expect(all).toHaveLength(4);
    expect([grossOf(all), taxOf(all)]).toEqual([0, 0]);
  });

  it('lowers it for a dispute that is lost, not for one that is open or won', () => {
    const order = sold(taxed(lineOf(1), 80));
    const heard = (state: 'open' | 'won' | 'lost') =>
      taxLinesOf(after(order, told(order, { disputes: [dispute(state, 300)] })).document).filter(outside);
    expect([heard('open'), heard('won')]).toEqual([[], []]);
    expect(heard('lost').map(({ kind, reference, net, tax }) => [kind, reference, net, tax])).toEqual([
      ['chargeback', 'du_1', -252, -48],
    ]);
  });

  it('is no part of a sale where it went back instead of what was never handed over', () => {
    const [kept, never] = [delivered(lineOf(1)), { ...lineOf(2), state: 'undone' as const }];
    const order = orderOf([kept, never], {});
    const move: OutsideMove = { kind: 'refund_outside', reference: '', at: 1, amount: never.price.total };
    const moved = { ...order, payment: { ...order.payment, outsideMoves: [move] } };
    expect(taxLinesOf(moved).filter(outside)).toEqual([]);
    const more = { ...move, at: 2, amount: 100 };
    const beyond = { ...order, payment: { ...order.payment, outsideMoves: [move, more] } };
    expect(grossOf(taxLinesOf(beyond).filter(outside))).toBe(-100);
  });

  it('leaves nothing of any tax when it is all, and no sale twice, whatever was refunded by choice', () => {
    fc.assert(
      fc.property(
        lines,
        shippingPrice,
        fc.array(fc.integer({ min: 1, max: 9_000 }), { maxLength: 3 }),
        fc.array(fc.integer({ min: -9_000, max: 9_000 }), { maxLength: 4 }),
        (all, shipping, amounts, turns) => {
          const handed = all.map((line) => (line.deliveredAt === null ? delivered(line) : line));
          const order = refunded(orderOf(handed, { shipping }), amounts, false);
          const refundedByChoice = order.refunds.reduce((sum, { amount }) => sum + amount, 0);
          let gone = 0;
          const moves = turns.map((turn, index): OutsideMove => {
            const left = order.total - refundedByChoice - gone;
            const amount = turn < 0 ? Math.max(turn, -gone) : Math.min(turn, left);
            gone += amount;
            return { kind: 'refund_outside', reference: '', at: 6_000 + index, amount };
          });
          const payment = { ...order.payment, captured: order.total, outsideMoves: moves };
          const rows = taxLinesOf({ ...order, payment });
          expect(0 - grossOf(rows.filter(outside))).toBe(gone);
          const rest = {
            ...moves[0],
            at: 9_000,
            amount: order.total - refundedByChoice - gone,
          } as OutsideMove;
          const emptied = { ...payment, outsideMoves: [...moves, { ...rest, kind: 'chargeback' as const }] };
          const none = taxLinesOf({ ...order, payment: emptied });
          expect([grossOf(none), taxOf(none)]).toEqual([0, 0]);
        },
      ),
      { numRuns: 300 },
    );
  });
});
