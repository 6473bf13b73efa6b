import { describe, expect, it } from 'vitest';
import { plainLine } from '#shared/domain/pricing/priced.ts';
import { delivered, frozenPrice, lineOf, orderOf } from '../../testing/documents.ts';
import type { Actor, OrderDocument } from '../document.ts';
import type { OrderEvent } from '../events.ts';
import type { EffectStep } from '../intents.ts';
import { excessOf, isMoneySettled } from '../money.ts';
import { differenceOf } from '../resolution.ts';
import { transition } from '../transition.ts';
import { publicOrder } from '../view.ts';
import { checkAfterSale, returnUntil } from './check.ts';
import type { AfterSaleCommand, AfterSaleError } from './events.ts';

const operator: Actor = { kind: 'operator', id: `usr_${'1'.repeat(32)}` };
const RETURN = `ret_${'1'.repeat(32)}`;
const LINE = lineOf(0).id;
const asked = { by: operator, why: '' };

/** An order of which things are asked, one after the other. */
class Shop {
  document: OrderDocument;
  readonly effects: EffectStep[] = [];

  constructor(document: OrderDocument) {
    this.document = document;
  }

  /** Null: granted. */
  ask(command: AfterSaleCommand, at = 1_000): AfterSaleError | null {
    const error = checkAfterSale(this.document, { ...command, at });
    if (error === null) this.tell({ ...command, at });
    return error;
  }
  tell(event: OrderEvent): void {
    const { document, intents } = transition(this.document, event);
    this.document = document;
    this.effects.push(...intents.map(({ effect }) => effect));
  }
  refused(command: AfterSaleCommand): string {
    const error = this.ask(command);
    if (error?.code !== 'refused') return error?.code ?? 'granted';
    return error.refusals.map(({ pointer }) => pointer).join(' ');
  }
  /** A return of units of the first line, approved. */
  approved(quantity: number, returnId = RETURN): this {
    const lines = [{ lineId: LINE, quantity, reason: '' }];
    const opened = this.ask({ type: 'return.requested', returnId, wish: 'exchange', lines, ...asked });
    const approved = this.ask({ type: 'return.approved', returnId, ...asked });
    if (opened !== null || approved !== null) throw new Error('the return is refused');
    return this;
  }
  exchange(used: number, orderId: string): AfterSaleError | null {
    const price = frozenPrice(this.document);
    const refundId = `rfd_${orderId}`;
    return this.ask({
      type: 'return.exchanged',
      returnId: RETURN,
      orderId,
      ...price,
      used,
      refundId,
      ...asked,
    });
  }
  refund(amount: number | null = null): string {
    const refundId = 'rfd_last';
    return this.refused({
      type: 'return.refunded',
      returnId: RETURN,
      refundId,
      amount,
      shipping: false,
      ...asked,
    });
  }
  cancel(): void {
    this.tell({ type: 'cancel.requested', by: 'operator', text: null, at: 2_000 });
    for (const { id } of this.document.lines) {
      this.tell({ type: 'line.deprovisioned', lineId: id, detail: '', at: 2_000 });
    }
  }
  /** The customer's bank sent a refund back. */
  sentBack(refundId: string): this {
    const refunds = this.document.refunds.map((refund) =>
      refund.id === refundId ? { ...refund, state: 'failed' as const, settledAt: 1_500 } : refund,
    );
    this.document = { ...this.document, refunds };
    this.tell({ type: 'order.nudged', at: 1_500 });
    return this;
  }
  retry(): void {
    this.tell({ type: 'operator.retried', actorId: null, at: 2_000 });
  }
  get given(): number {
    return this.document.refunds.reduce(
      (sum, { amount, state }) => (state === 'failed' ? sum : sum + amount),
      0,
    );
  }
  get state(): string | undefined {
    return this.document.returns[0]?.state;
  }
}

const shopOf = (quantity: number, unit = 10_000): Shop =>
  new Shop(orderOf([delivered(lineOf(0, { quantity, price: plainLine(unit, quantity) }))], {}));

describe('the time to send something back', () => {
  it('over, a customer is offered no return any more; an operator still is', () => {
    const line = lineOf(0);
    const { document } = new Shop(orderOf([delivered(line)], {}));
    const end = returnUntil(delivered(line)) ?? 0;
    const offered = (as: 'customer' | 'operator', at: number): boolean[] => {
      const order = publicOrder(document, { as }, at);
      return [order?.nextActions.includes('return') === true, order?.lines[0]?.returnable !== null];
    };
    expect(offered('customer', end - 1)).toEqual([true, true]);
    expect(offered('customer', end)).toEqual([false, false]);
    expect(offered('operator', end)).toEqual([true, true]);
  });
});

describe('an exchange', () => {
  it('is not exchanged in a replacement: what paid for it lies in the first order, where it can be exchanged again', () => {
    const replacement: OrderDocument = {
      ...orderOf([delivered(lineOf(0))], {}),
      exchangeOf: { orderId: `ord_${'9'.repeat(32)}`, returnId: `ret_${'9'.repeat(32)}` },
    };
    const shop = new Shop(replacement).approved(1);
    expect(shop.exchange(0, `ord_${'8'.repeat(32)}`)).toMatchObject({ code: 'not_allowed' });
    const refund = { type: 'return.refunded', returnId: RETURN, refundId: 'rfd_1', ...asked } as const;
    expect(shop.ask({ ...refund, amount: null, shipping: false })).toBeNull();
    expect(shop.effects).toContainEqual({ step: 'exchange.end' });
  });

  it('alone that paid for a replacement leaves its return without money, which says so and why', () => {
    const order = orderOf([delivered(lineOf(0))], {});
    const replacement: OrderDocument = {
      ...order,
      payment: { ...order.payment, captured: 0 },
      exchangeOf: { orderId: `ord_${'9'.repeat(32)}`, returnId: `ret_${'9'.repeat(32)}` },
    };
    const shop = new Shop(replacement).approved(1);
    expect(shop.refund()).toBe('granted');
    const [closed] = publicOrder(shop.document, { as: 'customer' }, 1_000)?.returns ?? [];
    expect(closed).toMatchObject({ state: 'refunded', refundId: null });
    expect(closed?.steps.at(-1)?.reason).toMatch(/lies in the first order/);
  });

  it('gives its difference back once it is ordered, and not again when it is refused', () => {
    const shop = shopOf(2).approved(1);
    for (const orderId of ['ord_1', 'ord_2']) {
      expect(shop.exchange(6_000, orderId)).toBeNull();
      expect(shop.given).toBe(0);
      shop.tell({ type: 'exchange.refused', returnId: RETURN, orderId, detail: 'only 0', at: 1_000 });
      expect(shop.state).toBe('approved');
    }
    expect(shop.refund()).toBe('granted');
    expect(shop.given).toBe(10_000);
  });

  it('is refused when its difference is one that no payment can be of, and says so', () => {
    const shop = shopOf(2).approved(1);
    const price = frozenPrice(shop.document);
    const difference = (total: number): AfterSaleCommand => ({
      type: 'return.exchanged',
      returnId: RETURN,
      orderId: 'ord_1',
      request: price.request,
      quote: { ...price.quote, priced: { ...price.quote.priced, total } },
      used: 10_000,
      refundId: 'rfd_1',
      ...asked,
    });
    const error = shop.ask(difference(20));
    expect([error, shop.state]).toEqual([
      {
        code: 'refused',
        refusals: [
          {
            pointer: '/lines',
            detail: 'leave 0.20 EUR to pay; a payment can be from 0.50 EUR to 999999.99 EUR',
          },
        ],
      },
      'approved',
    ]);
    expect(shop.ask(difference(50))).toBeNull();
  });

  it('that comes to nothing says why, whichever of the two is heard of first', () => {
    const shop = shopOf(2).approved(1);
    const why = 'Sold out';
    const ended = { type: 'exchange.ended', returnId: RETURN, orderId: 'ord_1', at: 1_000 } as const;
    shop.exchange(10_000, 'ord_1');
    shop.tell({ ...ended, why });
    shop.exchange(10_000, 'ord_1');
    shop.tell(ended);
    const steps = shop.document.returns[0]?.steps.filter(({ by }) => by.kind === 'system') ?? [];
    expect(steps.map((step) => step.why)).toEqual([why, 'the replacement was not kept']);
  });

  it('that ends without the replacement leaves what was not given back yet to be refunded', () => {
    const shop = shopOf(3).approved(1);
    shop.exchange(6_000, 'ord_1');
    shop.tell({ type: 'exchange.placed', returnId: RETURN, orderId: 'ord_1', at: 1_000 });
    expect([shop.state, shop.given]).toEqual(['exchanged', 4_000]);
    const ended = { type: 'exchange.ended', returnId: RETURN, orderId: 'ord_1', at: 1_000 } as const;
    shop.tell({ ...ended, orderId: 'ord_other' });
    expect(shop.state).toBe('exchanged');
    shop.tell(ended);
    shop.tell(ended);
    expect(shop.state).toBe('approved');
    expect(shop.refund(6_001)).toBe('/amount');
    expect(shop.refund()).toBe('granted');
    expect(shop.given).toBe(10_000);
  });

  it('is not held up by an answer that comes after its end', () => {
    const shop = shopOf(1).approved(1);
    shop.exchange(10_000, 'ord_1');
    shop.tell({ type: 'exchange.ended', returnId: RETURN, orderId: 'ord_1', at: 1_000 });
    shop.tell({ type: 'exchange.placed', returnId: RETURN, orderId: 'ord_1', at: 1_000 });
    expect(shop.state).toBe('approved');
    shop.exchange(10_000, 'ord_2');
    shop.tell({ type: 'exchange.refused', returnId: RETURN, orderId: 'ord_1', detail: '', at: 1_000 });
    expect(shop.state).toBe('exchanging');
  });

  it.each([true, false])('keeps its value when the order is undone, ordered already: %s', (placed) => {
    const shop = shopOf(1).approved(1);
    shop.exchange(10_000, 'ord_1');
    if (placed) shop.tell({ type: 'exchange.placed', returnId: RETURN, orderId: 'ord_1', at: 1_000 });
    expect(differenceOf(shop.document, 'refunded').due).toBe(10_000);
    shop.cancel();
    expect([shop.given, excessOf(shop.document), isMoneySettled(shop.document)]).toEqual([0, 0, true]);
    shop.tell({ type: 'exchange.ended', returnId: RETURN, orderId: 'ord_1', at: 1_000 });
    shop.tell({ type: 'order.nudged', at: 1_000 });
    expect(shop.given).toBe(10_000);
  });

  it('and a refund are refused for money that went back past the order', () => {
    const shop = shopOf(1);
    const { payment } = shop.document;
    shop.document = {
      ...shop.document,
      payment: { ...payment, refunded: 10_000, refundedOutside: 10_000, refundAccepted: 10_000 },
    };
    const everything: AfterSaleCommand = {
      type: 'refund.requested',
      refundId: 'rfd_1',
      wish: { of: 'everything' },
      revoke: [],
      restock: [],
      ...asked,
    };
    expect(shop.refused(everything)).toBe('/everything');
    shop.approved(1);
    expect(shop.exchange(10_000, 'ord_1')).toMatchObject({ code: 'not_allowed' });
    expect(shop.refund(1)).toBe('/amount');
    expect(shop.refund()).toBe('granted');
    expect([shop.state, shop.given]).toEqual(['refunded', 0]);
  });
});

describe('a return', () => {
  it('says what its reader can do with it', () => {
    const lines = [{ lineId: LINE, quantity: 1, reason: '' }];
    const of = { returnId: RETURN, ...asked };
    const shop = shopOf(2);
    const offered = (command: AfterSaleCommand): string[] => {
      expect(shop.ask(command)).toBeNull();
      return (['operator', 'customer'] as const).map(
        (as) => publicOrder(shop.document, { as }, 1_000)?.returns[0]?.nextActions.join(' ') ?? '',
      );
    };
    expect(offered({ type: 'return.requested', wish: 'refund', lines, ...of })).toEqual([
      'approve reject withdraw',
      'withdraw',
    ]);
    expect(offered({ type: 'return.approved', ...of })).toEqual([
      'reject withdraw receive refund exchange',
      'withdraw',
    ]);
    expect(offered({ type: 'return.received', restock: lines, ...of })).toEqual(['refund exchange', '']);
    const refund = { refundId: 'rfd_1', amount: null, shipping: false, ...of };
    expect(offered({ type: 'return.refunded', ...refund })).toEqual(['', '']);
  });
});

describe('a refund that the bank sent back', () => {
  const everything: AfterSaleCommand = {
    type: 'refund.requested',
    refundId: 'rfd_all',
    wish: { of: 'everything' },
    revoke: [],
    restock: [],
    ...asked,
  };

  it('gives way to a larger one that came back as well, because the customer is owed the larger', () => {
    const shop = shopOf(2).approved(1);
    expect(shop.refund(8_000)).toBe('granted');
    shop.sentBack('rfd_last');
    expect(shop.ask(everything)).toBeNull();
    shop.sentBack('rfd_all').retry();
    expect([shop.document.state, shop.given]).toEqual(['completed', 20_000]);
  });

  it('gives way to the same amount granted since as a plain sum, because the customer was to have it once', () => {
    const sum = (refundId: string, amount: number) => ({
      ...everything,
      refundId,
      wish: { of: 'amount', amount, shipping: false } as const,
    });
    const shop = shopOf(2).approved(1);
    shop.refund(8_000);
    shop.sentBack('rfd_last');
    expect(shop.ask(sum('rfd_extra', 500), 1_600)).toBeNull();
    expect(shop.ask(sum('rfd_again', 8_000), 1_600)).toBeNull();
    shop.sentBack('rfd_again').retry();
    expect([shop.document.state, shop.given]).toEqual(['completed', 8_500]);
  });

  it('is settled by hand as the larger of two as well, and not both', () => {
    const shop = shopOf(2).approved(1);
    shop.refund(8_000);
    shop.sentBack('rfd_last').ask(everything);
    shop.sentBack('rfd_all');
    const confirm = differenceOf(shop.document, 'completed').code;
    const end = { as: 'completed', text: 'Paid by transfer', confirm, actorId: null, at: 2_000 } as const;
    shop.tell({ type: 'operator.resolved', ...end });
    expect(shop.document.refunds.map(({ state }) => state)).toEqual(['failed', 'settled_by_hand']);
    expect(publicOrder(shop.document, { as: 'customer' }, 2_000)?.lines[0]?.refunded).toMatchObject({
      quantity: 2,
      amount: { amount: 20_000 },
    });
    expect([shop.document.state, excessOf(shop.document)]).toEqual(['completed', 0]);
  });

  it('leaves its units where they are: they cannot be sent back once more', () => {
    const shop = shopOf(2).approved(1);
    shop.refund();
    shop.sentBack('rfd_last');
    expect(publicOrder(shop.document, { as: 'customer' }, 1_000)?.lines[0]?.returnable).toMatchObject({
      quantity: 1,
    });
    const lines = [{ lineId: LINE, quantity: 2, reason: '' }];
    const opened = { type: 'return.requested', returnId: 'ret_2', wish: 'refund', lines, ...asked } as const;
    expect(shop.refused(opened)).toBe('/lines/0/quantity');
  });

  it('is part of what its return is worth when that is refunded after all, and not given beside it', () => {
    const shop = shopOf(3).approved(1);
    shop.exchange(6_000, 'ord_1');
    const of = { returnId: RETURN, orderId: 'ord_1', at: 1_000 };
    shop.tell({ type: 'exchange.placed', ...of });
    shop.sentBack('rfd_ord_1').tell({ type: 'exchange.ended', ...of });
    expect(shop.refund()).toBe('granted');
    shop.retry();
    expect([shop.document.state, shop.given]).toEqual(['completed', 10_000]);
  });
});

describe('units that come back', () => {
  const restock = [{ lineId: LINE, quantity: 2 }];
  const received: AfterSaleCommand = { type: 'return.received', returnId: RETURN, restock, ...asked };
  const refund: AfterSaleCommand = {
    type: 'refund.requested',
    refundId: 'rfd_1',
    wish: { of: 'lines', lines: restock, shipping: false },
    revoke: [],
    restock: [],
    ...asked,
  };
  const shelved = (shop: Shop): number =>
    shop.effects.reduce((sum, effect) => (effect.step === 'stock.restock' ? sum + effect.quantity : sum), 0);

  it('go on the shelf once, whichever way', () => {
    const shop = shopOf(2).approved(2);
    expect(shop.refused({ ...received, restock: [...restock, ...restock] })).toBe('/restock/1/lineId');
    expect(shop.ask(received)).toBeNull();
    expect(shop.refused({ ...refund, restock })).toBe('/lines/0/restock');
    expect(shelved(shop)).toBe(2);
  });

  it('are not received by an order that was undone, whose units went back with it', () => {
    const shop = shopOf(2).approved(2);
    shop.document = { ...shop.document, state: 'refunded' };
    expect(shop.ask(received)).toMatchObject({ code: 'not_allowed' });
  });

  it('can be refused and sent back, but not once they are on the shelf', () => {
    const reject: AfterSaleCommand = { type: 'return.rejected', returnId: RETURN, ...asked };
    const shop = shopOf(2).approved(2);
    expect(shop.ask({ ...received, restock: [] })).toBeNull();
    expect(shop.ask(reject)).toBeNull();
    expect(shop.state).toBe('rejected');
    const other = shopOf(2).approved(2);
    other.ask(received);
    expect(other.ask(reject)).toMatchObject({ code: 'not_allowed' });
  });

  it('close their return when they were given back another way, or are worth nothing', () => {
    const shop = shopOf(2).approved(2);
    expect(shop.ask(refund)).toBeNull();
    expect(shop.state).toBe('refunded');
    const free = shopOf(1, 0).approved(1);
    expect(free.refund()).toBe('granted');
    expect([free.state, free.given]).toEqual(['refunded', 0]);
    expect(free.document.returns[0]?.steps.at(-1)?.why).toBe('nothing was paid for it');
    const again = {
      ...refund,
      wish: { of: 'lines' as const, lines: [{ lineId: LINE, quantity: 1 }], shipping: false },
    };
    expect(free.refused(again)).toBe('/lines/0/quantity');
  });
});
