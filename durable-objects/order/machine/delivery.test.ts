import { NO_PAYMENT_DETAILS } from '#shared/contracts/payments.ts';
import { letThrough } from '../testing/assessed.ts';
import { describe, expect, it } from 'vitest';
import type { PaymentSnapshot } from '#shared/contracts/payments.ts';
import { plainLine } from '#shared/domain/pricing/priced.ts';
import { totalsOf } from '#shared/domain/pricing/totals.ts';
import { HOUR_MS } from '#shared/time/time.ts';
import { type Line, openAmount, type OrderDocument } from './document.ts';
import type { OrderEvent, PaymentFact } from './events.ts';
import { type EffectStep, isWanted } from './intents.ts';
import { deliveryOf } from './lines.ts';
import { PAYMENTS_MAX } from './holds.ts';
import { capturedOf, excessOf, ledgersOf } from './money.ts';
import { differenceOf } from './resolution.ts';
import { openOrder, transition } from './transition.ts';
import { deadlineOf, publicOrder } from './view.ts';

type Fact = OrderEvent extends infer Event ? (Event extends OrderEvent ? Omit<Event, 'at'> : never) : never;

const hexId = (prefix: string, n: number): string => `${prefix}_${n.toString(16).padStart(32, '0')}`;
const SHIPPING = { methodId: 'ship_1', title: 'Post', amount: 50, discounts: [], taxes: [], total: 50 };

function lineOf(index: number, share: number, parcel = false): Line {
  return {
    id: hexId('line', index),
    instanceId: hexId('ins', index),
    workflowId: `w${index}`,
    productId: hexId('prod', index),
    productVersion: 1,
    variantId: hexId('var', index),
    sku: `S${index}`,
    kind: parcel ? 'physical' : 'licence',
    title: `Article ${index}`,
    variantTitle: '',
    price: plainLine(share, 1),
    quantity: 1,
    stockTracked: false,
    fulfilment: parcel
      ? { template: 'parcel', weightGrams: 100 }
      : { template: 'licence-key', activationsMax: 1, validDays: null },
    customisation: {},
    released: false,
    deliveredAt: null,
    revoked: 'no',
    state: 'pending',
    detail: '',
  };
}

/** An order of several lines, its payment as the provider tells of it, and what the machine asked for. */
class Story {
  document: OrderDocument;
  readonly payment: PaymentFact;
  readonly asked = new Map<string, EffectStep>();
  readonly notes: string[] = [];
  at = 1_000;

  constructor(
    lines: Line[],
    options: {
      multicapture?: boolean;
      delivery?: 'together' | 'as_ready';
      captureBefore?: number | null;
    } = {},
  ) {
    const { multicapture = true, delivery = 'as_ready', captureBefore = null } = options;
    const opened = openOrder({
      id: hexId('ord', 1),
      number: 'TP-1',
      customerId: hexId('usr', 1),
      request: {
        currency: 'EUR',
        lines: [],
        codes: [],
        delivery,
        locale: 'en',
        paymentWindowSeconds: 600,
      },
      lineIds: [],
      at: 0,
    });
    this.document = opened.document;
    const parcels = lines.some((line) => line.fulfilment.template === 'parcel');
    const pricing = totalsOf(
      {
        currency: 'EUR',
        taxMode: 'inclusive',
        destination: { country: 'DE', region: null },
        promotions: [],
      },
      lines.map((line) => line.price),
      parcels ? SHIPPING : null,
    );
    this.payment = {
      paymentId: 'pi_1',
      attempt: 1,
      currency: 'EUR',
      amount: pricing.total,
      authorised: 0,
      captured: 0,
      refunded: 0,
      capturable: 0,
      captureBefore,
      multicapture,
      method: 'card',
      refunds: [],
      clientSecret: 'secret',
      lastError: null,
      ...NO_PAYMENT_DETAILS,
    };
    this.tell({ type: 'order.priced', lines, pricing, delivery, email: null });
    this.tell({ type: 'payment.asked', attempt: 1 });
    this.pay('payment.open');
    this.pay('payment.authorised', { authorised: pricing.total, capturable: pricing.total });
  }

  tell(fact: Fact): boolean {
    const outcome = letThrough(transition(this.document, { ...fact, at: this.at }), this.at);
    for (const { key, effect } of outcome.intents) if (!this.asked.has(key)) this.asked.set(key, effect);
    this.notes.push(...outcome.notes.map(({ text }) => text));
    this.document = outcome.document;
    return outcome.allowed;
  }
  pay(
    type: 'payment.open' | 'payment.authorised' | 'payment.captured' | 'payment.voided',
    values: Partial<PaymentSnapshot> = {},
  ): void {
    Object.assign(this.payment, values);
    this.tell({ type, payment: structuredClone(this.payment) });
  }
  made = (index: number) => this.tell({ type: 'line.provisioned', lineId: hexId('line', index), detail: '' });
  handed = (index: number) => this.tell({ type: 'line.activated', lineId: hexId('line', index), detail: '' });
  failed = (index: number) =>
    this.tell({ type: 'line.failed', lineId: hexId('line', index), code: 'x', detail: 'No place.' });
  undone = (index: number) =>
    this.tell({ type: 'line.deprovisioned', lineId: hexId('line', index), detail: '' });

  steps<Step extends EffectStep['step']>(step: Step): Extract<EffectStep, { step: Step }>[] {
    return [...this.asked.values()].filter(
      (effect): effect is Extract<EffectStep, { step: Step }> => effect.step === step,
    );
  }
  captures = () => this.steps('payment.capture').map(({ upTo, final }) => [upTo, final]);
  released = () => this.document.lines.filter((line) => line.released).map((line) => line.sku);
  states = () => this.document.lines.map((line) => line.state);
  order = (as: 'customer' | 'operator' = 'customer') => publicOrder(this.document, { as }, 0);
}

describe('the way of delivery', () => {
  it('is as ready only where the customer asks for it and no product forbids it', () => {
    const any = { ...lineOf(1, 1) };
    const together = { ...lineOf(2, 1), delivery: 'together' as const };
    expect(deliveryOf('as_ready', [any, { ...any, delivery: 'any' }])).toBe('as_ready');
    expect(deliveryOf('as_ready', [any, together])).toBe('together');
    expect(deliveryOf('together', [any])).toBe('together');
  });
});

describe('an order delivered as ready', () => {
  it('collects each line when it is made, hands it over when that is collected, and the last collection ends the hold', () => {
    const story = new Story([lineOf(1, 300), lineOf(2, 200)]);
    expect(story.document.state).toBe('delivering');
    story.made(1);
    expect(story.captures()).toEqual([[300, false]]);
    expect(story.released()).toEqual([]);
    story.pay('payment.authorised', { captured: 300, capturable: 200 });
    expect(story.released()).toEqual(['S1']);
    story.handed(1);
    expect(story.order()).toMatchObject({
      state: 'provisioning',
      fulfilment: 'partial',
      paymentStatus: 'partially_captured',
      nextActions: ['wait', 'cancel', 'cancel_lines', 'view_instances'],
    });
    story.made(2);
    expect(story.captures()).toEqual([
      [300, false],
      [500, true],
    ]);
    story.pay('payment.captured', { captured: 500, capturable: 0 });
    story.handed(2);
    expect(story.order()).toMatchObject({
      state: 'completed',
      fulfilment: 'complete',
      paymentStatus: 'captured',
    });
  });

  it('leaves no line waiting when it ends with a part delivered, because its units are still to come', () => {
    const story = new Story([lineOf(1, 300), lineOf(2, 200), lineOf(3, 100)]);
    const waiting = hexId('line', 3);
    story.document.lines = story.document.lines.map((line) =>
      line.id === waiting ? { ...line, state: 'pending' } : line,
    );
    story.document.stock = [
      {
        sku: 'S3',
        object: 'S3',
        state: 'committed',
        lines: [{ lineId: waiting, quantity: 1 }],
        returnedLines: [],
        waiting: [waiting],
      },
    ];
    story.made(1);
    story.pay('payment.authorised', { captured: 300, capturable: 300 });
    story.handed(1);
    story.made(2);
    story.tell({ type: 'payment.capture_refused', message: 'Declined.' });
    story.undone(2);
    story.pay('payment.captured', { capturable: 0 });
    story.tell({ type: 'stock.returned', sku: 'S3' });
    expect(story.document.state).toBe('completed');
    expect(story.states()).toEqual(['delivered', 'undone', 'undone']);
    expect(excessOf(story.document)).toBe(0);
  });

  it('charges the shipping with the first parcel, and only then', () => {
    const story = new Story([lineOf(1, 300), lineOf(2, 200, true), lineOf(3, 100, true)]);
    story.made(1);
    expect(story.captures().at(-1)).toEqual([300, false]);
    story.made(2);
    expect(story.captures().at(-1)).toEqual([550, false]);
    story.made(3);
    expect(story.captures().at(-1)).toEqual([650, true]);
  });

  it('undoes what fails while the rest goes on, gives its share free at the end, and says why', () => {
    const story = new Story([lineOf(1, 300), lineOf(2, 200)]);
    story.failed(2);
    expect(story.states()).toEqual(['provisioning', 'undoing']);
    story.made(1);
    story.pay('payment.captured', { captured: 300, capturable: 0 });
    story.handed(1);
    story.undone(2);
    expect(story.captures()).toEqual([[300, true]]);
    expect(story.order()).toMatchObject({
      state: 'completed',
      fulfilment: 'partial',
      paymentStatus: 'captured',
      refunds: [],
      reason: { code: 'part_failed', text: 'A part could not be delivered: No place.' },
      lines: [{ detail: 'Ready' }, { detail: 'Could not be delivered: no place', state: 'undone' }],
    });
    expect(story.notes.at(-1)).toBe('Complete in part. A part could not be delivered: No place.');
    expect(story.notes.filter((text) => /order is being undone|Thank you/.test(text))).toEqual([]);
    expect(excessOf(story.document)).toBe(0);
  });

  it('says that only the rest is undone when the customer keeps what he has', () => {
    const story = new Story([lineOf(1, 300), lineOf(2, 200)]);
    story.made(1);
    story.pay('payment.authorised', { captured: 300, capturable: 200 });
    story.handed(1);
    story.tell({ type: 'cancel.requested', by: 'customer', text: 'no' });
    expect(story.notes.at(-1)).toBe(
      'What is not delivered is being undone: Cancelled at the customer’s request: no',
    );
  });

  it('voids the rest of the hold when the last line fails after others were collected', () => {
    const story = new Story([lineOf(1, 300), lineOf(2, 200)]);
    story.made(1);
    story.pay('payment.authorised', { captured: 300, capturable: 200 });
    story.handed(1);
    story.failed(2);
    story.undone(2);
    expect(story.document.state).toBe('returning_money');
    expect(story.steps('payment.void')).toEqual([{ step: 'payment.void', attempt: 1 }]);
    story.pay('payment.voided', { capturable: 0 });
    expect(story.order()).toMatchObject({
      state: 'completed',
      fulfilment: 'partial',
      paymentStatus: 'captured',
    });
    expect(story.document.payment).toMatchObject({ captured: 300, voided: 200 });
  });

  it('collects everything at the first delivery where parts cannot be, and refunds what fails, once', () => {
    const story = new Story([lineOf(1, 300), lineOf(2, 200)], { multicapture: false });
    story.made(1);
    expect(story.captures()).toEqual([[500, true]]);
    story.pay('payment.captured', { captured: 500, capturable: 0 });
    story.handed(1);
    story.failed(2);
    story.undone(2);
    const [refund] = story.document.refunds;
    expect(refund).toMatchObject({ amount: 200, state: 'asked', cause: 'not_delivered' });
    const refunds = [
      { refundId: 're_1', amount: 200, state: 'pending' as const, reference: refund?.id ?? null },
    ];
    story.pay('payment.captured', { refunded: 200, refunds });
    expect(story.document.refunds).toHaveLength(1);
    expect(story.order()).toMatchObject({
      state: 'completed',
      fulfilment: 'partial',
      paymentStatus: 'partially_refunded',
      refunds: [{ amount: { amount: 200 }, state: 'pending' }],
    });
  });

  it('asks for a refund anew under another name when the bank sent the first one back', () => {
    const story = new Story([lineOf(1, 300)], { multicapture: false });
    story.made(1);
    story.pay('payment.captured', { captured: 300, capturable: 0 });
    story.tell({ type: 'cancel.requested', by: 'operator', text: null });
    story.undone(1);
    const told = (state: 'succeeded' | 'failed') => [
      { refundId: 're_1', amount: 300, state, reference: story.document.refunds[0]?.id ?? null },
    ];
    story.pay('payment.captured', { refunded: 300, refunds: told('succeeded') });
    expect(story.document.state).toBe('refunded');
    story.pay('payment.captured', { refunded: 0, refunds: told('failed') });
    expect(story.document.refunds.map(({ state }) => state)).toEqual(['failed', 'asked']);
    expect(story.document.state).toBe('returning_money');
  });

  it('tells once of the money for a line that could not be made, though the bank sent it back first', () => {
    const story = new Story([lineOf(1, 300), lineOf(2, 200)], { multicapture: false });
    story.made(1);
    story.pay('payment.captured', { captured: 500, capturable: 0 });
    story.handed(1);
    story.failed(2);
    story.undone(2);
    const told = (index: number, state: 'succeeded' | 'failed') => ({
      refundId: `re_${index}`,
      amount: 200,
      state,
      reference: story.document.refunds[index]?.id ?? null,
    });
    story.pay('payment.captured', { refunded: 200, refunds: [told(0, 'succeeded')] });
    story.pay('payment.captured', { refunded: 0, refunds: [told(0, 'failed')] });
    expect(story.document.refunds.map(({ state }) => state)).toEqual(['failed', 'asked']);
    story.pay('payment.captured', { refunded: 200, refunds: [told(0, 'failed'), told(1, 'succeeded')] });
    const mails = [...story.asked.values()].filter(
      (effect) => effect.step === 'mail' && effect.mail === 'part_refunded',
    );
    expect(mails).toHaveLength(1);
  });

  it('leaves a customer who cancels the rest what he has; staff may take back everything', () => {
    const part = () => {
      const story = new Story([lineOf(1, 300), lineOf(2, 200)]);
      story.made(1);
      story.pay('payment.authorised', { captured: 300, capturable: 200 });
      story.handed(1);
      return story;
    };
    const own = part();
    own.tell({ type: 'cancel.requested', by: 'customer', text: null });
    expect(own.states()).toEqual(['delivered', 'undoing']);
    const staff = part();
    staff.tell({ type: 'cancel.requested', by: 'operator', text: null, keep: 'nothing' });
    expect(staff.states()).toEqual(['undoing', 'undoing']);
    own.tell({ type: 'cancel.requested', by: 'operator', text: null, keep: 'nothing' });
    expect(own.states()).toEqual(['undoing', 'undoing']);
  });
});

describe('what was paid for and is on its way', () => {
  /** The first line is collected and being handed over, the second is made. */
  function onItsWay() {
    const captureBefore = 72 * HOUR_MS;
    const story = new Story([lineOf(1, 300), lineOf(2, 200)], { captureBefore });
    story.made(1);
    story.pay('payment.authorised', { captured: 300, capturable: 200 });
    expect(story.states()).toEqual(['provisioned', 'provisioning']);
    return story;
  }
  const declined = (story: Story) =>
    void story.tell({ type: 'payment.capture_refused', message: 'Declined.' });
  const lapsing = (story: Story) => {
    story.at = 71 * HOUR_MS;
    story.tell({ type: 'authorisation.ending' });
  };
  const cancelled = (story: Story) =>
    void story.tell({ type: 'cancel.requested', by: 'customer', text: null });
  const disputed = (story: Story) => {
    const dispute = {
      disputeId: 'dp_1',
      amount: 300,
      state: 'open' as const,
      reason: 'fraudulent',
      openedAt: story.at,
    };
    story.pay('payment.authorised', { disputes: [dispute] });
  };

  it.each([
    ['a later capture is declined', declined, 'payment_declined'],
    ['the hold for the rest lapses', lapsing, 'authorisation_expired'],
  ] as const)('reaches its customer though %s, and the order waits for it', (_, cause, reason) => {
    const story = onItsWay();
    cause(story);
    expect(story.document).toMatchObject({ state: 'undoing_lines', reason: { code: reason } });
    expect(story.states()).toEqual(['provisioned', 'undoing']);
    story.undone(2);
    expect(story.document.state).toBe('undoing_lines');
    story.handed(1);
    story.pay('payment.captured', { capturable: 0 });
    expect(story.document).toMatchObject({ state: 'completed', refunds: [] });
    expect(story.states()).toEqual(['delivered', 'undone']);
    expect(excessOf(story.document)).toBe(0);
  });

  it('is asked for again when a person retries, and by the sweeper, because nobody else would', () => {
    const story = onItsWay();
    declined(story);
    const handedOver = () => story.steps('lines.activate').length;
    const lineId = hexId('line', 1);
    story.tell({ type: 'line.stuck', lineId, code: null, detail: 'no hands' });
    expect(story.document).toMatchObject({ state: 'needs_operator', resume: 'undoing_lines' });
    const before = handedOver();
    story.tell({ type: 'operator.retried' });
    expect([story.document.state, handedOver()]).toEqual(['undoing_lines', before + 1]);
    const step = { step: 'lines.activate' as const, lineIds: [lineId] };
    expect(isWanted(story.document, step)).toBe(true);
    story.at += HOUR_MS;
    story.tell({ type: 'order.nudged' });
    expect(handedOver()).toBe(before + 2);
  });

  it.each([
    ['the customer cancels the rest', [cancelled]],
    ['a bank has the money', [disputed]],
    ['a bank has the money after a later capture was declined', [declined, disputed]],
  ] as const)('is taken back when %s', (_, causes) => {
    const story = onItsWay();
    for (const cause of causes) cause(story);
    expect(story.document.state).toBe('undoing_lines');
    expect(story.states()).toEqual(['undoing', 'undoing']);
    const step = { step: 'lines.activate' as const, lineIds: [hexId('line', 1)] };
    expect(isWanted(story.document, step)).toBe(false);
  });
});

describe('news that a line is stuck', () => {
  const stuck = { type: 'line.stuck', code: null, detail: 'no hands' } as const;

  it('asks nobody when it comes after the line was made, or handed over, because queues know no order', () => {
    const story = new Story([lineOf(1, 300), lineOf(2, 200)], { delivery: 'together' });
    story.made(1);
    story.tell({ ...stuck, lineId: hexId('line', 1) });
    expect([story.document.state, story.states()]).toEqual(['provisioning', ['provisioned', 'provisioning']]);
    expect(story.document.lines[0]?.detail).not.toBe('no hands');
    story.made(2);
    story.pay('payment.captured', { captured: 500, capturable: 0 });
    story.handed(1);
    story.handed(2);
    story.tell({ ...stuck, lineId: hexId('line', 2) });
    expect(story.document.state).toBe('completed');
  });

  it('asks a person while something is wanted of the line: that it is made, handed over or taken back', () => {
    const story = () => new Story([lineOf(1, 300)], { delivery: 'together' });
    const making = story();
    const handing = story();
    handing.made(1);
    handing.pay('payment.captured', { captured: 300, capturable: 0 });
    const undoing = story();
    undoing.tell({ type: 'cancel.requested', by: 'operator', text: null });
    for (const order of [making, handing, undoing]) {
      order.tell({ ...stuck, lineId: hexId('line', 1) });
      expect(order.document.state).toBe('needs_operator');
    }
  });
});

describe('an instance that turns up after its line was undone, and cannot be taken back', () => {
  const stuck = { type: 'line.stuck', lineId: hexId('line', 1), code: null, detail: 'no hands' } as const;
  const takings = (story: Story) => story.steps('lines.deprovision').length;
  const until = (...ways: ((story: Story) => void)[]) => {
    const story = new Story([lineOf(1, 300)], { delivery: 'together' });
    story.tell({ type: 'cancel.requested', by: 'operator', text: null });
    story.undone(1);
    for (const way of ways) way(story);
    return story;
  };
  const voided = (story: Story) => story.pay('payment.voided', { capturable: 0 });
  const overdue = (story: Story) => void story.tell({ type: 'stage.overdue' });

  it.each([
    ['the money goes back', [], 'returning_money'],
    ['a person is asked about the money', [overdue], 'needs_operator'],
    ['the order has ended', [voided], 'cancelled'],
  ] as const)(
    'is in the hands of a person at once while %s, and is undone as soon as it is gone',
    (_, ways, state) => {
      const story = until(...ways);
      expect([story.document.state, story.states()]).toEqual([state, ['undone']]);
      story.made(1);
      const before = takings(story);
      story.tell(stuck);
      const asked = { state: 'needs_operator', resume: 'undoing_lines', attention: { code: 'line_stuck' } };
      expect(story.document).toMatchObject(asked);
      expect(story.states()).toEqual(['undoing']);
      const { version } = story.document;
      story.tell(stuck);
      expect(story.document).toMatchObject({ ...asked, version });
      story.tell({ type: 'operator.retried' });
      expect([story.document.state, takings(story)]).toEqual(['undoing_lines', before + 1]);
      story.undone(1);
      voided(story);
      expect([story.document.state, story.states()]).toEqual(['cancelled', ['undone']]);
    },
  );

  it('is a matter of the past when a person says that it is gone, or when it goes after all', () => {
    const byHand = until(voided);
    byHand.tell(stuck);
    const confirm = differenceOf(byHand.document, 'cancelled').code;
    byHand.tell({ type: 'operator.resolved', as: 'cancelled', actorId: null, text: 'gone', confirm });
    expect([byHand.document.state, byHand.states()]).toEqual(['cancelled', ['undone']]);
    const byItself = until(voided);
    byItself.tell(stuck);
    byItself.undone(1);
    expect([byItself.document.state, byItself.states()]).toEqual(['cancelled', ['undone']]);
  });

  it('leaves the customer what he has: of an order completed in part an operator asks for it again', () => {
    const story = new Story([lineOf(1, 300), lineOf(2, 200)]);
    story.failed(1);
    story.made(2);
    story.pay('payment.captured', { captured: 200, capturable: 0 });
    story.handed(2);
    story.undone(1);
    expect([story.document.state, story.states()]).toEqual(['completed', ['undone', 'delivered']]);
    story.tell(stuck);
    expect(story.document).toMatchObject({ state: 'needs_operator', resume: 'completed' });
    const before = takings(story);
    story.tell({ type: 'operator.retried' });
    expect([story.document.state, takings(story)]).toEqual(['completed', before + 1]);
    story.at += HOUR_MS;
    story.tell({ type: 'order.nudged' });
    expect(takings(story)).toBe(before + 2);
    story.undone(1);
    expect([story.document.state, story.states()]).toEqual(['completed', ['undone', 'delivered']]);
  });
});

describe('a hold that is about to lapse', () => {
  const DAY_HOLD = 72 * HOUR_MS;
  function expiring() {
    const story = new Story([lineOf(1, 500)], { delivery: 'together', captureBefore: DAY_HOLD });
    const deadline = deadlineOf(story.document);
    story.at = 49 * HOUR_MS;
    story.tell({ type: 'authorisation.expiring' });
    return { story, deadline };
  }
  const renewal = (story: Story, values: Partial<PaymentSnapshot>): PaymentFact => ({
    ...story.payment,
    paymentId: 'pi_2',
    attempt: 2,
    clientSecret: 'secret-2',
    authorised: 0,
    capturable: 0,
    ...values,
  });

  it('asks the customer to pay anew well before, with another payment of the same order', () => {
    const { story, deadline } = expiring();
    expect(deadline?.event).toBe('stage.overdue');
    expect(story.steps('payment.create').map(({ attempt }) => attempt)).toEqual([1, 2]);
    story.tell({ type: 'payment.open', payment: renewal(story, {}) });
    expect(story.order()).toMatchObject({
      nextActions: ['pay', 'cancel'],
      payment: { paymentId: 'pi_2', clientSecret: 'secret-2' },
    });
    expect(story.order('operator')?.nextActions).not.toContain('pay');
  });

  it('goes on with the new payment and voids the old one; only the new one is ever collected', () => {
    const { story } = expiring();
    story.tell({
      type: 'payment.authorised',
      payment: renewal(story, { authorised: 500, capturable: 500, captureBefore: story.at + DAY_HOLD }),
    });
    expect(story.document).toMatchObject({ renewal: null, payment: { paymentId: 'pi_2' } });
    expect(story.steps('payment.void')).toEqual([{ step: 'payment.void', attempt: 1 }]);
    story.made(1);
    expect(story.steps('payment.capture').map(({ attempt }) => attempt)).toEqual([2]);
    story.pay('payment.voided', { capturable: 0 });
    story.tell({
      type: 'payment.captured',
      payment: renewal(story, { authorised: 500, captured: 500 }),
    });
    story.handed(1);
    expect(story.document.state).toBe('completed');
    expect(ledgersOf(story.document).map(openAmount)).toEqual([0, 0]);
    expect(capturedOf(story.document)).toBe(500);
  });

  it('asks each time for what is still to be collected, because what former payments took was asked for again', () => {
    const lines = [lineOf(1, 300), lineOf(2, 200), lineOf(3, 100)];
    const story = new Story(lines, { captureBefore: DAY_HOLD });
    story.made(1);
    story.pay('payment.authorised', { captured: 300, capturable: 300 });
    story.handed(1);
    story.at = 49 * HOUR_MS;
    story.tell({ type: 'authorisation.expiring' });
    expect(story.document.renewal?.amount).toBe(300);
    story.tell({ type: 'payment.open', payment: renewal(story, { amount: 300 }) });
    expect(story.order()).toMatchObject({ total: { amount: 600 }, payment: { amount: { amount: 300 } } });
    const hold = { amount: 300, authorised: 300, captured: 0, captureBefore: story.at + DAY_HOLD };
    const payment = renewal(story, { ...hold, capturable: 300 });
    story.tell({ type: 'payment.authorised', payment });
    story.made(2);
    story.tell({ type: 'payment.authorised', payment: { ...payment, captured: 200, capturable: 100 } });
    story.handed(2);
    story.at += 49 * HOUR_MS;
    story.tell({ type: 'authorisation.expiring' });
    expect(story.document.renewal).toMatchObject({ attempt: 3, amount: 100 });
  });

  it('is let lapse when nothing is left to collect of it', () => {
    const story = new Story([lineOf(1, 300), lineOf(2, 200)], { captureBefore: DAY_HOLD });
    story.made(1);
    story.pay('payment.authorised', { captured: 300, capturable: 200 });
    story.failed(2);
    expect(openAmount(story.document.payment)).toBe(200);
    expect(deadlineOf({ ...story.document, stageSince: DAY_HOLD })?.event).toBe('stage.overdue');
  });

  it('drops the new payment when everything is made in time after all', () => {
    const { story } = expiring();
    story.tell({ type: 'payment.open', payment: renewal(story, {}) });
    story.made(1);
    expect(story.steps('payment.capture').map(({ attempt }) => attempt)).toEqual([1]);
    expect(story.steps('payment.void').map(({ attempt }) => attempt)).toEqual([2]);
  });

  it('is no reason to charge for nothing: unpaid, the order is undone before the hold lapses', () => {
    const { story } = expiring();
    story.tell({ type: 'payment.open', payment: renewal(story, {}) });
    const deadline = deadlineOf({ ...story.document, stageSince: story.at });
    expect(deadline).toEqual({ event: 'authorisation.ending', at: expect.any(Number) as number });
    expect(deadline?.at).toBeLessThan(DAY_HOLD);
    story.at = deadline?.at ?? 0;
    story.tell({ type: 'authorisation.ending' });
    expect(story.document).toMatchObject({
      state: 'undoing_lines',
      reason: { code: 'authorisation_expired' },
    });
    expect(story.order()?.nextActions, 'nobody is asked to pay for what is being undone').toEqual(['wait']);
  });

  it('also counts while a person is asked', () => {
    const { story } = expiring();
    story.tell({ type: 'line.stuck', lineId: hexId('line', 1), code: null, detail: 'no hands' });
    expect(story.document.state).toBe('needs_operator');
    expect(deadlineOf(story.document)?.event).toBe('authorisation.ending');
  });

  it.each(['delivering', 'needs_operator'] as const)(
    'is renewed a bounded number of times (%s), because somebody who pays anew each time is asked without an end',
    (state) => {
      const hold = { authorised: 500, capturable: 500, captureBefore: HOUR_MS };
      const story = new Story([lineOf(1, 500)], hold);
      if (state === 'needs_operator')
        story.tell({ type: 'line.stuck', lineId: hexId('line', 1), code: null, detail: 'no hands' });
      expect(story.document.state).toBe(state);
      for (let attempt = 2; attempt < 100 && story.document.state === state; attempt += 1) {
        const deadline = deadlineOf(story.document);
        if (deadline === null || !deadline.event.startsWith('authorisation.')) break;
        story.at = deadline.at;
        story.tell({ type: deadline.event });
        const captureBefore = story.at + HOUR_MS;
        const payment = renewal(story, { ...hold, paymentId: `pi_${attempt}`, attempt, captureBefore });
        if (story.document.renewal !== null) story.tell({ type: 'payment.authorised', payment });
      }
      expect(story.steps('payment.create')).toHaveLength(PAYMENTS_MAX);
      expect(story.document).toMatchObject({
        state: 'undoing_lines',
        reason: { code: 'authorisation_expired' },
      });
    },
  );
});
