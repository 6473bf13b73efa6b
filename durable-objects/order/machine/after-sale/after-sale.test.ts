import { NO_PAYMENT_DETAILS } from '#shared/contracts/payments.ts';
import { array, assert, boolean, constantFrom, integer, nat, oneof, property, record } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainLine } from '#shared/domain/pricing/priced.ts';
import { delivered, frozenPrice, lineOf, orderOf } from '../../testing/documents.ts';
import type { Actor, OrderDocument } from '../document.ts';
import type { OrderEvent, PaymentFact } from '../events.ts';
import type { Intent } from '../intents.ts';
import { listingOf } from '../listing.ts';
import { capturedOf, excessOf, exchangedOf, refundedOf, worthOf } from '../money.ts';
import { transition } from '../transition.ts';
import { publicOrder } from '../view.ts';
import { checkAfterSale } from './check.ts';
import type { AfterSaleCommand } from './events.ts';
import { partsOfReturn, settledOf } from './settlement.ts';

const RUNS = 1_500;
const operator: Actor = { kind: 'operator', id: `usr_${'1'.repeat(32)}` };
const hexId = (prefix: string, index: number): string => `${prefix}_${index.toString(16).padStart(32, '0')}`;

interface Step {
  action:
    | 'refund'
    | 'amount'
    | 'everything'
    | 'return'
    | 'decide'
    | 'made'
    | 'fail'
    | 'retry'
    | 'placed'
    | 'refused'
    | 'ended';
  pick: number;
  quantity: number;
  amount: number;
  flag: boolean;
}
const steps = array(
  record<Step>({
    action: oneof(
      { weight: 3, arbitrary: constantFrom<Step['action']>('refund', 'return', 'decide', 'decide', 'made') },
      {
        weight: 1,
        arbitrary: constantFrom<Step['action']>(
          'amount',
          'everything',
          'fail',
          'retry',
          'placed',
          'refused',
          'ended',
        ),
      },
    ),
    pick: nat(30),
    quantity: integer({ min: 1, max: 4 }),
    amount: integer({ min: 1, max: 2_000 }),
    flag: boolean(),
  }),
  { maxLength: 40 },
);
const orders = record({
  lines: array(record({ total: integer({ min: 1, max: 3_000 }), quantity: integer({ min: 1, max: 4 }) }), {
    minLength: 1,
    maxLength: 3,
  }),
  shipping: integer({ min: 0, max: 700 }),
});

/** A completed order with a provider that does what it is asked to and may change its mind about refunds. */
class AfterSale {
  document: OrderDocument;
  readonly asked = new Set<string>();
  readonly intents: Intent[] = [];
  readonly #provider = new Map<string, { amount: number; state: 'succeeded' | 'failed' }>();
  #ids = 0;

  constructor(given: { lines: { total: number; quantity: number }[]; shipping: number }) {
    const lines = given.lines.map(({ total, quantity }, index) =>
      delivered(lineOf(index, { quantity, price: { ...plainLine(0, quantity), total } })),
    );
    this.document = orderOf(lines, { shipping: given.shipping });
  }

  apply(event: OrderEvent): void {
    const outcome = transition(this.document, event);
    this.document = outcome.document;
    this.intents.push(...outcome.intents);
    for (const { effect } of outcome.intents) {
      if (effect.step === 'payment.refund') this.asked.add(effect.refundId);
    }
  }

  /** Grants the wish when it may be granted. */
  wish(command: AfterSaleCommand): void {
    const event = { ...command, at: 1_000 };
    if (checkAfterSale(this.document, event) === null) this.apply(event);
  }

  /** The provider carries out what it was asked for, each refund once. */
  settle(): void {
    for (const refund of this.document.refunds) {
      if (this.asked.has(refund.id) && !this.#provider.has(refund.id)) {
        this.#provider.set(refund.id, { amount: refund.amount, state: 'succeeded' });
      }
    }
    this.tell();
  }

  failOne(pick: number): void {
    const made = [...this.#provider.values()].filter(({ state }) => state === 'succeeded');
    const one = made[pick % Math.max(1, made.length)];
    if (one !== undefined) one.state = 'failed';
    this.tell();
  }

  tell(): void {
    const refunds = [...this.#provider].map(([reference, { amount, state }]) => ({
      refundId: `re_${reference}`,
      amount,
      state,
      reference,
    }));
    this.apply({ type: 'payment.captured', payment: this.#fact(refunds), at: 1_000 });
  }

  /** What the customer has paid in the end, as the provider sees it. */
  kept(): number {
    return this.document.total - this.#standing();
  }

  /** The team cancels all of it. */
  undo(): void {
    const at = 3_000;
    this.apply({ type: 'cancel.requested', by: 'operator', text: null, at });
    for (const { id } of this.document.lines) {
      this.apply({ type: 'line.deprovisioned', lineId: id, detail: '', at });
    }
    this.settle();
    for (const { sku } of this.document.stock) this.apply({ type: 'stock.returned', sku, at });
    this.settle();
  }

  id(prefix: string): string {
    this.#ids += 1;
    return hexId(prefix, this.#ids);
  }

  #standing(): number {
    return [...this.#provider.values()]
      .filter(({ state }) => state === 'succeeded')
      .reduce((sum, { amount }) => sum + amount, 0);
  }

  #fact(refunds: PaymentFact['refunds']): PaymentFact {
    const { total } = this.document;
    return {
      paymentId: 'pi_1',
      attempt: 1,
      currency: 'EUR',
      amount: total,
      authorised: total,
      captured: total,
      refunded: this.#standing(),
      capturable: 0,
      captureBefore: null,
      multicapture: false,
      method: 'card',
      refunds,
      clientSecret: 's',
      lastError: null,
      ...NO_PAYMENT_DETAILS,
    };
  }
}

function act(world: AfterSale, { action, pick, quantity, amount, flag }: Step): void {
  const { lines, returns } = world.document;
  const lineId = lines[pick % lines.length]?.id ?? '';
  const asked = { by: operator, why: '' };
  const refund = { type: 'refund.requested' as const, revoke: [], restock: [], ...asked };
  const returnId = returns[pick % Math.max(1, returns.length)]?.id ?? '';
  switch (action) {
    case 'refund': {
      const wish = { of: 'lines' as const, lines: [{ lineId, quantity }], shipping: flag };
      const restock = flag ? [{ lineId, quantity }] : [];
      return world.wish({ ...refund, refundId: world.id('rfd'), wish, restock });
    }
    case 'amount':
      return world.wish({
        ...refund,
        refundId: world.id('rfd'),
        wish: { of: 'amount', amount, shipping: flag },
      });
    case 'everything':
      return world.wish({ ...refund, refundId: world.id('rfd'), wish: { of: 'everything' } });
    case 'return': {
      const returned = [{ lineId, quantity, reason: '' }];
      const wish = flag ? 'refund' : 'exchange';
      return world.wish({
        type: 'return.requested',
        returnId: world.id('ret'),
        wish,
        lines: returned,
        ...asked,
      });
    }
    case 'decide':
      return decide(world, returnId, amount, flag);
    case 'made':
      return world.settle();
    case 'fail':
      return world.failOne(pick);
    case 'retry':
      return world.apply({ type: 'operator.retried', at: 1_000 });
    case 'placed':
      return world.apply({
        type: 'exchange.placed',
        returnId,
        orderId: replacementOf(world, returnId),
        at: 1_000,
      });
    case 'refused':
      return world.apply({
        type: 'exchange.refused',
        returnId,
        orderId: replacementOf(world, returnId),
        detail: '',
        at: 1_000,
      });
    case 'ended':
      return world.apply({
        type: 'exchange.ended',
        returnId,
        orderId: replacementOf(world, returnId),
        at: 1_000,
      });
  }
}

const replacementOf = ({ document }: AfterSale, returnId: string): string =>
  document.returns.find(({ id }) => id === returnId)?.exchange?.orderId ?? '';

const sentBack = ({ document }: AfterSale, returnId: string): { lineId: string; quantity: number }[] =>
  (document.returns.find(({ id }) => id === returnId)?.lines ?? []).map(({ lineId, quantity }) => ({
    lineId,
    quantity,
  }));
/** What is asked for again under its reference is one restock. */
const unitsOnShelf = ({ document, intents }: AfterSale): number[] => {
  const steps = intents.map(({ effect }) => effect).filter((effect) => effect.step === 'stock.restock');
  const restocks = new Map(steps.map((step) => [step.reference, step]));
  return document.lines.map(({ id }) =>
    [...restocks.values()]
      .filter(({ lineId }) => lineId === id)
      .reduce((sum, { quantity }) => sum + quantity, 0),
  );
};

const creditOf = (document: OrderDocument, returnId: string): number => {
  const found = document.returns.find(({ id }) => id === returnId);
  const parts = found === undefined ? [] : partsOfReturn(document, found);
  return parts.reduce((sum, part) => sum + part.amount, 0);
};

/** The next step of a return: each is refused where it makes no sense. */
function decide(world: AfterSale, returnId: string, amount: number, flag: boolean): void {
  const asked = { by: operator, why: '' };
  const { state } = world.document.returns.find(({ id }) => id === returnId) ?? {};
  if (state === 'requested')
    return world.wish({ type: flag ? 'return.approved' : 'return.rejected', returnId, ...asked });
  if (state === 'approved' && flag)
    return world.wish({ type: 'return.received', returnId, restock: sentBack(world, returnId), ...asked });
  if (flag) {
    const given = amount % 2 === 0 ? null : amount;
    return world.wish({
      type: 'return.refunded',
      returnId,
      refundId: world.id('rfd'),
      amount: given,
      shipping: false,
      ...asked,
    });
  }
  const { request, quote } = frozenPrice(world.document);
  return world.wish({
    type: 'return.exchanged',
    returnId,
    orderId: world.id('ord'),
    request,
    quote,
    used: Math.min(amount, creditOf(world.document, returnId)),
    refundId: world.id('rfd'),
    ...asked,
  });
}

describe('after the sale', () => {
  it('captured − refunded = value kept, whatever is refunded, sent back, exchanged, failed or asked again', () => {
    assert(
      property(orders, steps, (given, played) => {
        const world = new AfterSale(given);
        for (const step of played) {
          act(world, step);
          const { document } = world;
          const granted = document.refunds
            .filter(({ state }) => state !== 'failed')
            .reduce((sum, refund) => sum + refund.amount, 0);
          expect(excessOf(document)).toBe(0);
          expect(granted + exchangedOf(document)).toBeLessThanOrEqual(capturedOf(document));
          expect(unitsOnShelf(world)).toEqual(document.lines.map((line) => line.restocked ?? 0));
          for (const line of document.lines) {
            const settled = settledOf(document, line.id);
            expect(settled.amount).toBeLessThanOrEqual(line.price.total);
            expect(settled.quantity).toBeLessThanOrEqual(line.quantity);
            expect(line.restocked ?? 0).toBeLessThanOrEqual(line.quantity);
          }
          expect(publicOrder(document, { as: 'customer' }, 0)).not.toBeNull();
        }
        world.settle();
        for (let round = 0; round < 3; round += 1) {
          world.apply({ type: 'operator.retried', at: 2_000 });
          world.settle();
        }
        const { document } = world;
        const granted = document.refunds
          .filter(({ state }) => state !== 'failed')
          .reduce((sum, refund) => sum + refund.amount, 0);
        expect(document.state).toBe('completed');
        expect(document.refunds.every(({ state, renewedAs }) => state === 'made' || renewedAs !== null)).toBe(
          true,
        );
        expect(world.kept()).toBe(worthOf(document) - granted);
        expect(capturedOf(document) - refundedOf(document)).toBe(world.kept());
        const exchanged = exchangedOf(document);
        world.undo();
        expect(world.document.state).toBe('refunded');
        expect(world.kept()).toBe(exchanged);
        expect(capturedOf(world.document) - refundedOf(world.document)).toBe(exchanged);
      }),
      { numRuns: RUNS },
    );
  }, 60_000);

  it('asks the provider for each refund under a name of its own, and once more when its bank sent it back', () => {
    const world = new AfterSale({ lines: [{ total: 900, quantity: 3 }], shipping: 0 });
    const lineId = world.document.lines[0]?.id ?? '';
    const refund = (refundId: string): void =>
      world.wish({
        type: 'refund.requested',
        refundId,
        wish: { of: 'lines', lines: [{ lineId, quantity: 1 }], shipping: false },
        revoke: [],
        restock: [],
        by: operator,
        why: '',
      });
    refund('rfd_a');
    refund('rfd_b');
    world.settle();
    world.failOne(0);
    expect(world.document).toMatchObject({ state: 'needs_operator', attention: { code: 'refund_failed' } });
    world.apply({ type: 'operator.retried', at: 2_000 });
    world.settle();
    expect(world.document.state).toBe('completed');
    expect(world.document.refunds.map(({ id, state }) => [id, state])).toEqual([
      ['rfd_a', 'failed'],
      ['rfd_b', 'made'],
      ['rfd_a:2', 'made'],
    ]);
    const keys = world.intents.filter(({ effect }) => effect.step === 'payment.refund').map(({ key }) => key);
    expect(new Set(keys).size).toBe(3);
  });

  it('takes back what was made, and asks again when a person retries', () => {
    const world = new AfterSale({ lines: [{ total: 900, quantity: 1 }], shipping: 0 });
    const line = world.document.lines[0];
    if (line === undefined) throw new Error('no line');
    line.fulfilment = { template: 'licence-key', activationsMax: 1, validDays: null };
    world.wish({
      type: 'refund.requested',
      refundId: 'rfd_a',
      wish: { of: 'everything' },
      revoke: [line.id],
      restock: [],
      by: operator,
      why: '',
    });
    const revokes = () => world.intents.filter(({ effect }) => effect.step === 'lines.deprovision').length;
    expect(revokes()).toBe(1);
    world.settle();
    world.apply({
      type: 'line.stuck',
      lineId: line.id,
      code: 'partner_down',
      detail: 'no answer',
      at: 2_000,
    });
    expect(world.document.state).toBe('needs_operator');
    world.apply({ type: 'operator.retried', at: 3_000 });
    expect(revokes()).toBe(2);
    // The answer is lost: whoever looks after orders asks again.
    expect(listingOf(world.document)?.settled).toBe('no');
    world.apply({ type: 'order.nudged', at: 200_000 });
    expect(revokes()).toBe(3);
    world.apply({ type: 'line.deprovisioned', lineId: line.id, detail: '', at: 4_000 });
    expect(world.document).toMatchObject({
      state: 'completed',
      lines: [{ state: 'delivered', revoked: 'done' }],
    });
  });
});
