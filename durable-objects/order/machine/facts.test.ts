import { describe, expect, it } from 'vitest';
import { UNKNOWN_ORIGIN } from '../../fraud/face.ts';
import { plainLine } from '#shared/domain/pricing/priced.ts';
import { totalsOf } from '#shared/domain/pricing/totals.ts';
import { delivered, factOf, lineOf, orderOf } from '../testing/documents.ts';
import { claimsOf } from './claims.ts';
import type { Line, OrderDocument, PromotionClaim, StockClaim } from './document.ts';
import type { OrderEvent } from './events.ts';
import { paymentEvent } from './events.ts';
import { recordFact } from './facts.ts';
import { newFraudRecord } from './fraud/record.ts';
import { newDocument, newLedger } from './new-document.ts';
import type { Note } from './notes.ts';

type Fact = OrderEvent extends infer Event ? (Event extends OrderEvent ? Omit<Event, 'at'> : never) : never;

/** The order with the fact written down, and what is worth telling of it. */
function record(document: OrderDocument, fact: Fact, at = 10): { now: OrderDocument; notes: Note[] } {
  const now = structuredClone(document);
  return { now, notes: recordFact(now, { ...fact, at }) };
}
const textsOf = (notes: readonly Note[]): string[] => notes.map(({ text }) => text);

const LINE = lineOf(1, { title: 'Lamp' });
const order = orderOf([LINE, lineOf(2, { sku: LINE.sku, title: 'Shade' }), lineOf(3)], {});
const opened = newDocument({
  id: order.id,
  number: 'TP-7',
  customerId: order.customerId,
  request: order.request,
  lineIds: order.lineIds,
  at: 0,
});

describe('the price of an order', () => {
  const pricing = totalsOf(
    {
      currency: 'EUR',
      taxMode: 'inclusive',
      destination: { country: 'DE', region: null },
      promotions: [
        { promotionId: 'p', code: null, title: 'p', amount: 1, limitTotal: 2, limitPerCustomer: null },
      ],
    },
    [LINE.price],
    null,
  );
  const limited: Line = { ...LINE, customerLimits: [{ scope: 'prod_1', quantity: 5, days: null }] };
  const priced: Fact = {
    type: 'order.priced',
    lines: [limited],
    pricing,
    delivery: 'as_ready',
    email: 'a@mail.test',
    accountCreatedAt: 77,
  };

  it('is the order from then on: what is asked of the customer, of the stock, of promotions and of limits', () => {
    const { now, notes } = record(opened, priced);
    expect(now).toMatchObject({
      lines: [{ id: LINE.id }],
      total: 500,
      payment: { amount: 500 },
      delivery: 'as_ready',
      email: 'a@mail.test',
      fraud: { accountCreatedAt: 77 },
      stock: [{ sku: LINE.sku, state: 'wanted' }],
      promotions: [{ promotionId: 'p', state: 'wanted' }],
      allowance: { state: 'wanted', items: [{ scope: 'prod_1', limit: 5, quantity: 1 }] },
    });
    expect(textsOf(notes)).toEqual(['Order TP-7 placed: 5.00 EUR']);
  });

  it('of what nobody limits claims nothing, and of an account nobody knows the age of says so', () => {
    const { now } = record(opened, { ...priced, lines: [LINE], accountCreatedAt: null });
    expect(now.allowance).toBeUndefined();
    expect(now.fraud?.accountCreatedAt).toBeNull();
    const { fraud: _fraud, ...older } = opened;
    expect(record(older, priced).now.fraud).toBeUndefined();
  });

  it('does not change once it is known, because it was shown to the customer', () => {
    const known = { ...opened, state: 'holding' as const };
    expect(record(known, priced)).toEqual({ now: known, notes: [] });
    const refusals = [{ pointer: '/lines/0', detail: 'is sold out' }];
    expect(record(known, { type: 'order.refused', refusals }).now.refusals).toEqual([]);
    expect(record(opened, { type: 'order.refused', refusals }).now.refusals).toEqual(refusals);
  });
});

describe('what the stock answers', () => {
  const claims = claimsOf(order, order.lines);
  const as = (state: StockClaim['state'], values: Partial<StockClaim> = {}): OrderDocument => ({
    ...order,
    stock: claims.map((claim, index) => ({ ...claim, state, ...(index === 0 ? values : {}) })),
  });
  const sku = LINE.sku;
  const claimOf = ({ now }: { now: OrderDocument }) => now.stock[0];

  it('is that units are held, said once with what they are', () => {
    const held = record(as('wanted'), { type: 'stock.held', sku });
    expect(held.now.stock.map(({ state }) => state)).toEqual(['held', 'wanted']);
    expect(textsOf(held.notes)).toEqual(['Reserved for you: Lamp, Shade']);
    expect(record(held.now, { type: 'stock.held', sku })).toEqual({ now: held.now, notes: [] });
    expect(record(order, { type: 'stock.held', sku }).notes).toEqual([]);
  });

  it('says that units are on backorder, which of them and until when, and only when that is news', () => {
    const told: Fact = { type: 'stock.held', sku, waiting: [LINE.id], expectedAt: 99 };
    const waiting = record(as('wanted'), told);
    expect(claimOf(waiting)).toMatchObject({ state: 'held', waiting: [LINE.id], expectedAt: 99 });
    expect(textsOf(waiting.notes)).toEqual(['On backorder, reserved as soon as it arrives: Lamp, Shade']);
    expect(record(waiting.now, told).notes).toEqual([]);
    expect(textsOf(record(waiting.now, { type: 'stock.held', sku }).notes)).toEqual([
      'Reserved for you: Lamp, Shade',
    ]);
  });

  it('names each line that has arrived, once', () => {
    const second = lineOf(2).id;
    const waiting = as('held', { waiting: [LINE.id, second], expectedAt: 99 });
    const one = record(waiting, { type: 'stock.committed', sku, waiting: [second], expectedAt: 99 });
    expect(claimOf(one)).toMatchObject({ state: 'committed', waiting: [second], expectedAt: 99 });
    expect(one.notes).toEqual([
      { type: 'stock.allocated', text: 'Has arrived for you: Lamp', lineId: LINE.id },
    ]);
    const rest = record(one.now, { type: 'stock.committed', sku });
    expect(textsOf(rest.notes)).toEqual(['Has arrived for you: Shade']);
    expect(claimOf(rest)).toMatchObject({ waiting: [], expectedAt: null });
    expect(record(rest.now, { type: 'stock.committed', sku }).notes).toEqual([]);
  });

  it('that comes late changes nothing of a claim that ended: it waits for nothing and is not held again', () => {
    for (const state of ['returned', 'refused'] as const) {
      const ended = as(state);
      for (const type of ['stock.held', 'stock.committed'] as const)
        expect(record(ended, { type, sku, waiting: [LINE.id] }).now).toEqual(ended);
    }
    expect(claimOf(record(as('committed'), { type: 'stock.held', sku }))?.state).toBe('committed');
  });

  it('refuses what it does not hold yet, and a sale also of what it held', () => {
    const shortage = { sku, lineIndex: 0, available: 2 };
    const refusals = (type: 'stock.refused' | 'stock.commit_refused', state: StockClaim['state']) => {
      const { now } = record(as(state), { type, shortage });
      return [claimOf({ now })?.state, now.shortage];
    };
    expect(refusals('stock.refused', 'wanted')).toEqual(['refused', shortage]);
    expect(refusals('stock.refused', 'held')).toEqual(['held', null]);
    expect(refusals('stock.commit_refused', 'wanted')).toEqual(['refused', shortage]);
    expect(refusals('stock.commit_refused', 'held')).toEqual(['refused', shortage]);
    expect(refusals('stock.commit_refused', 'committed')).toEqual(['committed', null]);
  });

  it('gives back all units, or those of single lines once, and of none that a change took out', () => {
    for (const state of ['wanted', 'held', 'committed', 'refused'] as const)
      expect(claimOf(record(as(state), { type: 'stock.returned', sku }))?.state).toBe('returned');
    const lineIds = [LINE.id, 'line_gone'];
    const some = record(as('committed'), { type: 'stock.returned', sku, lineIds });
    expect(claimOf(some)).toMatchObject({ state: 'committed', returnedLines: [LINE.id] });
    expect(record(some.now, { type: 'stock.returned', sku, lineIds }).now).toEqual(some.now);
    const unknown = record(as('committed'), { type: 'stock.returned', sku: 'sku-x', lineIds });
    expect(unknown.now).toEqual(as('committed'));
  });
});

describe('the use of a promotion', () => {
  const use = (state: PromotionClaim['state'], name?: string): OrderDocument => ({
    ...order,
    promotions: [
      {
        promotionId: 'p',
        ...(name === undefined ? {} : { use: name }),
        title: 'p',
        code: null,
        limitTotal: 1,
        limitPerCustomer: null,
        state,
        refusal: null,
      },
    ],
  });
  const claimed: Fact = { type: 'promotion.claimed', promotionId: 'p' };
  const refused: Fact = { type: 'promotion.refused', promotionId: 'p', reason: 'used_up' };
  const after = (state: PromotionClaim['state'], fact: Fact, name?: string) => {
    const [claim] = record(use(state, name), fact).now.promotions;
    return [claim?.state, claim?.refusal];
  };

  it('is claimed or refused once: a later answer to a repeat changes nothing', () => {
    expect(after('wanted', claimed)).toEqual(['claimed', null]);
    expect(after('wanted', refused)).toEqual(['refused', 'used_up']);
    for (const state of ['claimed', 'refused', 'returned'] as const) {
      expect(after(state, claimed)).toEqual([state, null]);
      expect(after(state, refused)).toEqual([state, null]);
    }
    expect(record(order, claimed).now).toEqual(order);
    const other = { ...claimed, promotionId: 'q' };
    expect(record(use('wanted'), other).now).toEqual(use('wanted'));
  });

  it('is back only when that use is, and not one that a change had replaced', () => {
    const back = (name?: string): Fact => ({
      type: 'promotion.returned',
      promotionId: 'p',
      ...(name === undefined ? {} : { use: name }),
    });
    expect(after('claimed', back())[0]).toBe('returned');
    expect(after('claimed', back('edit_1'))[0]).toBe('claimed');
    expect(after('claimed', back('edit_1'), 'edit_1')[0]).toBe('returned');
    expect(after('claimed', back(), 'edit_1')[0]).toBe('claimed');
  });
});

describe('what is known of a payment', () => {
  const asked = (paymentId: string | null): OrderDocument => ({
    ...order,
    payment: { ...newLedger(1, 500), asked: true, paymentId },
    renewal: { ...newLedger(2, 500), asked: true, paymentId },
  });
  const askedOf = (document: OrderDocument, fact: Fact): boolean[] => {
    const { payment, renewal } = record(document, fact).now;
    return [payment.asked, renewal?.asked ?? false];
  };

  it('is that one was asked for before the request leaves, by its number; the first one where none is said', () => {
    const none: OrderDocument = { ...order, payment: newLedger(1, 5), renewal: newLedger(2, 5) };
    expect(askedOf(none, { type: 'payment.asked' })).toEqual([true, false]);
    expect(askedOf(none, { type: 'payment.asked', attempt: 2 })).toEqual([false, true]);
  });

  it('is that there is none for certain, unless it is known by its name', () => {
    for (const type of ['payment.none', 'payment.refused'] as const) {
      const fact = { type, message: '' } as Fact;
      expect(askedOf(asked(null), fact)).toEqual([false, true]);
      expect(askedOf(asked(null), { ...fact, attempt: 2 } as Fact)).toEqual([true, false]);
      expect(askedOf(asked('pi_1'), fact)).toEqual([true, true]);
    }
  });

  it('names the field when the method it was placed with is not the customer’s', () => {
    const refused: Fact = { type: 'payment.refused', message: 'no such method' };
    expect(record(order, refused).now.refusals).toEqual([]);
    expect(record(order, { ...refused, methodUnknown: true }).now.refusals).toEqual([
      { pointer: '/paymentMethodId', detail: 'is none of the payment methods you keep' },
    ]);
  });

  it('is an event of what the provider says, each state its own', () => {
    const payment = factOf(500);
    expect(paymentEvent({ ...payment, orderId: order.id, state: 'authorised' }, 7)).toEqual({
      type: 'payment.authorised',
      payment,
      at: 7,
    });
  });
});

describe('what is told of a line', () => {
  const making: OrderDocument = {
    ...order,
    state: 'provisioning',
    lines: [{ ...LINE, state: 'provisioning' }],
  };
  const withLine = (values: Partial<Line>): OrderDocument => ({ ...making, lines: [{ ...LINE, ...values }] });
  const line = ({ now }: { now: OrderDocument }) => now.lines[0];
  const tell = (type: 'line.started' | 'line.provisioned' | 'line.deprovisioned', detail = ''): Fact => ({
    type,
    lineId: LINE.id,
    detail,
  });
  const activated: Fact = { type: 'line.activated', lineId: LINE.id, detail: 'Your key is ready.' };
  const failed = (detail: string): Fact => ({ type: 'line.failed', lineId: LINE.id, code: null, detail });
  const stuck: Fact = { type: 'line.stuck', lineId: LINE.id, code: null, detail: '' };

  it('is written down once, in words that read on after its title', () => {
    const made = record(making, tell('line.provisioned', 'Key made.'));
    expect(line(made)).toMatchObject({ state: 'provisioned', detail: 'Key made.' });
    expect(made.notes).toEqual([{ type: 'line.provisioned', text: 'Lamp: key made', lineId: LINE.id }]);
    expect(record(made.now, tell('line.provisioned', 'Key made.'))).toEqual({ now: made.now, notes: [] });
    expect(textsOf(record(making, tell('line.started', 'SSL certificate ordered.')).notes)).toEqual([
      'Lamp: SSL certificate ordered',
    ]);
  });

  it('has words of its own where none are said, and at most a thousand letters', () => {
    expect(textsOf(record(making, tell('line.started')).notes)).toEqual(['Lamp: being prepared']);
    expect(textsOf(record(making, tell('line.started', 'x'.repeat(2_000))).notes)[0]).toHaveLength(1_000);
  });

  it('is nothing of a line that is somewhere else by now, or not of the order', () => {
    const elsewhere: [Fact, Line['state'][]][] = [
      [tell('line.started'), ['pending', 'provisioned', 'delivered', 'failed', 'undoing', 'undone']],
      [tell('line.provisioned'), ['pending', 'provisioned', 'delivered', 'failed', 'undoing', 'undone']],
      [failed('no'), ['pending', 'provisioned', 'delivered', 'failed', 'undoing', 'undone']],
      [activated, ['pending', 'provisioning', 'delivered', 'failed', 'undoing', 'undone']],
      [
        tell('line.deprovisioned'),
        ['pending', 'provisioning', 'provisioned', 'delivered', 'failed', 'undone'],
      ],
      [stuck, ['pending', 'delivered', 'failed']],
    ];
    for (const [fact, states] of elsewhere)
      for (const state of states) {
        const before = withLine({ state, released: true });
        expect(record(before, fact)).toEqual({ now: before, notes: [] });
      }
    expect(record(making, { ...tell('line.started'), lineId: 'line_x' } as Fact).notes).toEqual([]);
  });

  it('is that it was handed over, when and in which words, once it was to be', () => {
    const paid = withLine({ state: 'provisioned', released: true });
    const told = record(paid, { ...activated, code: 'key_ready', params: { seats: '3' } }, 33);
    expect(line(told)).toMatchObject({
      state: 'delivered',
      deliveredAt: 33,
      told: { code: 'key_ready', params: { seats: '3' } },
    });
    expect(line(record(paid, { ...activated, code: 'key_ready' }))?.told).toEqual({
      code: 'key_ready',
      params: {},
    });
    expect(line(record(paid, activated))).not.toHaveProperty('told');
    expect(line(record(withLine({ state: 'provisioned' }), activated))?.state).toBe('provisioned');
  });

  it('keeps the cause of a failure, whatever becomes of what was begun', () => {
    const lost = record(making, failed('No key is left.'));
    expect(line(lost)).toMatchObject({ state: 'failed', failure: 'Could not be delivered: no key is left' });
    expect(line(record(making, failed('')))).toMatchObject({
      detail: 'Could not be delivered',
      failure: 'Could not be delivered',
    });
    expect(line(record(making, failed('x'.repeat(2_000))))?.failure).toHaveLength(1_000);
    const undone = record(
      withLine({ state: 'undoing', failure: 'Could not be delivered: no key' }),
      tell('line.deprovisioned'),
    );
    expect(line(undone)).toMatchObject({ state: 'undone', detail: 'Could not be delivered: no key' });
    expect(textsOf(undone.notes)).toEqual(['Lamp: taken back']);
    expect(line(record(withLine({ state: 'undoing' }), tell('line.deprovisioned', 'Gone.')))?.detail).toBe(
      'Gone.',
    );
  });

  it('that it is stuck is news while something is asked of it; what was undone and is there is undone again', () => {
    expect(line(record(making, stuck))).toMatchObject({ state: 'provisioning', detail: 'Needs a hand' });
    expect(line(record(withLine({ state: 'undone' }), stuck))).toMatchObject({ state: 'undoing' });
    const made = withLine({ state: 'provisioned' });
    expect(record(made, stuck)).toEqual({ now: made, notes: [] });
    expect(line(record(withLine({ state: 'provisioned', released: true }), stuck))?.detail).toBe(
      'Needs a hand',
    );
  });

  it('takes back what a person revoked after the sale, without touching what was sold', () => {
    const revoked = withLine({ ...delivered(LINE), revoked: 'asked' });
    const back = record(revoked, tell('line.deprovisioned'));
    expect(line(back)).toMatchObject({ state: 'delivered', revoked: 'done' });
    expect(back.notes).toEqual([{ type: 'line.revoked', text: 'Lamp: taken back', lineId: LINE.id }]);
    const undoing = record(withLine({ state: 'undoing', revoked: 'asked' }), tell('line.deprovisioned'));
    expect(line(undoing)).toMatchObject({ state: 'undone', revoked: 'done' });
    expect(line(record(revoked, tell('line.provisioned')))?.revoked).toBe('asked');
  });

  it('is progress of an order that is delivered line by line: it is not overdue', () => {
    const since = (state: OrderDocument['state']): number =>
      record({ ...making, state, stageSince: 1 }, tell('line.provisioned'), 40).now.stageSince;
    expect(since('delivering')).toBe(40);
    expect(since('provisioning')).toBe(1);
  });
});

describe('what a person does', () => {
  it('is told to staff with who it was, and to the customer where it is his matter', () => {
    const staff = (fact: Fact) =>
      record(order, fact).notes.map(({ text, data, internal }) => [text, data, internal]);
    expect(staff({ type: 'operator.retried', actorId: 'usr_9' })).toEqual([
      ['Tried again by our team', { by: 'usr_9' }, true],
    ]);
    expect(staff({ type: 'operator.step_retried', key: 'price', actorId: null })).toEqual([
      ['Tried again by our team: price', { by: null }, true],
    ]);
    const cancel = { type: 'cancel.requested', text: null } as const;
    expect(staff({ ...cancel, by: 'operator', actorId: 'usr_9', keep: 'delivered' })).toEqual([
      ['Cancelled by our team', { by: 'usr_9', keep: 'delivered' }, true],
    ]);
    expect(staff({ ...cancel, by: 'operator' })).toEqual([
      ['Cancelled by our team', { by: null, keep: null }, true],
    ]);
    expect(staff({ ...cancel, by: 'customer' })).toEqual([]);
    const end = {
      type: 'operator.resolved',
      as: 'cancelled',
      actorId: 'usr_9',
      text: 'By telephone',
      confirm: null,
    } as const;
    expect(staff(end)).toMatchObject([
      ['Settled by our team: By telephone', undefined, undefined],
      [
        'Ended as cancelled by hand',
        { by: 'usr_9', difference: expect.stringMatching(/^cancelled:v1:kept=1500/) as string },
        true,
      ],
    ]);
  });
});

it('an address that was refused is forgotten and asked for again, which the customer is told', () => {
  const { now, notes } = record(
    { ...order, email: 'a@mail.test' },
    { type: 'mail.refused', reason: 'no such box' },
  );
  expect(now.email).toBeNull();
  expect(textsOf(notes)).toEqual(['A message to your e-mail address was refused; please check the address']);
});

it('an order that its client was told of is known for good', () => {
  expect(record(opened, { type: 'order.acknowledged' }).now.acknowledged).toBe(true);
});

it('what only wakes the order is no fact: nothing is written down', () => {
  const known = {
    ...order,
    fraud: newFraudRecord(UNKNOWN_ORIGIN),
    lines: [{ ...LINE, price: plainLine(500, 1) }],
  };
  const calls: Fact[] = [
    { type: 'stock.allocated', sku: LINE.sku },
    { type: 'payment.notified', eventId: 'evt_1', paymentId: 'pi_1' },
    { type: 'window.ended' },
    { type: 'stage.overdue' },
    { type: 'order.nudged' },
    { type: 'mails.gathered' },
    { type: 'effect.parked', step: 'price', error: 'x' },
  ];
  for (const call of calls) expect(record(known, call)).toEqual({ now: known, notes: [] });
});
