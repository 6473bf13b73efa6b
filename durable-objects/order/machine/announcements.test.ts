import { NO_PAYMENT_DETAILS } from '#shared/contracts/payments.ts';
import { letThrough } from '../testing/assessed.ts';
import { describe, expect, it } from 'vitest';
import {
  cloudEventSchema,
  PUBLIC_EVENTS,
  type PublicEvent,
  type PublicEventType,
} from '#shared/contracts/order-events.ts';
import { plainLine } from '#shared/domain/pricing/priced.ts';
import { totalsOf } from '#shared/domain/pricing/totals.ts';
import { orderEventMessage } from '../messages.ts';
import { announce } from './announcements.ts';
import type { Line, OrderDocument } from './document.ts';
import type { OrderEvent, PaymentFact } from './events.ts';
import type { Intent } from './intents.ts';
import { openOrder, transition } from './transition.ts';

const hexId = (prefix: string, n: number): string => `${prefix}_${n.toString(16).padStart(32, '0')}`;
const money = { currency: 'EUR' as const, amount: 500, authorised: 500, captured: 0, refunded: 0 };
const paid: PaymentFact = {
  paymentId: 'pi_1',
  clientSecret: 'the-secret',
  lastError: null,
  ...NO_PAYMENT_DETAILS,
  attempt: 1,
  capturable: 500,
  captureBefore: null,
  multicapture: false,
  method: 'card',
  refunds: [],
  ...money,
};

function lineOf(index: number, values: Partial<Line> = {}): Line {
  return {
    id: hexId('line', index),
    instanceId: hexId('ins', index),
    workflowId: 'w',
    productId: hexId('prod', index),
    productVersion: 1,
    variantId: hexId('var', index),
    sku: `S${index}`,
    kind: 'licence',
    title: 'Editor',
    variantTitle: '',
    price: plainLine(500, 1),
    quantity: 1,
    stockTracked: false,
    fulfilment: { template: 'licence-key', activationsMax: 1, validDays: null },
    customisation: { engraving: 'private' },
    released: false,
    deliveredAt: null,
    revoked: 'no',
    state: 'pending',
    detail: '',
    ...values,
  };
}
type Fact = OrderEvent extends infer Event ? (Event extends OrderEvent ? Omit<Event, 'at'> : never) : never;

/** Runs the machine and keeps what it gave to tell, each key once, as the outbox does. */
function story(...facts: Fact[]) {
  const opened = openOrder({
    id: hexId('ord', 1),
    number: 'TP-1',
    customerId: hexId('usr', 1),
    request: {
      currency: 'EUR',
      lines: [],
      codes: [],
      delivery: 'together',
      paymentWindowSeconds: 600,
      locale: 'de',
    },
    lineIds: [],
    at: 0,
  });
  const told = new Map(opened.intents.map(({ key, effect }) => [key, effect]));
  const noted: string[] = [];
  let document: OrderDocument = opened.document;
  const play = (...more: Fact[]): void => {
    for (const fact of more) {
      const outcome = letThrough(transition(document, { ...fact, at: 1_000 }), 1_000);
      for (const { key, effect } of outcome.intents) if (!told.has(key)) told.set(key, effect);
      noted.push(...outcome.notes.map(({ type }) => type));
      document = outcome.document;
    }
  };
  play(...facts);
  const effects = () => [...told.values()];
  return {
    play,
    document: () => document,
    notes: () => noted,
    mails: () => effects().flatMap((effect) => (effect.step === 'mail' ? [effect.mail] : [])),
    mailSteps: () => effects().flatMap((effect) => (effect.step === 'mail' ? [effect] : [])),
    events: (): PublicEvent[] => effects().flatMap((e) => (e.step === 'publish' ? [e.event] : [])),
    types: (): PublicEventType[] =>
      effects().flatMap((effect) => (effect.step === 'publish' ? [effect.event.type] : [])),
  };
}

const priced = (lines: Line[]): Fact => ({
  type: 'order.priced',
  lines,
  pricing: totalsOf(
    { currency: 'EUR', taxMode: 'inclusive', destination: { country: 'DE', region: null }, promotions: [] },
    lines.map((line) => line.price),
    null,
  ),
  delivery: 'together',
  email: 'buyer@mail.test',
});
const open: Fact[] = [
  { type: 'payment.asked' },
  { type: 'payment.open', payment: { ...paid, authorised: 0 } },
];
const authorised: Fact = { type: 'payment.authorised', payment: paid };
const captured = (refunded = 0): Fact => ({
  type: 'payment.captured',
  payment: {
    ...paid,
    captured: 500,
    refunded,
    refunds:
      refunded === 0
        ? []
        : [
            {
              refundId: 're_1',
              amount: refunded,
              state: 'succeeded',
              reference: `${hexId('ord', 1)}:refund:1`,
            },
          ],
  },
});
const lineFact = (
  type: 'line.provisioned' | 'line.activated' | 'line.deprovisioned',
  index: number,
): Fact => ({ type, lineId: hexId('line', index), detail: '' });
const cancel: Fact = { type: 'cancel.requested', by: 'customer', text: null };
const PLACED = [priced([lineOf(1)]), ...open];
const COMPLETED = [
  ...PLACED,
  authorised,
  lineFact('line.provisioned', 1),
  captured(),
  lineFact('line.activated', 1),
];

describe('what an order tells the world', () => {
  it('is each step of the straight way, once', () => {
    const told = story(...COMPLETED);
    expect(told.mails()).toEqual(['placed', 'reserved', 'delivered']);
    expect(told.types()).toEqual(['order.placed', 'order.paid', 'line.delivered', 'order.completed']);
    expect(told.events().map((event) => event.sequence)).toEqual([1, 2, 3, 4]);
  });

  it('asks the customer to confirm when a kept method was not charged, because he is not there', () => {
    const kept = story(...PLACED);
    expect(kept.mails()).toEqual(['placed']);
    const before = structuredClone(kept.document());
    before.request.paymentMethodId = 'pm_1';
    before.state = 'requesting_payment';
    before.payment = { ...before.payment, status: 'none' };
    const asked = transition(before, {
      type: 'payment.open',
      payment: { ...paid, authorised: 0 },
      at: 1_000,
    });
    expect(asked.intents.flatMap(({ effect }) => (effect.step === 'mail' ? [effect.mail] : []))).toContain(
      'confirm_payment',
    );
  });

  it('is nothing new when the same facts come again, because messages are delivered more than once', () => {
    const told = story(...COMPLETED);
    const before = [told.mails(), told.types()];
    told.play(...COMPLETED.slice(1), authorised, captured());
    expect([told.mails(), told.types()]).toEqual(before);
  });

  it('is nothing of an order that never stood: the reply to placing it said so', () => {
    const told = story(priced([lineOf(1, { stockTracked: true })]), {
      type: 'stock.refused',
      shortage: { sku: 'S1', lineIndex: 0, available: 0 },
    });
    told.play({ type: 'stock.returned', sku: 'S1' });
    expect(told.document().state).toBe('cancelled');
    expect(told.mails()).toEqual([]);
    expect(told.types()).toEqual([]);
  });

  it('is the end of an order cancelled before its payment, and of one whose money went back', () => {
    const voided: Fact = { type: 'payment.voided', payment: { ...paid, authorised: 0 } };
    expect(story(...PLACED, cancel, voided).mails()).toEqual(['placed', 'cancelled']);
    const refunded = story(...PLACED, captured(), cancel, lineFact('line.deprovisioned', 1), captured(500));
    expect(refunded.mails()).toEqual(['placed', 'paid', 'refunded']);
    expect(refunded.types()).toEqual(['order.placed', 'order.paid', 'refund.created', 'order.refunded']);
    expect(refunded.events().at(-2)?.data).toMatchObject({
      refund: { amount: { amount: 500 }, refundedTotal: { amount: 500 } },
    });
  });

  it('asks to pay again when a payment under way failed, and not when a card was declined on the page', () => {
    const lastError = { code: 'declined', declineCode: null, message: 'No.' };
    const failed: Fact = { type: 'payment.open', payment: { ...paid, authorised: 0, lastError } };
    expect(story(...PLACED, failed).mails()).toEqual(['placed']);
    expect(story(...PLACED, failed).types()).toEqual(['order.placed', 'payment.failed']);
    const processing: Fact = { type: 'payment.processing', payment: { ...paid, authorised: 0 } };
    expect(story(...PLACED, processing, failed).mails()).toEqual(['placed', 'pay_again']);
  });

  it('forgets an address that was refused, says so once, and goes on', () => {
    const told = story(...PLACED);
    told.play({ type: 'mail.refused', reason: 'no such user' });
    expect([told.document().email, told.document().state]).toEqual([null, 'awaiting_payment']);
    told.play({ type: 'window.ended' }, authorised);
    expect(told.notes().filter((type) => type === 'mail.refused')).toHaveLength(1);
    expect(told.mails()).toEqual(['placed', 'reserved']);
  });

  it('tells a free order of no payment', () => {
    const told = story(priced([lineOf(1, { price: plainLine(0, 1) })]));
    expect(told.mails()).toEqual(['placed']);
    expect(told.types()).toEqual(['order.placed', 'order.paid']);
  });

  it('gathers lines handed over ahead of the rest into one mail, and names each once', () => {
    const document = story(priced([1, 2, 3].map((index) => lineOf(index)))).document();
    Object.assign(document, { state: 'provisioning', delivery: 'as_ready' });
    const told: Intent[] = [];
    const step = (event: OrderEvent, change: (draft: OrderDocument) => void = () => {}): void => {
      const before = structuredClone(document);
      change(document);
      told.push(...announce(before, document, event, []));
    };
    const handOver = (...indexes: number[]): void => {
      for (const index of indexes) {
        const lineId = hexId('line', index);
        step({ type: 'line.activated', lineId, detail: '', at: 1 }, (draft) => {
          for (const line of draft.lines) if (line.id === lineId) line.state = 'delivered';
        });
      }
    };
    const gathered: OrderEvent = { type: 'mails.gathered', at: 2 };
    handOver(1, 2);
    step(gathered);
    step(gathered);
    handOver(3);
    step(gathered);
    const effects = told.map(({ effect }) => effect);
    expect(effects.filter((effect) => effect.step === 'mail' && effect.mail === 'part_delivered')).toEqual([
      {
        step: 'mail',
        id: 'part_delivered:0',
        mail: 'part_delivered',
        lineIds: [hexId('line', 1), hexId('line', 2)],
      },
      { step: 'mail', id: 'part_delivered:2', mail: 'part_delivered', lineIds: [hexId('line', 3)] },
    ]);
    expect(told.filter(({ key }) => key.startsWith('mails.gather')).map(({ key }) => key)).toEqual([
      'mails.gather:0',
      'mails.gather:0',
      'mails.gather:2',
    ]);
    const partly = effects.filter(
      (e) => e.step === 'publish' && e.event.type === 'order.partially_fulfilled',
    );
    expect(partly).toHaveLength(1);
  });
});

describe('what happens after the sale', () => {
  const operator = { kind: 'operator' as const, id: hexId('usr', 9) };
  const customer = { kind: 'customer' as const, id: hexId('usr', 1) };
  const returnId = hexId('ret', 1);
  const parcel = lineOf(1, {
    fulfilment: { template: 'parcel', weightGrams: 1 },
    kind: 'physical',
    title: 'Lamp',
  });
  const DELIVERED = [
    priced([parcel]),
    ...open,
    authorised,
    lineFact('line.provisioned', 1),
    captured(),
    lineFact('line.activated', 1),
  ];
  const asked: Fact = {
    type: 'return.requested',
    returnId,
    wish: 'refund',
    lines: [{ lineId: parcel.id, quantity: 1, reason: 'too bright' }],
    by: customer,
    why: '',
  };

  it('is told of each step of a return, and the customer of the decision in our words', () => {
    const told = story(...DELIVERED, asked);
    told.play({ type: 'return.approved', returnId, by: operator, why: 'Use the {total} label' });
    told.play({ type: 'return.received', returnId, restock: [], by: operator, why: '' });
    const refund = { refundId: hexId('rfd', 1), amount: null, shipping: false };
    told.play({ type: 'return.refunded', returnId, ...refund, by: operator, why: '' });
    const steps = told.events().filter(({ type }) => type.startsWith('return.'));
    expect(steps.map(({ type }) => type)).toEqual([
      'return.requested',
      'return.approved',
      'return.received',
      'return.refunded',
    ]);
    for (const event of steps) expect(() => PUBLIC_EVENTS[event.type].data.parse(event.data)).not.toThrow();
    const mail = told.mailSteps().find((step) => step.mail === 'return_approved');
    expect(mail).toMatchObject({ text: 'Use the {total} label', units: { [parcel.id]: 1 } });
    const kept = story(...DELIVERED, asked);
    kept.play({ type: 'return.withdrawn', returnId, by: operator, why: '' });
    expect(kept.types().at(-1)).toBe('return.withdrawn');
    const declined = story(...DELIVERED, asked);
    declined.play({ type: 'return.rejected', returnId, by: operator, why: 'Worn' });
    expect(declined.types().at(-1)).toBe('return.rejected');
    expect(declined.mailSteps().at(-1)).toMatchObject({ mail: 'return_declined', text: 'Worn' });
  });

  it('is told of a change of the order, with its new total', () => {
    const told = story(...PLACED);
    const { request, lineIds } = told.document();
    const lines = [lineOf(1, { price: plainLine(500, 2), quantity: 2 })];
    const { pricing } = priced(lines) as Extract<Fact, { type: 'order.priced' }>;
    told.play({
      type: 'order.edited',
      request,
      lineIds,
      lines,
      pricing,
      removed: [],
      reduced: [],
      editId: 'e1',
      by: customer,
      why: '',
    });
    const event = told.events().at(-1);
    expect(event).toMatchObject({ type: 'order.updated', data: { order: { total: { amount: 1_000 } } } });
    expect(() => PUBLIC_EVENTS['order.updated'].data.parse(event?.data)).not.toThrow();
    expect(told.mails()).toEqual(['placed', 'changed']);
  });

  it('brings what the team writes for the customer to him, and nothing else', () => {
    const told = story(...PLACED);
    const noted = { type: 'note.added', text: 'On Monday.', by: operator } as const;
    told.play({ ...noted, noteId: hexId('note', 1), visible: false });
    told.play({ ...noted, noteId: hexId('note', 2), visible: true, by: customer });
    expect(told.mails()).toEqual(['placed']);
    told.play({ ...noted, noteId: hexId('note', 3), visible: true });
    expect(told.mailSteps().at(-1)).toMatchObject({ mail: 'message', text: 'On Monday.' });
  });

  it('mails of each refund once, also when as much went back before and came back from the bank', () => {
    const told = story(...COMPLETED);
    type Told = PaymentFact['refunds'][number];
    const of = (index: number, again: string, state: Told['state']): Told => ({
      refundId: 're_1',
      amount: 100,
      reference: `${hexId('rfd', index)}${again}`,
      state,
    });
    const fact = (refunded: number, ...refunds: Told[]): Fact => ({
      type: 'payment.captured',
      payment: { ...paid, captured: 500, refunded, refunds },
    });
    const ask = (index: number): Fact => {
      const wish = { of: 'amount' as const, amount: 100, shipping: false };
      const asked = { refundId: hexId('rfd', index), wish, revoke: [], restock: [], by: operator, why: '' };
      return { type: 'refund.requested', ...asked };
    };
    const mails = () => told.mails().filter((mail) => mail === 'part_refunded').length;
    told.play(ask(1), fact(100, of(1, '', 'succeeded')), fact(0, of(1, '', 'failed')));
    expect(mails()).toBe(1);
    told.play({ type: 'operator.retried', actorId: operator.id });
    told.play(fact(100, of(1, '', 'failed'), of(1, ':2', 'succeeded')));
    expect(mails()).toBe(1);
    const failed = [of(1, '', 'failed'), of(1, ':2', 'failed')];
    told.play(fact(0, ...failed), ask(2), fact(100, ...failed, of(2, '', 'succeeded')));
    expect(mails()).toBe(2);
  });

  it('mails of what goes back after an order ended as refunded, because a second refund went back in silence', () => {
    const disputes = (state: 'open' | 'won') => [
      { disputeId: 'du_1', amount: 200, state, reason: 'fraudulent', openedAt: 1 },
    ];
    const fact = (state: 'open' | 'won', ...made: [number, 'succeeded' | 'failed'][]): Fact => ({
      type: 'payment.captured',
      payment: {
        ...paid,
        captured: 500,
        refunded: made.reduce((sum, [amount, was]) => sum + (was === 'failed' ? 0 : amount), 0),
        refunds: made.map(([amount, was], index) => ({
          refundId: `re_${index}`,
          amount,
          reference: `${hexId('ord', 1)}:refund:${index + 1}`,
          state: was,
        })),
        disputes: disputes(state),
      },
    });
    const told = story(...PLACED, captured(), fact('open'), lineFact('line.deprovisioned', 1));
    told.play(fact('open', [300, 'succeeded']));
    expect(told.document().state).toBe('refunded');
    const before = told.mails();
    expect(before.filter((mail) => mail.endsWith('refunded'))).toEqual(['refunded']);
    told.play(fact('won', [300, 'succeeded']), fact('won', [300, 'succeeded'], [200, 'succeeded']));
    expect(told.document().state).toBe('refunded');
    expect(told.mailSteps().slice(before.length)).toMatchObject([{ mail: 'part_refunded', amount: 200 }]);
    const news = told.mails().length;
    const back: [number, 'succeeded' | 'failed'][] = [
      [300, 'succeeded'],
      [200, 'failed'],
    ];
    told.play(fact('won', ...back), fact('won', ...back, [200, 'succeeded']));
    expect(told.document()).toMatchObject({ state: 'refunded', payment: { refunded: 500 } });
    expect(told.mails()).toHaveLength(news);
  });

  it('names of two refunds made in one step each its own amount', () => {
    const told = story(...DELIVERED);
    for (const [index, amount] of [100, 150].entries()) {
      const wish = { of: 'amount' as const, amount, shipping: false };
      const refund = { refundId: hexId('rfd', index), wish, revoke: [], restock: [], by: operator, why: '' };
      told.play({ type: 'refund.requested', ...refund });
    }
    const refunds = [100, 150].map((amount, index) => ({
      refundId: `re_${index}`,
      amount,
      state: 'succeeded' as const,
      reference: hexId('rfd', index),
    }));
    told.play({ type: 'payment.captured', payment: { ...paid, captured: 500, refunded: 250, refunds } });
    const created = told.events().filter(({ type }) => type === 'refund.created');
    expect(created.map(({ data }) => data)).toMatchObject([
      { refund: { amount: { amount: 100 }, refundedTotal: { amount: 100 } } },
      { refund: { amount: { amount: 150 }, refundedTotal: { amount: 250 } } },
    ]);
  });
});

describe('a public event', () => {
  it('fits its published shape and carries neither secret nor customisation nor address', () => {
    const told = story(...COMPLETED);
    for (const event of told.events()) {
      expect(() => PUBLIC_EVENTS[event.type].data.parse(event.data)).not.toThrow();
      const message = orderEventMessage(told.document(), event, 'https://shop.test', { requestId: 'r' });
      expect(() => cloudEventSchema.parse(message.event)).not.toThrow();
      expect(JSON.stringify(message)).not.toMatch(/the-secret|private/);
    }
  });

  it('fits a message of the queue however large the order is', () => {
    const lines = Array.from({ length: 50 }, (_, index) =>
      lineOf(index, { title: '漢'.repeat(300), variantTitle: '漢'.repeat(300), sku: 's'.repeat(100) }),
    );
    const told = story(priced(lines), ...open);
    const sizes = told.events().map((event) => new TextEncoder().encode(JSON.stringify(event)).length);
    expect(Math.max(...sizes)).toBeLessThan(100_000);
  });
});
