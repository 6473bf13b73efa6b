import { describe, expect, it } from 'vitest';
import { plainLine } from '#shared/domain/pricing/priced.ts';
import { delivered, frozenPrice, lineOf, orderOf, refundOf } from '../../testing/documents.ts';
import type { Actor, Line, OrderDocument, Refund } from '../document.ts';
import type { OrderEvent } from '../events.ts';
import { newLedger } from '../new-document.ts';
import { type Outcome, transition } from '../transition.ts';
import { publicOrder } from '../view.ts';
import { isExchangeOver } from './exchange.ts';
import { nextId, owedRefunds } from './granting.ts';
import { leftOf, partOfUnits, partsOfReturn, settledOf } from './settlement.ts';

const AT = 1_000;
const operator: Actor = { kind: 'operator', id: 'usr_1' };
const asked = { by: operator, why: '' };
const RETURN = 'ret_1';
const tax = (amount: number) => [{ name: 'VAT', ratePpm: 190_000, amount, included: true }];
/** Three units at 10.00, of which 4.79 is tax. */
const LAMP = lineOf(1, { title: 'Lamp', quantity: 3, price: { ...plainLine(1_000, 3), taxes: tax(479) } });
const KEY = lineOf(2, {
  title: 'Key',
  stockTracked: false,
  fulfilment: { template: 'licence-key', activationsMax: 1, validDays: null },
});
const order = orderOf([delivered(LAMP), delivered(KEY)], { shipping: 490 });

type Fact = OrderEvent extends infer Event ? (Event extends OrderEvent ? Omit<Event, 'at'> : never) : never;
/** What came of the last of these. */
const played = (document: OrderDocument, ...facts: Fact[]): Outcome =>
  facts.reduce<Outcome>(({ document: now }, fact, index) => transition(now, { ...fact, at: AT + index }), {
    document,
    changed: false,
    allowed: true,
    intents: [],
    notes: [],
  });
const noted = ({ notes }: Outcome): string[] => notes.map(({ text }) => text);
const asking = ({ intents }: Outcome) =>
  intents.filter(
    ({ effect }) => !['publish', 'mail', 'notice', 'project', 'payment.refund'].includes(effect.step),
  );
const units = (quantity: number, line = LAMP) => [{ lineId: line.id, quantity }];
const requested = (quantity = 1, why = ''): Fact => ({
  type: 'return.requested',
  returnId: RETURN,
  wish: 'exchange',
  lines: units(quantity).map((line) => ({ ...line, reason: 'scratched' })),
  by: operator,
  why,
});
const step = (type: 'return.approved' | 'return.rejected' | 'return.withdrawn', why = ''): Fact => ({
  type,
  returnId: RETURN,
  by: operator,
  why,
});
const received = (
  restock: { lineId: string; quantity: number; location?: string }[] = [],
  why = '',
): Fact => ({
  type: 'return.received',
  returnId: RETURN,
  restock,
  by: operator,
  why,
});
const refunded = (amount: number | null, shipping = false, why = ''): Fact => ({
  type: 'return.refunded',
  returnId: RETURN,
  refundId: 'rfd_r',
  amount,
  shipping,
  by: operator,
  why,
});
const exchanged = (used: number): Fact => ({
  type: 'return.exchanged',
  returnId: RETURN,
  orderId: 'ord_x',
  ...frozenPrice(order),
  used,
  refundId: 'rfd_x',
  ...asked,
});
const placed: Fact = { type: 'exchange.placed', returnId: RETURN, orderId: 'ord_x' };
const ended: Fact = { type: 'exchange.ended', returnId: RETURN, orderId: 'ord_x' };
const refund = (values: Partial<Extract<Fact, { type: 'refund.requested' }>>): Fact => ({
  type: 'refund.requested',
  refundId: 'rfd_1',
  wish: { of: 'lines', lines: units(1), shipping: false },
  revoke: [],
  restock: [],
  ...asked,
  ...values,
});
const returnOf = ({ document }: Outcome) => document.returns[0];

describe('a step of a return', () => {
  it('is told with what comes back and why', () => {
    expect(noted(played(order, requested(2)))).toEqual(['Return asked for: 2 × Lamp']);
    expect(noted(played(order, requested(2), step('return.approved', 'as agreed')))).toEqual([
      'Return approved: please send it back: 2 × Lamp (as agreed)',
    ]);
    expect(noted(played(order, requested(), step('return.rejected')))).toEqual(['Return declined: 1 × Lamp']);
    expect(noted(played(order, requested(), step('return.withdrawn')))).toEqual([
      'Return withdrawn: 1 × Lamp',
    ]);
    const many = { ...order, lines: [{ ...delivered(LAMP), title: 'L'.repeat(400) }, delivered(KEY)] };
    expect(noted(played(many, requested()))[0]).toHaveLength('Return asked for: '.length + 300);
  });

  it('is kept with who, when and why, once however often it is told', () => {
    const approved = played(order, requested(1, 'broken'), step('return.approved', 'ok'));
    expect(returnOf(approved)).toEqual({
      id: RETURN,
      state: 'approved',
      wish: 'exchange',
      lines: [{ lineId: LAMP.id, quantity: 1, reason: 'scratched' }],
      steps: [
        { state: 'requested', at: AT, by: operator, why: 'broken' },
        { state: 'approved', at: AT + 1, by: operator, why: 'ok' },
      ],
      restocked: [],
      refundId: null,
      exchange: null,
    });
    const again = played(approved.document, step('return.approved'));
    expect([again.changed, again.notes]).toEqual([false, []]);
    const other = played(approved.document, { ...step('return.rejected'), returnId: 'ret_2' } as Fact);
    expect(other.changed).toBe(false);
  });

  it('brings units on the shelf once, where the person says, and asks until the stock has them', () => {
    const back = played(
      order,
      requested(2),
      step('return.approved'),
      received([
        ...units(2).map((unit) => ({ ...unit, location: 'north' })),
        { lineId: KEY.id, quantity: 0 },
      ]),
    );
    const effect = {
      step: 'stock.restock',
      sku: LAMP.sku,
      lineId: LAMP.id,
      quantity: 2,
      reference: `${RETURN}:${LAMP.id}`,
      location: 'north',
    };
    expect(asking(back)).toEqual([
      { key: `stock.restock:${effect.reference}`, lane: `stock:${LAMP.sku}`, effect },
    ]);
    expect(back.document).toMatchObject({ restocking: [effect], lines: [{ restocked: 2 }, {}] });
    expect(returnOf(back)?.restocked).toEqual([...units(2), { lineId: KEY.id, quantity: 0 }]);
    const arrived = played(back.document, { type: 'stock.restocked', reference: effect.reference });
    expect(arrived.document.restocking).toEqual([]);
    const other = played(back.document, { type: 'stock.restocked', reference: 'ret_2:x' });
    expect(other.document.restocking).toEqual([effect]);
  });

  it('gives back the price of its units with their tax, less what is withheld, and the shipping by choice', () => {
    const full = played(order, requested(2), step('return.approved'), refunded(null));
    expect(full.document.refunds).toMatchObject([
      {
        id: 'rfd_r',
        amount: 2_000,
        shipping: 0,
        returnId: RETURN,
        lineIds: [LAMP.id],
        parts: [{ lineId: LAMP.id, quantity: 2, amount: 2_000, tax: 319, withheld: 0 }],
      },
    ]);
    expect(noted(full)).toEqual(['Return refunded: 2 × Lamp', 'Refund granted: 20.00 EUR']);
    expect(returnOf(full)).toMatchObject({ state: 'refunded', refundId: 'rfd_r' });
    const less = played(order, requested(2), step('return.approved'), refunded(1_500, true));
    expect(less.document.refunds).toMatchObject([
      { amount: 1_990, shipping: 490, parts: [{ quantity: 2, amount: 1_500, tax: 239, withheld: 500 }] },
    ]);
    // What was kept by decision is no remainder for the last unit to take.
    const [lamp] = less.document.lines;
    expect(lamp === undefined ? null : partOfUnits(less.document, lamp, 1).amount).toBe(1_000);
  });

  it('without money says so to both sides, and why', () => {
    const free = orderOf([delivered(lineOf(1, { title: 'Lamp', quantity: 3, price: plainLine(0, 3) }))], {});
    const closed = played(free, requested(2), step('return.approved'), refunded(null, false, 'a gift'));
    expect(noted(closed)).toEqual([
      'Return closed without money: 2 × Lamp (a gift; nothing was paid for it)',
    ]);
    expect(returnOf(closed)?.closed).toEqual([
      { lineId: LAMP.id, quantity: 2, amount: 0, tax: 0, withheld: 0 },
    ]);
    const spent = { ...order, payment: { ...order.payment, captured: 0, authorised: 0 } };
    const gone = played(
      { ...spent, settledByHand: -order.total },
      requested(),
      step('return.approved'),
      refunded(null),
    );
    expect(returnOf(gone)).toMatchObject({ state: 'refunded', refundId: null });
    expect(returnOf(gone)?.steps.at(-1)?.why).toBe('no money is left here to give back');
    expect(returnOf(gone)?.closed).toMatchObject([{ quantity: 1, amount: 0, tax: 0, withheld: 1_000 }]);
    expect(gone.document.refunds).toEqual([]);
  });

  it('closes by itself when its units were given back another way, and stays open for what is left of it', () => {
    const open = played(order, requested(2), step('return.approved')).document;
    const some = played(open, refund({ wish: { of: 'lines', lines: units(2), shipping: false } }));
    expect(returnOf(some)?.state).toBe('approved');
    const all = played(some.document, refund({ refundId: 'rfd_2' }));
    expect(returnOf(all)).toMatchObject({ state: 'refunded' });
    expect(returnOf(all)?.steps.at(-1)).toEqual({
      state: 'refunded',
      at: AT,
      by: { kind: 'system', id: null },
      why: 'given back otherwise',
    });
  });
});

describe('an exchange', () => {
  const toExchange = () => played(order, requested(2), step('return.approved')).document;
  const inExchange = () => played(toExchange(), exchanged(1_500));

  it('sets aside what pays for the replacement and what is given back once that is ordered', () => {
    const ordered = inExchange();
    expect(ordered.document.returns[0]?.exchange).toMatchObject({
      orderId: 'ord_x',
      parts: [{ lineId: LAMP.id, quantity: 2, amount: 1_500, tax: 239, withheld: 0 }],
      rest: [{ lineId: LAMP.id, quantity: 0, amount: 500, tax: 80 }],
      refundId: 'rfd_x',
    });
    expect(noted(ordered)).toEqual(['Replacement under way: 2 × Lamp']);
    expect(asking(ordered)).toEqual([
      {
        key: 'exchange.place:ord_x',
        lane: 'exchange',
        effect: { step: 'exchange.place', returnId: RETURN },
      },
    ]);
    expect(ordered.document.refunds).toEqual([]);
    expect(settledOf(ordered.document, LAMP.id)).toMatchObject({ quantity: 2, amount: 2_000, tax: 319 });
  });

  it('gives the difference back in the name of the one who granted it, once it is ordered', () => {
    const approved = toExchange();
    const ordered = inExchange();
    const done = played(ordered.document, placed);
    expect(done.document.refunds).toMatchObject([
      { id: 'rfd_x', amount: 500, returnId: RETURN, by: operator, shipping: 0, state: 'asked' },
    ]);
    expect(noted(done)).toEqual([
      'Replacement ordered: 2 × Lamp',
      'Refund granted: 5.00 EUR, the difference',
    ]);
    expect(returnOf(done)?.exchange).toEqual({
      orderId: 'ord_x',
      parts: [{ lineId: LAMP.id, quantity: 2, amount: 1_500, tax: 239, withheld: 0 }],
      request: null,
      quote: null,
    });
    expect(returnOf(done)?.steps.at(-1)?.by).toEqual({ kind: 'system', id: null });
    expect(played(done.document, placed).changed).toBe(false);
    const even = played(approved, exchanged(2_000), placed);
    expect(even.document.refunds).toEqual([]);
    expect(noted(even)).toEqual(['Replacement ordered: 2 × Lamp']);
  });

  it('that ends leaves the return where it was, also where the goods had arrived', () => {
    const approved = toExchange();
    const ordered = inExchange();
    const back = played(approved, received([], 'it came'), exchanged(1_500), placed, {
      ...ended,
      why: 'It came back',
    });
    expect(returnOf(back)).toMatchObject({ state: 'received', exchange: null });
    expect(returnOf(back)?.steps.at(-1)).toMatchObject({
      by: { kind: 'system', id: null },
      why: 'It came back',
    });
    const refusedLate = played(approved, exchanged(1_500), placed, {
      type: 'exchange.refused',
      returnId: RETURN,
      orderId: 'ord_x',
      detail: 'sold out',
    });
    expect(returnOf(refusedLate)?.state).toBe('exchanged');
    const undone = played(ordered.document, ended);
    expect(returnOf(undone)?.steps.at(-1)?.why).toBe('the replacement was not kept');
    expect(settledOf(undone.document, LAMP.id)).toEqual({ quantity: 0, amount: 0, tax: 0, withheld: 0 });
  });

  it('is worth what is left of its price when the difference was given back already', () => {
    const ordered = inExchange();
    const back = played(ordered.document, placed, ended).document;
    const [found] = back.returns;
    const parts = found === undefined ? [] : partsOfReturn(back, found);
    expect(parts).toMatchObject([{ lineId: LAMP.id, quantity: 2, amount: 1_500 }]);
  });

  it('is shown apart from what was refunded', () => {
    const ordered = inExchange();
    const [line] =
      publicOrder(played(ordered.document, placed).document, { as: 'customer' }, AT)?.lines ?? [];
    expect(line).toMatchObject({
      exchanged: { quantity: 2, amount: { amount: 1_500 } },
      refunded: { quantity: 0, amount: { amount: 500 } },
      returnable: { quantity: 1 },
    });
  });
});

describe('an order that replaces goods', () => {
  const origin = { orderId: 'ord_1', returnId: 'ret_9' };
  const replacement: OrderDocument = { ...order, exchangeOf: origin };

  it('is over when it ends without delivery, or when all that it sent came back', () => {
    expect(isExchangeOver({ ...order, state: 'cancelled' })).toBe(false);
    for (const state of ['cancelled', 'refunded', 'rejected'] as const)
      expect(isExchangeOver({ ...replacement, state })).toBe(true);
    expect(isExchangeOver(replacement)).toBe(false);
    const back = played(replacement, refund({ wish: { of: 'everything' } }));
    expect(isExchangeOver(back.document)).toBe(true);
    expect(asking(back)).toEqual([
      { key: 'exchange.end', lane: 'exchange-end', effect: { step: 'exchange.end' } },
    ]);
    expect(isExchangeOver({ ...back.document, state: 'delivering' })).toBe(false);
    const moved = played(
      { ...replacement, lines: [delivered(LAMP)] },
      requested(3),
      step('return.approved'),
      exchanged(0),
    );
    expect(isExchangeOver(moved.document)).toBe(false);
  });
});

describe('a refund', () => {
  it('is granted with its reason, takes back what it says and puts units on the shelf', () => {
    const lines = [...units(2), ...units(1, KEY)];
    const granted = played(
      order,
      refund({
        wish: { of: 'lines', lines, shipping: true },
        revoke: [KEY.id],
        restock: units(2),
        why: 'too late',
      }),
    );
    expect(noted(granted)).toEqual(['Refund granted: 29.90 EUR (too late)']);
    expect(granted.document.lines.map(({ revoked, restocked }) => [revoked, restocked])).toEqual([
      ['no', 2],
      ['asked', undefined],
    ]);
    expect(asking(granted)).toEqual([
      {
        key: 'lines.deprovision:rfd_1',
        lane: 'lines',
        effect: { step: 'lines.deprovision', lineIds: [KEY.id] },
      },
      {
        key: `stock.restock:rfd_1:${LAMP.id}`,
        lane: `stock:${LAMP.sku}`,
        effect: {
          step: 'stock.restock',
          sku: LAMP.sku,
          lineId: LAMP.id,
          quantity: 2,
          reference: `rfd_1:${LAMP.id}`,
        },
      },
    ]);
    expect(noted(played(order, refund({})))).toEqual(['Refund granted: 10.00 EUR']);
  });

  it('adds to what is on the shelf already', () => {
    const twice = played(
      order,
      refund({ restock: units(1) }),
      refund({ refundId: 'rfd_2', restock: units(1) }),
    );
    expect(twice.document.lines[0]?.restocked).toBe(2);
    expect(twice.document.restocking?.map(({ reference }) => reference)).toEqual([
      `rfd_1:${LAMP.id}`,
      `rfd_2:${LAMP.id}`,
    ]);
  });

  it('that cannot be any more is none: nothing is given, taken back or shelved', () => {
    const nothing = played(
      order,
      refund({ wish: { of: 'amount', amount: 99_999, shipping: true }, revoke: [KEY.id] }),
    );
    expect(nothing.document.refunds).toEqual([]);
    expect(nothing.document.lines.map(({ revoked }) => revoked)).toEqual(['no', 'no']);
  });

  it('is asked for of each payment as much as that has, under a name each', () => {
    const former = { ...newLedger(2, 1_000), paymentId: 'pi_2', status: 'captured' as const };
    const two: OrderDocument = {
      ...order,
      payment: { ...order.payment, authorised: 2_990, captured: 2_990 },
      formerPayments: [{ ...former, authorised: 1_000, captured: 1_000 }, newLedger(3, 5)],
    };
    const all = played(two, refund({ wish: { of: 'everything' } })).document.refunds;
    expect(all.map(({ id, paymentId, amount, shipping }) => [id, paymentId, amount, shipping])).toEqual([
      ['rfd_1', 'pi_1', 2_990, 0],
      ['rfd_1:2', 'pi_2', 1_000, 490],
    ]);
    // The units of a line are settled once, by the first piece of it.
    expect(all.flatMap(({ parts }) => parts.map(({ quantity }) => quantity))).toEqual([3, 0, 1]);
    expect(all.flatMap(({ parts }) => parts).reduce((sum, part) => sum + part.tax, 0)).toBe(479);
  });

  it('is shown as pending until it is made, with who gets what', () => {
    const granted = played(order, refund({ why: 'late' })).document;
    expect(publicOrder(granted, { as: 'customer' }, AT)?.refunds).toEqual([
      {
        id: 'rfd_1',
        amount: { amount: 1_000, currency: 'EUR' },
        state: 'pending',
        cause: 'granted',
        lineIds: [LAMP.id],
        reason: 'late',
        at: '1970-01-01T00:00:01.000Z',
        parts: [
          {
            lineId: LAMP.id,
            quantity: 1,
            amount: { amount: 1_000, currency: 'EUR' },
            tax: { amount: 159, currency: 'EUR' },
          },
        ],
        shipping: { amount: 0, currency: 'EUR' },
        returnId: null,
      },
    ]);
  });
});

describe('a refund that the bank sent back', () => {
  const failed = (values: Partial<Refund>): Refund =>
    refundOf({
      amount: 1_000,
      state: 'failed',
      lineIds: [LAMP.id],
      parts: [{ lineId: LAMP.id, quantity: 1, amount: 1_000, tax: 159, withheld: 0 }],
      ...asked,
      ...values,
    });
  const owing = (...refunds: Refund[]): string[] => owedRefunds({ ...order, refunds });

  it('is still owed as long as its units and its money are there', () => {
    expect(owing(failed({}))).toEqual(['rfd_1']);
    expect(owing(failed({ renewedAs: 'rfd_2' }))).toEqual([]);
    expect(owing(failed({ cause: 'undone' }))).toEqual([]);
    expect(owing(failed({ paymentId: 'pi_9' }))).toEqual([]);
    const whole = failed({
      id: 'rfd_2',
      state: 'made',
      amount: 3_000,
      parts: [{ lineId: LAMP.id, quantity: 3, amount: 3_000, tax: 479, withheld: 0 }],
    });
    expect(owing(failed({}), whole)).toEqual([]);
    const posted = failed({ shipping: 490, parts: [], amount: 490 });
    expect(owing(posted)).toEqual(['rfd_1']);
    expect(
      owing(posted, failed({ id: 'rfd_2', state: 'made', shipping: 490, parts: [], amount: 490 })),
    ).toEqual([]);
  });

  it('is replaced by a plain sum of the same amount that was granted since, each by one', () => {
    const sum = (id: string, values: Partial<Refund> = {}): Refund =>
      failed({
        id,
        state: 'made',
        at: 5,
        parts: [{ lineId: KEY.id, quantity: 0, amount: 1_000, tax: 0, withheld: 0 }],
        ...values,
      });
    expect(owing(failed({}), sum('rfd_2'))).toEqual([]);
    expect(owing(failed({}), sum('rfd_2', { at: 1 }))).toEqual(['rfd_1']);
    expect(owing(failed({}), sum('rfd_2', { amount: 999 }))).toEqual(['rfd_1']);
    expect(owing(failed({}), sum('rfd_2', { returnId: RETURN }))).toEqual(['rfd_1']);
    expect(owing(failed({}), sum('rfd_2', { cause: 'not_delivered' }))).toEqual(['rfd_1']);
    expect(owing(failed({}), failed({ id: 'rfd_3' }), sum('rfd_2'))).toEqual(['rfd_3']);
  });

  it('is asked for anew under another name, and as the larger where two do not go together', () => {
    const large = failed({
      id: 'rfd_2',
      amount: 3_000,
      parts: [{ lineId: LAMP.id, quantity: 3, amount: 3_000, tax: 479, withheld: 0 }],
    });
    const stopped: OrderDocument = {
      ...order,
      refunds: [failed({}), large],
      state: 'needs_operator',
      resume: 'completed',
      attention: { code: 'refund_failed', text: '', detail: '' },
    };
    const again = played(stopped, { type: 'operator.retried' });
    expect(again.document.refunds.map(({ id, state, renewedAs, at }) => [id, state, renewedAs, at])).toEqual([
      ['rfd_1', 'failed', 'replaced', 1],
      ['rfd_2', 'failed', 'rfd_2:2', 1],
      ['rfd_2:2', 'asked', null, AT],
    ]);
    expect(nextId(again.document, 'rfd_2')).toBe('rfd_2:3');
    expect(nextId(again.document, 'rfd')).toBe('rfd');
    expect(nextId(again.document, 'rfd_9')).toBe('rfd_9');
  });
});

describe('what a person has tried again', () => {
  const stuck = (lines: Line[], resume: OrderDocument['state'] = 'completed'): OrderDocument => ({
    ...order,
    lines,
    state: 'needs_operator',
    resume,
    rounds: 1,
    restocking: [
      { step: 'stock.restock', sku: LAMP.sku, lineId: LAMP.id, quantity: 1, reference: `rfd_1:${LAMP.id}` },
    ],
  });
  const revoked: Line = { ...delivered(KEY), revoked: 'asked' };

  it('is what was to be taken back and put on the shelf, under other keys', () => {
    const again = played(stuck([delivered(LAMP), revoked]), { type: 'operator.retried' });
    expect(asking(again).map(({ key, lane }) => [key, lane])).toEqual([
      ['lines.deprovision:retry:2', 'lines'],
      [`stock.restock:rfd_1:${LAMP.id}#2`, `stock:${LAMP.sku}`],
    ]);
    expect(asking(again)[0]?.effect).toEqual({ step: 'lines.deprovision', lineIds: [KEY.id] });
  });

  it('is each line once: an order that is undone asks for its lines by itself', () => {
    const lines = [delivered(LAMP), { ...KEY, state: 'undoing' as const }];
    const retried = (resume: OrderDocument['state']): string[] =>
      asking(played(stuck(lines, resume), { type: 'operator.retried' }))
        .filter(({ effect }) => effect.step === 'lines.deprovision')
        .map(({ key }) => key);
    expect(retried('completed')).toEqual(['lines.deprovision:retry:2']);
    expect(retried('undoing_lines')).toEqual(['lines.deprovision#2']);
  });
});

describe('notes about an order', () => {
  const note = (visible: boolean, noteId: string): Fact => ({
    type: 'note.added',
    noteId,
    by: operator,
    text: `note ${noteId}`,
    visible,
  });

  it('are the customer’s to read only where they say so', () => {
    const { document } = played(order, note(true, 'a'), note(false, 'b'));
    const read = (as: 'customer' | 'operator') => publicOrder(document, { as }, AT)?.notes;
    expect(read('customer')).toEqual([
      { id: 'a', at: '1970-01-01T00:00:01.000Z', by: 'operator', visibility: 'customer', text: 'note a' },
    ]);
    expect(read('operator')?.map(({ id, visibility }) => [id, visibility])).toEqual([
      ['a', 'customer'],
      ['b', 'internal'],
    ]);
    expect(noted(played(order, note(true, 'a')))).toEqual(['note a']);
    expect(noted(played(order, note(false, 'a')))).toEqual([]);
  });
});

it('lines that are cancelled one by one fail with that cause; the first cause of the order stays', () => {
  const lines = [lineOf(1, { title: 'Lamp', state: 'provisioning' }), lineOf(2)];
  const making: OrderDocument = { ...orderOf(lines, {}), state: 'delivering', delivery: 'as_ready' };
  const cancel = (why: string): Fact => ({ type: 'lines.cancelled', lineIds: [LAMP.id], by: operator, why });
  const cancelled = played(making, cancel('not needed'));
  expect(cancelled.notes[0]).toEqual({
    type: 'line.cancelled',
    text: 'Lamp: cancelled (not needed)',
    lineId: LAMP.id,
  });
  expect(cancelled.document).toMatchObject({
    reason: { code: 'lines_cancelled' },
    lines: [{ state: 'undoing', detail: 'Cancelled' }, { state: 'provisioning' }],
  });
  const reason = { code: 'part_failed', text: 'A part could not be delivered.' };
  expect(played({ ...making, reason }, cancel('')).document.reason).toEqual(reason);
});

it('of what was not handed over nothing was kept, so nothing of it can be given back', () => {
  const [lamp] = order.lines as [Line, Line];
  expect(leftOf(order, lamp)).toEqual({ quantity: 3, amount: 3_000, tax: 479, withheld: 0 });
  expect(leftOf(order, LAMP)).toEqual({ quantity: 0, amount: 0, tax: 0, withheld: 0 });
});
