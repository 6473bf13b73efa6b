import { describe, expect, it } from 'vitest';
import { plainLine } from '#shared/domain/pricing/priced.ts';
import { DAY_MS } from '#shared/time/time.ts';
import { delivered, frozenPrice, lineOf, orderOf } from '../../testing/documents.ts';
import type { Actor, Line, OrderDocument } from '../document.ts';
import { transition } from '../transition.ts';
import { publicOrder } from '../view.ts';
import { checkAfterSale, NOTES_MAX, RETURN_DAYS_DEFAULT } from './check.ts';
import type { AfterSaleCommand, AfterSaleError } from './events.ts';

const AT = 1_000;
const operator: Actor = { kind: 'operator', id: 'usr_1' };
const customer: Actor = { kind: 'customer', id: 'usr_2' };
const asked = { by: operator, why: '' };
const RETURN = 'ret_1';
const key = (index: number, values: Partial<Line> = {}): Line =>
  lineOf(index, {
    stockTracked: false,
    fulfilment: { template: 'licence-key', activationsMax: 1, validDays: null },
    ...values,
  });
const PARCEL = lineOf(1, { quantity: 3 });
const KEY = key(2, { quantity: 2 });
const LOST = lineOf(3, { state: 'undone' });
/** Three units of a parcel and two keys handed over, and a line that never came and was not charged. */
const order = paying(orderOf([delivered(PARCEL), delivered(KEY), LOST], {}), 2_500);
function paying(document: OrderDocument, captured: number): OrderDocument {
  return { ...document, payment: { ...document.payment, authorised: captured, captured } };
}

const check = (document: OrderDocument, command: AfterSaleCommand, at = AT): AfterSaleError | null =>
  checkAfterSale(document, { ...command, at });
/** What is wrong with the wish, field by field; the text alone of what is not allowed at all. */
function refused(document: OrderDocument, command: AfterSaleCommand, at = AT): string[] {
  const error = check(document, command, at);
  if (error === null) return [];
  if (error.code === 'refused') return error.refusals.map(({ pointer, detail }) => `${pointer} ${detail}`);
  return [error.code === 'not_allowed' ? error.detail : error.code];
}
const after = (document: OrderDocument, ...commands: AfterSaleCommand[]): OrderDocument =>
  commands.reduce((now, command) => {
    expect(refused(now, command)).toEqual([]);
    return transition(now, { ...command, at: AT }).document;
  }, document);

const note = (text: string): AfterSaleCommand => ({
  type: 'note.added',
  noteId: 'note_1',
  by: operator,
  text,
  visible: false,
});
const refund = (
  values: Partial<Extract<AfterSaleCommand, { type: 'refund.requested' }>>,
): AfterSaleCommand => ({
  type: 'refund.requested',
  refundId: 'rfd_1',
  wish: { of: 'lines', lines: [{ lineId: PARCEL.id, quantity: 1 }], shipping: false },
  revoke: [],
  restock: [],
  ...asked,
  ...values,
});
const unitsOf = (...lines: [Line, number][]) => lines.map(([{ id }, quantity]) => ({ lineId: id, quantity }));
const giving = (...lines: [Line, number][]) => ({
  of: 'lines' as const,
  lines: unitsOf(...lines),
  shipping: false,
});
const sendBack = (
  lines: [Line, number, string?][],
  values: { by?: Actor; returnId?: string } = {},
): AfterSaleCommand => ({
  type: 'return.requested',
  returnId: RETURN,
  wish: 'refund',
  lines: lines.map(([{ id }, quantity, reason = '']) => ({ lineId: id, quantity, reason })),
  ...asked,
  ...values,
});
const approve = (returnId = RETURN): AfterSaleCommand => ({ type: 'return.approved', returnId, ...asked });
const receive = (restock: { lineId: string; quantity: number }[]): AfterSaleCommand => ({
  type: 'return.received',
  returnId: RETURN,
  restock,
  ...asked,
});
const exchange = (returnId = RETURN): AfterSaleCommand => ({
  type: 'return.exchanged',
  returnId,
  orderId: `ord_${returnId}`,
  ...frozenPrice(order),
  used: 0,
  refundId: `rfd_${returnId}`,
  ...asked,
});

describe('words that people add to an order', () => {
  it('are bounded in bytes, since the order is one row: a reason of 1024 bytes is taken and a longer one is not', () => {
    const words = (bytes: number): AfterSaleCommand => refund({ why: 'x'.repeat(bytes - 2) });
    expect(refused(order, words(1_024))).toEqual([]);
    expect(refused(order, words(1_025))).toEqual(['/reason takes more than 1024 bytes']);
    expect(refused(order, refund({ why: 'ü'.repeat(600) }))).toEqual(['/reason takes more than 1024 bytes']);
  });

  it('as notes are bounded in number and in bytes together, and as reasons of a return as well', () => {
    const kept = (count: number, text: string) => ({
      ...order,
      notes: Array.from({ length: count }, () => ({ id: 'n', visible: true, at: 1, by: operator, text })),
    });
    expect(refused(kept(NOTES_MAX - 1, ''), note(''))).toEqual([]);
    expect(refused(kept(NOTES_MAX, ''), note(''))).toEqual([`An order has at most ${NOTES_MAX} notes.`]);
    // 100 × 1,998 characters and their quotation marks are all that there may be.
    const full = kept(99, 'x'.repeat(1_998));
    expect(refused(full, note('x'.repeat(1_998)))).toEqual([]);
    expect(refused(full, note('x'.repeat(1_999)))).toEqual(['An order has at most 200000 bytes of notes.']);

    const reasons = (bytes: number) =>
      sendBack([
        [PARCEL, 1, 'x'.repeat(bytes / 2 - 2)],
        [KEY, 1, 'x'.repeat(bytes / 2 - 2)],
      ]);
    expect(refused(order, reasons(8_192))).toEqual(['/lines/1/lineId was not sent as a parcel']);
    expect(refused(order, reasons(8_194))).toEqual([
      '/lines their reasons take more than 8192 bytes together',
    ]);
  });
});

describe('the cancelling of single lines', () => {
  const lines = [
    lineOf(1),
    lineOf(2, { state: 'provisioning' }),
    lineOf(3, { state: 'provisioned' }),
    lineOf(4, { bundleId: 'line_b' }),
    lineOf(5, { bundleId: 'line_b', state: 'provisioned' }),
  ];
  const { price } = lineOf(4);
  const bundle = { id: 'line_b', productId: 'p', productVersion: 1, variantId: 'v', sku: 'b', title: 'B' };
  const making: OrderDocument = {
    ...orderOf(lines, {}),
    state: 'delivering',
    bundles: [{ ...bundle, variantTitle: '', quantity: 1, price }],
  };
  const cancel = (...lineIds: string[]): AfterSaleCommand => ({ type: 'lines.cancelled', lineIds, ...asked });

  it('is for what is not made yet: what is made is delivered and may be sent back', () => {
    expect(refused(making, cancel(lineOf(1).id, lineOf(2).id))).toEqual([]);
    expect(refused(making, cancel(lineOf(1).id, lineOf(3).id))).toEqual([
      '/lineIds/1 is made already, or being taken back',
    ]);
  });

  it('names what is no line, and takes a bundle as a whole alone', () => {
    expect(refused(making, cancel('line_x', lineOf(4).id))).toEqual([
      '/lineIds/0 is not a line of this order',
      '/lineIds/1 is a part of a bundle: name the bundle, which stays whole',
    ]);
    expect(refused(making, cancel('line_b'))).toEqual(['/lineIds/0 is made already, or being taken back']);
    const open = { ...making, lines: lines.map((line) => ({ ...line, state: 'pending' as const })) };
    expect(refused(open, cancel('line_b'))).toEqual([]);
  });

  it('leaves nothing to be charged, or as much as can be: for cents the whole order would end', () => {
    const cents = lineOf(6, { price: plainLine(49, 1) });
    const held = { ...orderOf([delivered(lineOf(1)), lineOf(2), cents], {}), state: 'delivering' as const };
    const at = (captured: number, status: 'authorised' | 'captured' = 'authorised'): OrderDocument => ({
      ...held,
      payment: { ...held.payment, status, captured },
    });
    const own = lineOf(1).price.total;
    const few = ['/lineIds leaves 49 to be charged, and 50 is the least that can be: leave more, or nothing'];
    expect(refused(at(own), cancel(lineOf(2).id))).toEqual(few);
    expect(refused(at(own + 1), cancel(lineOf(2).id))[0]).toContain('leaves 48');
    expect(refused(at(own - 1), cancel(lineOf(2).id))).toEqual([]);
    expect(refused(at(own), cancel(lineOf(2).id, cents.id))).toEqual([]);
    expect(refused(at(own), cancel(cents.id))).toEqual([]);
    expect(refused(at(held.total, 'captured'), cancel(lineOf(2).id))).toEqual([]);
  });

  it('is refused where lines are not delivered one by one', () => {
    expect(refused({ ...making, state: 'provisioning' }, cancel(lineOf(1).id))).toEqual([
      'Single lines can be cancelled only while an order is delivered line by line.',
    ]);
  });
});

describe('a refund', () => {
  it('takes back what was made only when all units of it are given back', () => {
    const both = refund({ wish: giving([KEY, 2]), revoke: [KEY.id] });
    expect(refused(order, both)).toEqual([]);
    const one = refund({ wish: giving([KEY, 1], [PARCEL, 1]), revoke: [KEY.id] });
    expect(refused(order, one)).toEqual([
      '/lines/0/instances is taken back only when all of its units are given back',
    ]);
    // The other unit was given back before.
    const before = after(order, refund({ wish: giving([KEY, 1]) }));
    expect(refused(before, { ...one, refundId: 'rfd_2' } as AfterSaleCommand)).toEqual([]);
  });

  it('takes back no parcel, and nothing that is not of the order', () => {
    const revoke = [PARCEL.id, 'line_x'];
    expect(refused(order, refund({ wish: giving([PARCEL, 3]), revoke }))).toEqual([
      '/lines/0/instances a parcel comes back by a return',
      '/instances is not a line of this order',
    ]);
    expect(refused(order, refund({ wish: { of: 'everything' }, revoke: [PARCEL.id] }))).toEqual([
      '/instances a parcel comes back by a return',
    ]);
  });

  it('puts units on the shelf that are given back with it, of an article that has one, once', () => {
    const wish = giving([KEY, 1], [PARCEL, 2]);
    const restock = (quantity: number, line = PARCEL) =>
      refused(order, refund({ wish, restock: unitsOf([line, quantity]) }));
    const detail = 'only units of a stocked article that are given back and not on the shelf again yet';
    expect(restock(2)).toEqual([]);
    expect(restock(3)).toEqual([`/lines/1/restock ${detail}`]);
    expect(restock(1, KEY)).toEqual([`/lines/0/restock ${detail}`]);
    expect(restock(1, lineOf(8))).toEqual([`/restock ${detail}`]);
    const shelved = after(order, refund({ wish, restock: unitsOf([PARCEL, 2]) }));
    const next = refund({ refundId: 'rfd_2', wish: giving([PARCEL, 1]), restock: unitsOf([PARCEL, 1]) });
    expect(refused(shelved, next)).toEqual([]);
    expect(
      refused(after(shelved, next), refund({ wish: { of: 'everything' }, restock: unitsOf([PARCEL, 1]) })),
    ).toEqual([`/restock ${detail}`]);
  });
});

describe('an order', () => {
  it('has forty refunds and twenty returns at most, so that it stays one row', () => {
    const [given] = after(order, refund({})).refunds;
    const refunds = (count: number) => ({
      ...order,
      refunds: Array.from({ length: count }, () => ({ ...given, amount: 0, parts: [] })),
    });
    const more = refund({ wish: giving([KEY, 1]) });
    expect(refused(refunds(39) as OrderDocument, more)).toEqual([]);
    expect(refused(refunds(40) as OrderDocument, more)).toEqual(['An order has at most 40 refunds.']);
    const [declined] = after(order, sendBack([[PARCEL, 1]]), {
      type: 'return.rejected',
      returnId: RETURN,
      ...asked,
    }).returns;
    const returns = (count: number) => ({ ...order, returns: Array.from({ length: count }, () => declined) });
    expect(refused(returns(19) as OrderDocument, sendBack([[PARCEL, 1]], { returnId: 'ret_2' }))).toEqual([]);
    expect(refused(returns(20) as OrderDocument, sendBack([[PARCEL, 1]], { returnId: 'ret_2' }))).toEqual([
      'An order has at most 20 returns.',
    ]);
  });

  it('of an older release counts on the shelf what its returns put there, line by line', () => {
    const restocked = [...unitsOf([PARCEL, 2]), ...unitsOf([lineOf(5), 1])];
    const [found] = after(order, sendBack([[PARCEL, 1]])).returns;
    const older = { ...order, returns: [{ ...found, state: 'refunded', restocked }] } as OrderDocument;
    const wish = giving([PARCEL, 2]);
    expect(refused(older, refund({ wish, restock: unitsOf([PARCEL, 1]) }))).toEqual([]);
    expect(refused(older, refund({ wish, restock: unitsOf([PARCEL, 2]) }))).toHaveLength(1);
  });
});

describe('the request to send something back', () => {
  it('is for parcels that came, as many units as are left', () => {
    expect(refused(order, sendBack([[PARCEL, 3]]))).toEqual([]);
    expect(refused(order, sendBack([[PARCEL, 4]]))).toEqual(['/lines/0/quantity at most 3 are left']);
    expect(
      refused(
        order,
        sendBack([
          [PARCEL, 1],
          [LOST, 1],
        ]),
      ),
    ).toEqual(['/lines/1/lineId was not delivered']);
    expect(
      refused(
        order,
        sendBack([
          [PARCEL, 1],
          [KEY, 1],
        ]),
      ),
    ).toEqual(['/lines/1/lineId was not sent as a parcel']);
  });

  it('counts what is on its way back already, and not what was declined', () => {
    const opened = after(order, sendBack([[PARCEL, 2]]));
    expect(refused(opened, sendBack([[PARCEL, 2]], { returnId: 'ret_2' }))).toEqual([
      '/lines/0/quantity at most 1 are left',
    ]);
    expect(refused(opened, sendBack([[PARCEL, 1]], { returnId: 'ret_2' }))).toEqual([]);
    const declined = after(opened, { type: 'return.rejected', returnId: RETURN, ...asked });
    expect(refused(declined, sendBack([[PARCEL, 3]], { returnId: 'ret_2' }))).toEqual([]);
    const two = orderOf([delivered(PARCEL), delivered(lineOf(5))], {});
    expect(refused(after(two, sendBack([[PARCEL, 3]])), sendBack([[lineOf(5), 1]]))).toEqual([]);
  });

  it('is the customer’s for as long as the product says, thirty days without a word; staff take it at any time', () => {
    const end = RETURN_DAYS_DEFAULT * DAY_MS;
    const over = ['/lines/0/lineId the time to send it back is over'];
    const mine = sendBack([[PARCEL, 1]], { by: customer });
    expect(refused(order, mine, end - 1)).toEqual([]);
    expect(refused(order, mine, end)).toEqual(over);
    expect(refused(order, sendBack([[PARCEL, 1]]), end)).toEqual([]);
    const short = lineOf(1, {
      quantity: 3,
      fulfilment: { template: 'parcel', weightGrams: 1, returnDays: 2 },
    });
    expect(refused(orderOf([delivered(short)], {}), mine, 2 * DAY_MS)).toEqual(over);
    const unknown = { ...delivered(PARCEL), deliveredAt: null };
    expect(refused(orderOf([unknown], {}), mine)).toEqual(over);
  });

  it('is refused when an order has ten that are open, so that it stays one row', () => {
    const open = Array.from({ length: 10 }, (_, index) => `ret_${index}`).reduce(
      (now, returnId) => after(now, sendBack([[PARCEL, 1]], { returnId })),
      orderOf([delivered(lineOf(1, { quantity: 12 }))], {}),
    );
    expect(refused(open, sendBack([[PARCEL, 1]]))).toEqual(['An order has at most 10 open returns.']);
    const one = after(open, { type: 'return.withdrawn', returnId: 'ret_0', ...asked });
    expect(refused(one, sendBack([[PARCEL, 1]]))).toEqual([]);
  });
});

describe('a step of a return', () => {
  const opened = after(order, sendBack([[PARCEL, 2]]));
  const approved = after(opened, approve());

  it('is of a return that is there, and where it makes sense', () => {
    expect(check(order, approve())).toEqual({ code: 'not_found' });
    expect(check(opened, approve('ret_2'))).toEqual({ code: 'not_found' });
    expect(refused(approved, approve())).toEqual(['The return is approved.']);
    expect(refused(opened, receive([]))).toEqual(['The return is requested.']);
  });

  it('puts no more on the shelf than came back, of articles that are in stock, and no unit twice', () => {
    expect(refused(approved, receive(unitsOf([PARCEL, 2])))).toEqual([]);
    expect(refused(approved, receive(unitsOf([PARCEL, 3])))).toEqual([
      '/restock/0/quantity at most 2 came back',
    ]);
    expect(refused(approved, receive(unitsOf([PARCEL, 1], [KEY, 1])))).toEqual([
      '/restock/1/quantity at most 0 came back',
    ]);
    const shelved = after(approved, refund({ wish: giving([PARCEL, 2]), restock: unitsOf([PARCEL, 2]) }));
    // One of three is not on the shelf yet, and the return that is worth nothing any more is closed.
    expect(shelved.returns[0]?.state).toBe('approved');
    expect(refused(shelved, receive(unitsOf([PARCEL, 2])))).toEqual([
      '/restock/0/quantity at most 1 are not on the shelf again yet',
    ]);
    const loose = orderOf([delivered({ ...PARCEL, stockTracked: false })], {});
    expect(refused(after(loose, sendBack([[PARCEL, 1]]), approve()), receive(unitsOf([PARCEL, 1])))).toEqual([
      '/restock/0/quantity this article has no stock',
    ]);
  });

  it('orders one replacement at a time, because what it is ordered with is kept until it is', () => {
    const two = after(
      opened,
      sendBack([[PARCEL, 1]], { returnId: 'ret_2' }),
      approve(),
      approve('ret_2'),
      exchange(),
    );
    expect(refused(two, exchange('ret_2'))).toEqual([
      'Another replacement is being ordered: try again in a moment.',
    ]);
    const placed = transition(two, {
      type: 'exchange.placed',
      returnId: RETURN,
      orderId: `ord_${RETURN}`,
      at: AT,
    }).document;
    expect(refused(placed, exchange('ret_2'))).toEqual([]);
  });

  it('is no exchange any more after twelve: its price is given back instead', () => {
    const tried = (count: number): OrderDocument => ({
      ...approved,
      returns: approved.returns.map((found) => ({
        ...found,
        steps: Array.from({ length: count }, () => ({ state: 'approved', at: 1, by: operator, why: '' })),
      })),
    });
    expect(refused(tried(11), exchange())).toEqual([]);
    expect(refused(tried(12), exchange())).toEqual([
      'A return has at most 12 steps: give its price back instead.',
    ]);
  });

  it('gives back the price of its units at most', () => {
    const give = (amount: number | null): AfterSaleCommand => ({
      type: 'return.refunded',
      returnId: RETURN,
      refundId: 'rfd_1',
      amount,
      shipping: false,
      ...asked,
    });
    expect(refused(approved, give(1_000))).toEqual([]);
    expect(refused(approved, give(1_001))).toEqual(['/amount at most 1000, the price of these units']);
    const poor = paying(approved, 999);
    expect(refused(poor, give(null))).toEqual([
      '/amount at most 999 can be given back: the rest of the money went elsewhere',
    ]);
    expect(refused(poor, give(999))).toEqual([]);
    const posted = { ...approved, pricing: orderOf([delivered(PARCEL)], { shipping: 490 }).pricing };
    const withShipping = (captured: number) =>
      refused(paying(posted, captured), { ...give(1_000), shipping: true } as AfterSaleCommand);
    expect(withShipping(1_490)).toEqual([]);
    expect(withShipping(1_489)).toHaveLength(1);
  });

  it('is exchanged only for money that is still there', () => {
    const poor = paying(approved, 999);
    expect(refused(poor, exchange())).toEqual([
      'Of the price of these units only 999 is still there: give that back instead.',
    ]);
    expect(refused(paying(approved, 1_000), exchange())).toEqual([]);
  });
});

it('what is offered after the sale is what would be granted', () => {
  const shown = (document: OrderDocument, as: 'customer' | 'operator', at = AT) =>
    publicOrder(document, { as }, at)?.nextActions ?? [];
  expect(shown(order, 'operator')).toEqual(expect.arrayContaining(['return', 'refund']));
  expect(shown(order, 'customer')).toContain('return');
  expect(shown(order, 'customer')).not.toContain('refund');
  const gone = after(order, refund({ wish: { of: 'everything' } }));
  expect(shown(gone, 'operator')).not.toContain('refund');
  expect(shown(gone, 'operator')).not.toContain('return');
  const undone = { ...order, state: 'undoing_lines' as const };
  expect(shown(undone, 'operator')).not.toContain('return');
  expect(publicOrder(undone, { as: 'operator' }, AT)?.lines[0]?.returnable).toBeNull();
});
