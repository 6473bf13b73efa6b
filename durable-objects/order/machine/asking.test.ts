import { describe, expect, it } from 'vitest';
import { MINUTE_MS, SECOND_MS } from '#shared/time/time.ts';
import { delivered, lineOf, orderOf } from '../testing/documents.ts';
import { letThrough } from '../testing/assessed.ts';
import { claimsOf } from './claims.ts';
import type { Line, OrderDocument, PromotionClaim, State } from './document.ts';
import type { OrderEvent } from './events.ts';
import { HOLD_GRACE_MS } from './holds.ts';
import { INTENTS, type EffectStep, type Intent } from './intents.ts';
import { type Outcome, transition } from './transition.ts';

type Fact = OrderEvent extends infer Event ? (Event extends OrderEvent ? Omit<Event, 'at'> : never) : never;
const on = (document: OrderDocument, event: Fact, at = 10): Outcome =>
  letThrough(transition(document, { ...event, at }), at);
const asked = ({ intents }: { intents: Intent[] }, step: EffectStep['step']): Intent[] =>
  intents.filter(({ effect }) => effect.step === step);
const keysOf = (outcome: { intents: Intent[] }, step: EffectStep['step']): string[] =>
  asked(outcome, step).map(({ key }) => key);
const linesOf = (outcome: { intents: Intent[] }, step: EffectStep['step']): string[][] =>
  asked(outcome, step).map(({ effect }) => ('lineIds' in effect ? (effect.lineIds ?? []) : []));

/** An order of these lines whose whole price is held on a card and can be taken in parts. */
function reserved(lines: Line[], state: State, values: Partial<OrderDocument> = {}): OrderDocument {
  const order = orderOf(lines, {});
  return {
    ...order,
    state,
    stock: claimsOf(order, lines),
    payment: {
      ...order.payment,
      status: 'authorised',
      captured: 0,
      multicapture: true,
      captureBefore: null,
    },
    ...values,
  };
}
const claimed = (state: PromotionClaim['state'], id: string, use?: string): PromotionClaim => ({
  promotionId: id,
  ...(use === undefined ? {} : { use }),
  title: id,
  code: null,
  limitTotal: 1,
  limitPerCustomer: null,
  state,
  refusal: null,
});
const inState = (
  document: OrderDocument,
  ...states: OrderDocument['stock'][number]['state'][]
): OrderDocument => ({
  ...document,
  stock: document.stock.map((claim, index) => ({ ...claim, state: states[index] ?? 'committed' })),
});
const operatorCancels: Fact = { type: 'cancel.requested', by: 'operator', text: null };

describe('the stock of an order', () => {
  const lines = [lineOf(1), lineOf(2), lineOf(3), lineOf(4)];

  it('is held until the payment can have been closed, each article by itself so that none waits for another', () => {
    const order = reserved(lines.slice(0, 2), 'screening', { dueAt: 1_000, holdsUntil: null });
    const fraud = order.fraud === undefined ? undefined : { ...order.fraud, round: 1 };
    const held = transition(
      {
        ...order,
        ...(fraud === undefined ? {} : { fraud }),
        exchangeOf: { orderId: 'ord_1', returnId: 'ret_1' },
      },
      { type: 'order.acknowledged', at: 5 },
    );
    expect(held.document).toMatchObject({ state: 'holding', holdsUntil: 1_000 + HOLD_GRACE_MS });
    const expiresAt = 1_000 + HOLD_GRACE_MS;
    expect(asked(held, 'stock.hold')).toEqual([
      {
        key: 'stock.hold:sku-1',
        lane: 'stock:sku-1',
        effect: { step: 'stock.hold', sku: 'sku-1', expiresAt },
      },
      {
        key: 'stock.hold:sku-2',
        lane: 'stock:sku-2',
        effect: { step: 'stock.hold', sku: 'sku-2', expiresAt },
      },
    ]);
  });

  it('is asked for only where it is not held or sold yet, because a second hold could take units twice', () => {
    const order = inState(reserved(lines, 'holding'), 'wanted', 'held', 'refused', 'returned');
    expect(INTENTS.holdStock(order).map(({ effect }) => effect)).toMatchObject([{ sku: 'sku-1' }]);
    expect(INTENTS.commitStock(order).map(({ effect }) => effect)).toMatchObject([
      { sku: 'sku-1' },
      { sku: 'sku-2' },
    ]);
  });

  it('goes back whatever became of asking for it: what was refused in the end may have been held before', () => {
    const order = inState(
      reserved(lines, 'returning_money', { payment: orderOf([], {}).payment }),
      'wanted',
      'held',
      'refused',
      'returned',
    );
    const back = on(
      { ...order, payment: { ...order.payment, asked: false, status: 'none' } },
      {
        type: 'order.acknowledged',
      },
    );
    expect(back.document.state).toBe('returning_stock');
    expect(asked(back, 'stock.return').map(({ effect }) => effect)).toEqual([
      { step: 'stock.return', sku: 'sku-1' },
      { step: 'stock.return', sku: 'sku-2' },
      { step: 'stock.return', sku: 'sku-3' },
    ]);
  });

  it('goes back of the lines that the customer does not keep, and of none of them twice', () => {
    const sku = 'shared';
    const same = [delivered(lineOf(1, { sku })), ...[2, 3].map((n) => lineOf(n, { sku, state: 'undone' }))];
    const order = inState(reserved(same, 'returning_stock', { keep: 'delivered' }), 'committed');
    const first = INTENTS.returnStock(order);
    expect(first).toEqual([
      {
        key: 'stock.return:shared:after:0',
        lane: 'stock:shared',
        effect: { step: 'stock.return', sku, lineIds: [lineOf(2).id, lineOf(3).id] },
      },
    ]);
    const backed = (returnedLines: string[]): OrderDocument => ({
      ...order,
      stock: order.stock.map((claim) => ({ ...claim, returnedLines })),
    });
    expect(INTENTS.returnStock(backed([lineOf(2).id]))).toMatchObject([
      { key: 'stock.return:shared:after:1', effect: { lineIds: [lineOf(3).id] } },
    ]);
    expect(INTENTS.returnStock(backed([lineOf(2).id, lineOf(3).id]))).toEqual([]);
    const all = { ...order, lines: same.map((line) => ({ ...line, state: 'delivered' as const })) };
    expect(INTENTS.returnStock(all)).toEqual([]);
  });
});

describe('units on backorder', () => {
  const lines = [lineOf(1), lineOf(2), lineOf(3)];
  const order = inState(reserved(lines, 'authorised'), 'held', 'committed', 'committed');
  const waiting = {
    ...order,
    stock: order.stock.map((claim) =>
      claim.sku === 'sku-2' ? { ...claim, waiting: [lineOf(2).id] } : claim,
    ),
  };

  it('are asked about once their order is being made, so that an arrival nobody told of is no wait for ever', () => {
    const sold = on(waiting, { type: 'stock.committed', sku: 'sku-1' });
    expect(sold.document.state).toBe('provisioning');
    expect(asked(sold, 'stock.commit')).toEqual([
      {
        key: `stock.commit:sku-2:of:${waiting.version}`,
        lane: 'stock:sku-2',
        effect: { step: 'stock.commit', sku: 'sku-2' },
      },
    ]);
    expect(linesOf(sold, 'lines.provision')).toEqual([[lineOf(1).id, lineOf(3).id]]);
    expect(sold.document.lines.map(({ state }) => state)).toEqual([
      'provisioning',
      'pending',
      'provisioning',
    ]);
    expect(sold.document.lines[1]?.detail).toBe('Waiting for units on backorder');
    expect(sold.document.lines[0]?.detail).toBe('Waiting to be prepared');
  });

  it('are asked for when the stock says that they came, of that article and as often as it says so', () => {
    const told: Fact = { type: 'stock.allocated', sku: 'sku-1' };
    expect(asked(on(waiting, told, 70), 'stock.commit')).toEqual([
      {
        key: 'stock.commit:sku-1:at:70',
        lane: 'stock:sku-1',
        effect: { step: 'stock.commit', sku: 'sku-1' },
      },
    ]);
    expect(keysOf(on(waiting, { type: 'stock.allocated', sku: 'sku-2' }), 'stock.commit')).toHaveLength(1);
    expect(keysOf(on(waiting, { type: 'stock.allocated', sku: 'sku-9' }), 'stock.commit')).toEqual([]);
    const back = inState(waiting, 'returned', 'wanted', 'held');
    for (const sku of ['sku-1', 'sku-2'])
      expect(keysOf(on(back, { type: 'stock.allocated', sku }), 'stock.commit')).toEqual([]);
  });

  it('that came let their line be made at once, and only it', () => {
    const making = on(waiting, { type: 'stock.committed', sku: 'sku-1' }).document;
    const come = on(making, { type: 'stock.committed', sku: 'sku-2', waiting: [] });
    expect(linesOf(come, 'lines.provision')).toEqual([[lineOf(2).id]]);
    expect(keysOf(come, 'lines.provision')).toEqual([`lines.provision:at:${making.version}`]);
    expect(come.document.lines[1]).toMatchObject({ state: 'provisioning', detail: 'Waiting to be prepared' });
  });
});

describe('uses of promotions', () => {
  const promotions = (['wanted', 'claimed', 'refused', 'returned'] as const).map((state) =>
    claimed(state, state),
  );

  it('are claimed once, under the name of the change that wants them', () => {
    const order = reserved([lineOf(1)], 'holding', {
      promotions: [...promotions, claimed('wanted', 'p', 'edit_1')],
    });
    expect(INTENTS.claimPromotions(order)).toEqual([
      {
        key: 'promotion.claim:wanted',
        lane: 'promotion:wanted',
        effect: { step: 'promotion.claim', promotionId: 'wanted' },
      },
      {
        key: 'promotion.claim:p',
        lane: 'promotion:p',
        effect: { step: 'promotion.claim', promotionId: 'p', use: 'edit_1' },
      },
    ]);
  });

  it('go back of an order that is undone, also those nobody knows of, and stay while a part of it is kept', () => {
    const order = reserved([delivered(lineOf(1))], 'returning_stock', { promotions });
    expect(INTENTS.returnPromotions(order).map(({ key }) => key)).toEqual([
      'promotion.return:wanted',
      'promotion.return:claimed',
      'promotion.return:refused',
    ]);
    expect(INTENTS.returnPromotions({ ...order, keep: 'delivered' })).toEqual([]);
  });
});

describe('the lines of an order', () => {
  it('are asked for once more when it goes on after a stop: what is made already is not', () => {
    const lines = [lineOf(1, { state: 'provisioning' }), lineOf(2, { state: 'provisioned' }), lineOf(3)];
    const stopped = reserved(lines, 'needs_operator', { resume: 'provisioning', attention: null });
    const again = on(stopped, { type: 'operator.retried' });
    expect(linesOf(again, 'lines.provision')).toEqual([[lineOf(1).id, lineOf(3).id]]);
  });

  it('are handed over once what was collected pays for them, in one step for those of one payment', () => {
    const lines = [lineOf(1, { state: 'provisioned' }), lineOf(2, { state: 'provisioned' })];
    const collecting = reserved(lines, 'capturing');
    const payment = { ...collecting.payment, status: 'captured' as const, captured: collecting.total };
    const paid = on({ ...collecting, payment }, { type: 'order.acknowledged' });
    expect(paid.document.state).toBe('activating');
    expect(linesOf(paid, 'lines.activate')).toEqual([[lineOf(1).id, lineOf(2).id]]);
    expect(paid.document.lines.map(({ released }) => released)).toEqual([true, true]);
  });

  it('of one delivered as ready are handed over with the money for them, and not before', () => {
    const lines = [lineOf(1, { state: 'provisioned' }), lineOf(2, { state: 'provisioning' })];
    const order = reserved(lines, 'delivering', { delivery: 'as_ready' });
    const unpaid = on(order, { type: 'order.nudged' });
    expect(linesOf(unpaid, 'lines.activate')).toEqual([]);
    expect(unpaid.document.lines[0]?.released).toBe(false);
    const payment = { ...order.payment, captured: 500 };
    const paid = on({ ...order, payment }, { type: 'order.acknowledged' });
    expect(linesOf(paid, 'lines.activate')).toEqual([[lineOf(1).id]]);
    expect(linesOf(on(paid.document, { type: 'order.acknowledged' }), 'lines.activate')).toEqual([]);
  });

  it('are taken back of an order that is undone, those that were begun, with the cause where there is one', () => {
    const lines = [
      lineOf(1),
      lineOf(2, { state: 'provisioning' }),
      lineOf(3, { state: 'provisioned', released: true }),
      lineOf(4, {
        state: 'failed',
        detail: 'Could not be delivered',
        failure: 'Could not be delivered: no key',
      }),
      lineOf(5, { state: 'failed', detail: 'Cancelled' }),
      lineOf(6, { state: 'undone' }),
    ];
    const undone = on(reserved(lines, 'delivering', { delivery: 'as_ready' }), operatorCancels);
    expect(undone.document.state).toBe('undoing_lines');
    expect(linesOf(undone, 'lines.deprovision').flat()).toEqual([2, 3, 4, 5].map((n) => lineOf(n).id));
    expect(undone.document.lines.map(({ state, detail, released }) => [state, detail, released])).toEqual([
      ['pending', '', false],
      ['undoing', 'Being taken back', false],
      ['undoing', 'Being taken back', false],
      ['undoing', 'Could not be delivered: no key', false],
      ['undoing', 'Cancelled', false],
      ['undone', '', false],
    ]);
  });

  it('that the customer keeps are not taken back', () => {
    const lines = [delivered(lineOf(1)), lineOf(2, { state: 'provisioning' })];
    const order = reserved(lines, 'delivering', { delivery: 'as_ready' });
    const kept = on(order, { type: 'cancel.requested', by: 'customer', text: null });
    expect(linesOf(kept, 'lines.deprovision')).toEqual([[lineOf(2).id]]);
    expect(kept.document.lines[0]?.state).toBe('delivered');
  });

  it('that fail while others go on are taken back once, under a name of their own', () => {
    const lines = [lineOf(1, { state: 'provisioning' }), lineOf(2, { state: 'provisioning' })];
    const order = reserved(lines, 'delivering', { delivery: 'as_ready' });
    const failed = on(order, {
      type: 'line.failed',
      lineId: lineOf(1).id,
      code: null,
      detail: 'No key is left.',
    });
    expect(failed.document.state).toBe('delivering');
    expect(asked(failed, 'lines.deprovision')).toEqual([
      {
        key: `lines.deprovision:at:${order.version}`,
        lane: 'lines',
        effect: { step: 'lines.deprovision', lineIds: [lineOf(1).id] },
      },
    ]);
    expect(failed.document.lines[0]).toMatchObject({
      state: 'undoing',
      detail: 'Could not be delivered: no key is left',
    });
    expect(asked(on(failed.document, { type: 'order.acknowledged' }), 'lines.deprovision')).toEqual([]);
  });

  it('that turn up after they were taken back are taken back again; others are left alone', () => {
    const lines = [lineOf(1, { state: 'undone' }), lineOf(2, { state: 'undoing' })];
    const order = reserved(lines, 'undoing_lines', { rounds: 1 });
    const turned = on(order, { type: 'line.provisioned', lineId: lineOf(1).id, detail: '' });
    expect(asked(turned, 'lines.deprovision')).toEqual([
      {
        key: `lines.deprovision:again:${lineOf(1).id}#1`,
        lane: 'lines',
        effect: { step: 'lines.deprovision', lineIds: [lineOf(1).id] },
      },
    ]);
    const late = on(order, { type: 'line.provisioned', lineId: lineOf(2).id, detail: '' });
    expect(asked(late, 'lines.deprovision')).toEqual([]);
  });

  it('that were never begun are not delivered when it ends, and say so', () => {
    const order = reserved(
      [lineOf(1), lineOf(2, { state: 'undone', detail: 'Taken back' })],
      'returning_stock',
      {
        payment: { ...orderOf([], {}).payment, status: 'voided', captured: 0, authorised: 0 },
        stock: [],
      },
    );
    const ended = on(order, { type: 'order.acknowledged' });
    expect(ended.document).toMatchObject({
      state: 'cancelled',
      lines: [
        { state: 'undone', detail: 'Not delivered' },
        { state: 'undone', detail: 'Taken back' },
      ],
    });
  });
});

describe('a nudge', () => {
  const NUDGE: Fact = { type: 'order.nudged' };
  const late = 30 * SECOND_MS;
  const making = [lineOf(1, { state: 'provisioning' }), lineOf(2, { state: 'provisioned' }), lineOf(3)];

  it('asks again for lines nobody told of for half a minute, and not sooner', () => {
    const order = reserved(making, 'provisioning', { stageSince: 0, stock: [] });
    expect(keysOf(on(order, NUDGE, late - 1), 'lines.provision')).not.toContain('lines.provision:nudge:0');
    const again = on({ ...order, lines: making.slice(0, 2) }, NUDGE, late);
    expect(asked(again, 'lines.provision')).toEqual([
      {
        key: 'lines.provision:nudge:0',
        lane: 'lines',
        effect: { step: 'lines.provision', lineIds: [lineOf(1).id] },
      },
    ]);
  });

  it('asks under one key a minute, so that many nudges ask once', () => {
    const order = reserved(making.slice(0, 2), 'provisioning', { stageSince: 0 });
    const keyAt = (at: number): string[] => keysOf(on(order, NUDGE, at), 'lines.provision');
    expect(keyAt(2 * MINUTE_MS)).toEqual(keyAt(3 * MINUTE_MS - 1));
    expect(keyAt(2 * MINUTE_MS)).not.toEqual(keyAt(3 * MINUTE_MS));
  });

  it('asks for the step that each state waits for, and for nothing that was not asked for before', () => {
    const released = [
      lineOf(1, { state: 'provisioned', released: true }),
      lineOf(2, { state: 'provisioned' }),
      lineOf(3, { state: 'undoing' }),
      lineOf(4, { state: 'provisioning' }),
    ];
    const of = (state: State, keep: OrderDocument['keep'] = 'nothing'): Record<string, string[][]> => {
      const order = reserved(released, state, { stageSince: 0, stock: [], delivery: 'as_ready', keep });
      const outcome = { intents: INTENTS.nudge(order, { type: 'order.nudged', at: late }) };
      return {
        make: linesOf(outcome, 'lines.provision'),
        hand: linesOf(outcome, 'lines.activate'),
        undo: linesOf(outcome, 'lines.deprovision'),
      };
    };
    const [make, hand, undo] = [[[lineOf(4).id]], [[lineOf(1).id]], [[lineOf(3).id]]];
    expect(of('provisioning')).toEqual({ make, hand: [], undo: [] });
    expect(of('activating')).toEqual({ make: [], hand, undo: [] });
    expect(of('undoing_lines')).toEqual({ make: [], hand: [], undo });
    expect(of('delivering')).toEqual({ make, hand, undo });
    expect(of('undoing_lines', 'released')).toEqual({ make: [], hand, undo });
    expect(of('completed')).toEqual({ make: [], hand: [], undo });
    expect(of('awaiting_payment')).toEqual({ make: [], hand: [], undo: [] });
  });

  it('looks at the payment where money is waited for, also while lines are delivered one by one', () => {
    const looks = (state: State): number => {
      const order = reserved(making, state, { stageSince: 0 });
      const intents = INTENTS.nudge(order, { type: 'order.nudged', at: 60 * MINUTE_MS });
      return asked({ intents }, 'payment.fetch').length;
    };
    for (const state of [
      'awaiting_payment',
      'vetting',
      'capturing',
      'delivering',
      'returning_money',
    ] as const)
      expect([state, looks(state)]).toEqual([state, 1]);
    for (const state of ['provisioning', 'activating', 'undoing_lines'] as const)
      expect([state, looks(state)]).toEqual([state, 0]);
  });
});
