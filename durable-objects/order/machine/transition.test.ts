import { letThrough } from '../testing/assessed.ts';
import { factOf } from '../testing/documents.ts';
import { describe, expect, it } from 'vitest';
import { plainLine } from '#shared/domain/pricing/priced.ts';
import { totalsOf } from '#shared/domain/pricing/totals.ts';
import { DAY_MS } from '#shared/time/time.ts';
import type { Line, OrderDocument } from './document.ts';
import type { OrderEvent, PaymentFact } from './events.ts';
import { REFUSALS_MAX } from './money.ts';
import { HOLD_GRACE_MS, RETRY_GRACE_MS } from './holds.ts';
import { openOrder, type Outcome, transition } from './transition.ts';
import { deadlineOf, publicOrder } from './view.ts';

const LINE = `line_${'0'.repeat(31)}1`;
const line: Line = {
  id: LINE,
  instanceId: `ins_${'0'.repeat(31)}1`,
  workflowId: 'w',
  productId: `prod_${'0'.repeat(31)}1`,
  productVersion: 1,
  variantId: `var_${'0'.repeat(31)}1`,
  sku: 'S',
  kind: 'licence',
  title: 'Editor',
  variantTitle: '',
  price: plainLine(500, 1),
  quantity: 1,
  stockTracked: true,
  fulfilment: { template: 'licence-key', activationsMax: 1, validDays: null },
  customisation: {},
  state: 'pending',
  released: false,
  deliveredAt: null,
  revoked: 'no',
  detail: '',
};
const paid = factOf(500);
type Fact = OrderEvent extends infer Event ? (Event extends OrderEvent ? Omit<Event, 'at'> : never) : never;

/** The order after these events, and what the last one asked for. */
const after = (...facts: Fact[]): Outcome => afterWithin(600, ...facts);
function afterWithin(paymentWindowSeconds: number, ...facts: Fact[]): Outcome {
  let outcome = openOrder({
    id: `ord_${'0'.repeat(31)}1`,
    number: 'TP-1',
    customerId: `usr_${'0'.repeat(31)}1`,
    request: {
      currency: 'EUR',
      lines: [],
      codes: [],
      delivery: 'together',
      locale: 'en',
      paymentWindowSeconds,
    },
    lineIds: [],
    at: 0,
  });
  for (const fact of facts) outcome = letThrough(transition(outcome.document, { ...fact, at: 1_000 }), 1_000);
  return outcome;
}
const keys = (outcome: Outcome): string[] => outcome.intents.map((intent) => intent.key);
const stateOf = (...facts: Fact[]): OrderDocument['state'] => after(...facts).document.state;

const pricing = totalsOf(
  {
    currency: 'EUR',
    taxMode: 'inclusive',
    destination: { country: 'DE', region: null },
    promotions: [],
  },
  [line.price],
  null,
);
const PRICED: Fact[] = [{ type: 'order.priced', lines: [line], pricing, delivery: 'together', email: null }];
const HELD: Fact[] = [...PRICED, { type: 'stock.held', sku: 'S' }];
const OPEN: Fact[] = [
  ...HELD,
  { type: 'payment.asked' },
  { type: 'payment.open', payment: { ...paid, authorised: 0 } },
];
const AUTHORISED: Fact[] = [...OPEN, { type: 'payment.authorised', payment: paid }];
const PROVISIONING: Fact[] = [...AUTHORISED, { type: 'stock.committed', sku: 'S' }];
const READY: Fact[] = [...PROVISIONING, { type: 'line.provisioned', lineId: LINE, detail: '' }];
const captured: Fact = { type: 'payment.captured', payment: { ...paid, captured: 500 } };
const COMPLETED: Fact[] = [...READY, captured, { type: 'line.activated', lineId: LINE, detail: '' }];
const processing: Fact = { type: 'payment.processing', payment: { ...paid, authorised: 0 } };
const declined: Fact = {
  type: 'payment.open',
  payment: {
    ...paid,
    authorised: 0,
    lastError: { code: 'debit_failed', declineCode: null, message: 'The bank said no.' },
  },
};
/** Until when the last event asked to hold stock. */
const holdsOf = (outcome: Outcome): number[] =>
  outcome.intents.flatMap(({ effect }) => (effect.step === 'stock.hold' ? [effect.expiresAt] : []));
const cancel: Fact = { type: 'cancel.requested', by: 'customer', text: null };

describe('the order machine', () => {
  it('gives back what it held when the stock refuses to commit it, before it ends', () => {
    const refused: Fact = {
      type: 'stock.commit_refused',
      shortage: { sku: 'S', lineIndex: 0, available: 0 },
    };
    const voided: Fact = { type: 'payment.voided', payment: { ...paid, authorised: 0 } };
    const outcome = after(...AUTHORISED, refused, voided);
    expect([outcome.document.state, keys(outcome).some((key) => key.startsWith('stock.return:S'))]).toEqual([
      'returning_stock',
      true,
    ]);
    expect(stateOf(...AUTHORISED, refused, voided, { type: 'stock.returned', sku: 'S' })).toBe('cancelled');
  });

  it('goes the straight way', () => {
    expect(
      [PRICED, HELD, OPEN, AUTHORISED, PROVISIONING, READY, [...READY, captured], COMPLETED].map((facts) =>
        stateOf(...facts),
      ),
    ).toEqual([
      'holding',
      'requesting_payment',
      'awaiting_payment',
      'authorised',
      'provisioning',
      'capturing',
      'activating',
      'completed',
    ]);
  });

  it('lets an order nobody was told of vanish, and shows the others as cancelled', () => {
    const refused: Fact = { type: 'order.refused', refusals: [{ pointer: '/lines', detail: 'no' }] };
    const unseen = after(refused);
    expect(unseen.document.state).toBe('rejected');
    expect(publicOrder(unseen.document, { as: 'operator' }, 0)).toBeNull();
    expect(keys(unseen)).toEqual([]);
    expect(stateOf({ type: 'order.acknowledged' }, refused)).toBe('cancelled');
  });

  it('does not let an order vanish that waited for a person, because lists and answers have shown it', () => {
    const parked: Fact = { type: 'effect.parked', step: 'price', error: 'away' };
    const refused: Fact = { type: 'order.refused', refusals: [{ pointer: '/lines', detail: 'no' }] };
    expect(after(parked, { type: 'operator.retried' }, refused).document).toMatchObject({
      state: 'cancelled',
      reason: { code: 'not_purchasable' },
    });
  });

  it('ends when the payment method it was placed with is not the customer’s, and names the field', () => {
    const refused = { type: 'payment.refused', message: 'not_found' } as const;
    const unknown = after(...OPEN.slice(0, -1), { ...refused, methodUnknown: true });
    expect(unknown.document).toMatchObject({
      state: 'returning_stock',
      reason: { code: 'payment_method_unknown' },
      refusals: [{ pointer: '/paymentMethodId' }],
    });
    const other = after(...OPEN.slice(0, -1), refused);
    expect(other.document).toMatchObject({ reason: { code: 'payment_unavailable' }, refusals: [] });
  });

  it('does not deliver for less than the price: the hold goes back and another payment is asked for', () => {
    const short = { ...paid, authorised: 499, amount: 499 };
    const less = after(...OPEN, { type: 'payment.authorised', payment: short });
    expect(less.document).toMatchObject({
      state: 'requesting_payment',
      payment: { attempt: 2, status: 'none' },
      formerPayments: [{ attempt: 1, status: 'authorised' }],
    });
    expect(less.intents.map(({ effect }) => effect.step)).toEqual(
      expect.arrayContaining(['payment.create', 'payment.void']),
    );
    expect(less.notes.map(({ type }) => type)).toContain('payment.replaced');
    const again: PaymentFact = { ...paid, paymentId: 'pi_2', attempt: 2 };
    const paidAgain = after(
      ...OPEN,
      { type: 'payment.authorised', payment: short },
      { type: 'payment.voided', payment: short },
      { type: 'payment.open', payment: { ...again, authorised: 0 } },
      { type: 'payment.authorised', payment: again },
    );
    expect(paidAgain.document).toMatchObject({ state: 'authorised', payment: { paymentId: 'pi_2' } });
  });

  it('gives up after three payments of the wrong amount', () => {
    const wrong = [1, 2, 3, 4].flatMap((attempt): Fact[] => {
      const payment = { ...paid, paymentId: `pi_${attempt}`, attempt, authorised: 499, amount: 499 };
      return [
        { type: 'payment.open', payment: { ...payment, authorised: 0 } },
        { type: 'payment.authorised', payment },
      ];
    });
    expect(after(...OPEN, ...wrong).document).toMatchObject({
      state: 'returning_money',
      reason: { code: 'payment_mismatch' },
    });
  });

  it('believes no activation that was not asked for, because nothing is the customer’s before it is paid', () => {
    const early = after(...READY, { type: 'line.activated', lineId: LINE, detail: '' });
    expect(early.document.lines[0]?.state).toBe('provisioned');
    expect(early.changed).toBe(false);
  });

  it('ignores a payment that is not its own', () => {
    const foreign = after(...OPEN, { type: 'payment.authorised', payment: { ...paid, paymentId: 'pi_2' } });
    expect(foreign.document.state).toBe('awaiting_payment');
  });

  it('ignores an older snapshot after a newer one', () => {
    const stale = after(...AUTHORISED, { type: 'payment.open', payment: { ...paid, authorised: 0 } });
    expect(stale.changed).toBe(false);
  });

  it('asks for what is outstanding again, under a new key, when a person says so', () => {
    const stuck = after(...PROVISIONING, {
      type: 'line.stuck',
      lineId: LINE,
      code: null,
      detail: 'no hands',
    });
    expect(stuck.document).toMatchObject({ state: 'needs_operator', resume: 'provisioning' });
    const retried = transition(stuck.document, { type: 'operator.retried', at: 2_000 });
    expect(retried.document).toMatchObject({ state: 'provisioning', attention: null });
    expect(keys(retried)).toContain('lines.provision#1');
  });

  it('heals by a fact that comes after all', () => {
    const overdue: Fact[] = [...PROVISIONING, { type: 'stage.overdue' }];
    expect(stateOf(...overdue)).toBe('needs_operator');
    expect(stateOf(...overdue, { type: 'line.provisioned', lineId: LINE, detail: '' })).toBe('capturing');
  });

  it('shows a part refunded outside to a person, who may accept it once and for all', () => {
    const outside: Fact = { type: 'payment.captured', payment: { ...paid, captured: 500, refunded: 200 } };
    const seen: Fact[] = [...COMPLETED, outside];
    expect(after(...seen).document.attention?.code).toBe('refunded_outside');
    const again = after(...seen, { type: 'operator.retried' }).notes.map(({ type }) => type);
    expect(again).toEqual(['order.retried', 'order.resumed']);
    expect(stateOf(...seen, { type: 'operator.retried' })).toBe('completed');
    expect(stateOf(...seen, { type: 'operator.retried' }, outside)).toBe('completed');
  });

  it('lets a customer cancel until the money is being collected, and an operator even after the end', () => {
    expect(after(...READY, cancel).allowed).toBe(false);
    expect(after(...COMPLETED, cancel).allowed).toBe(false);
    const undone = after(...COMPLETED, { type: 'cancel.requested', by: 'operator', text: null });
    expect(undone.document.state).toBe('undoing_lines');
    expect(stateOf(...COMPLETED, { type: 'operator.retried' })).toBe('completed');
  });

  it('keeps the first cause, because a later one is only its consequence', () => {
    const failed: Fact = { type: 'line.failed', lineId: LINE, code: 'x', detail: 'No place.' };
    const voided: Fact = { type: 'payment.voided', payment: paid };
    const ended = after(...PROVISIONING, failed, cancel, voided);
    expect(ended.document.reason).toEqual({
      code: 'provisioning_failed',
      text: 'It could not be delivered: No place.',
    });
  });

  it('gives a payment that is under way more time, with its stock', () => {
    const before = after(...OPEN).document.dueAt;
    const extended = after(...OPEN, processing);
    expect(extended.document.dueAt).toBeGreaterThan(before);
    expect(holdsOf(extended)).toEqual([extended.document.dueAt + HOLD_GRACE_MS]);
    expect(deadlineOf(extended.document)).toEqual({ event: 'window.ended', at: extended.document.dueAt });
  });

  it('goes back to the customer’s own time when such a payment fails, however often, and gives its stock back at its end', () => {
    const own = after(...OPEN).document.dueAt;
    let failed = after(...OPEN, processing, declined);
    expect(failed.document.dueAt).toBe(own);
    // The stock is held for as long as it was asked once: no later request cuts a hold short, and none is needed.
    expect(holdsOf(failed)).toEqual([]);
    for (const type of [processing, declined]) {
      failed = transition(failed.document, { ...type, at: 2_000 });
      expect(holdsOf(failed)).toEqual([]);
      expect(failed.document.holdsUntil).toBeGreaterThanOrEqual(own + HOLD_GRACE_MS);
    }
    const over = transition(failed.document, { type: 'window.ended', at: own });
    expect(over.document.state).toBe('closing');
    const ended = transition(over.document, {
      type: 'payment.voided',
      payment: { ...paid, authorised: 0 },
      at: own,
    });
    expect(ended.document).toMatchObject({
      state: 'returning_stock',
      reason: { code: 'payment_abandoned', text: expect.stringContaining('The bank said no.') as string },
    });
  });

  it('grants one short time to try again after the own time is over, so that nobody holds stock by failing', () => {
    const own = after(...OPEN).document.dueAt;
    const late = own + 3 * DAY_MS;
    let order = transition(after(...OPEN, processing).document, { ...declined, at: late });
    expect(order.document.dueAt).toBe(late + RETRY_GRACE_MS);
    for (let time = 1; time < 20; time += 1) {
      const at = late + time * DAY_MS;
      order = transition(order.document, { ...processing, at });
      order = transition(order.document, { ...declined, at: at + 1 });
      expect(order.document.dueAt).toBe(late + RETRY_GRACE_MS);
    }
  });

  it('never grants longer for that than the customer had at first', () => {
    const brief = afterWithin(5, ...OPEN, processing);
    const failed = transition(brief.document, { ...declined, at: 60_000 });
    expect(failed.document.dueAt).toBe(65_000);
  });

  it('is undone when a payment is still under way after the longest time, instead of asking for ever', () => {
    const order = after(...OPEN, processing);
    const closing = transition(order.document, { type: 'window.ended', at: order.document.dueAt });
    const undone = transition(closing.document, { ...processing, at: order.document.dueAt });
    expect(undone.document).toMatchObject({
      state: 'returning_money',
      reason: { code: 'payment_abandoned' },
    });
  });

  it('asks anew under another key, and later each time, when the provider refuses to void; then a person looks', () => {
    const refused = (order: Outcome): Outcome =>
      transition(order.document, {
        type: 'payment.step_refused',
        key: order.document.payment.asking ?? '',
        step: 'payment.void',
        error: 'invalid_state: processing',
        at: 1_000,
      });
    let order = after(...AUTHORISED, cancel);
    const asked = keys(order).filter((key) => key.startsWith('payment.'));
    const delays: number[] = [];
    for (let time = 0; time < REFUSALS_MAX; time += 1) {
      order = refused(order);
      asked.push(...keys(order));
      delays.push(...order.intents.map((intent) => (intent.notBefore ?? 0) - 1_000));
    }
    expect(asked).toHaveLength(REFUSALS_MAX + 1);
    expect(new Set(asked).size).toBe(asked.length);
    expect(delays).toEqual([...delays].sort((a, b) => a - b));
    order = refused(order);
    expect(order.document).toMatchObject({
      state: 'needs_operator',
      attention: { code: 'payment_void_failed', detail: 'invalid_state: processing' },
    });
    const retried = transition(order.document, { type: 'operator.retried', at: 2_000 });
    const again = retried.intents.find(({ effect }) => effect.step === 'payment.void');
    expect(asked).not.toContain(again?.key);
    expect(again?.notBefore).toBeUndefined();
  });

  it('counts a refusal once, and none of a step it does not wait for any more', () => {
    const over = transition(after(...OPEN).document, { type: 'window.ended', at: 600_000 });
    const refusal: OrderEvent = {
      type: 'payment.step_refused',
      key: over.document.payment.asking ?? '',
      step: 'payment.close',
      error: 'invalid_state',
      at: 600_001,
    };
    const once = transition(over.document, refusal);
    expect(once.intents).toMatchObject([{ effect: { step: 'payment.close' } }]);
    expect(transition(once.document, refusal).changed).toBe(false);
    const undone = transition(over.document, { ...cancel, at: 600_001 });
    expect(transition(undone.document, refusal).changed).toBe(false);
  });

  it('says that a free order has nothing to be paid, because `pending` would never end', () => {
    const free: Line = { ...line, price: plainLine(0, 1) };
    const priced: Fact = {
      type: 'order.priced',
      lines: [free],
      pricing: { ...pricing, total: 0 },
      delivery: 'together',
      email: null,
    };
    const held = after(priced, { type: 'stock.held', sku: 'S' });
    expect(publicOrder(held.document, { as: 'customer' }, 0)?.paymentStatus).toBe('not_required');
  });

  it('offers to edit an order exactly while it waits for its payment, to staff as well', () => {
    const offered = (as: 'customer' | 'operator', ...facts: Fact[]) =>
      publicOrder(after(...facts).document, { as }, 0)?.nextActions;
    expect(offered('customer', ...OPEN)).toEqual(['pay', 'edit', 'cancel']);
    expect(offered('operator', ...OPEN)).toContain('edit');
    expect(offered('customer', ...OPEN, processing)).not.toContain('edit');
    expect(offered('customer', ...PROVISIONING)).toEqual(['wait', 'cancel']);
  });

  it('does not touch the document it was given', () => {
    const { document } = after(...OPEN);
    const copy = structuredClone(document);
    transition(document, { type: 'payment.authorised', payment: paid, at: 1_000 });
    expect(document).toEqual(copy);
  });
});

describe('what the customer is told', () => {
  const mails = (outcome: Outcome) => outcome.intents.filter((intent) => intent.key.startsWith('mail:'));

  it('is that money is reserved while nothing is charged, and that it was received when it was', () => {
    expect(mails(after(...AUTHORISED))).toMatchObject([{ key: 'mail:paid', effect: { mail: 'reserved' } }]);
    expect(mails(after(...OPEN, captured))).toMatchObject([{ key: 'mail:paid', effect: { mail: 'paid' } }]);
  });

  it.each([
    ['line.started', '', 'Editor: being prepared'],
    ['line.started', 'Being prepared.', 'Editor: being prepared'],
    [
      'line.failed',
      'Our partner could not be reached, so nothing was sent.',
      'Editor: our partner could not be reached, so nothing was sent',
    ],
    ['line.provisioned', 'DHL has it. Wait.', 'Editor: DHL has it. Wait'],
  ] as const)('reads once in the timeline: %s %s', (type, detail, text) => {
    const event = type === 'line.failed' ? { type, code: null, detail } : { type, detail };
    const { notes } = after(...PROVISIONING, { ...event, lineId: LINE });
    expect(notes.map((entry) => entry.text)).toContain(text);
  });
});
