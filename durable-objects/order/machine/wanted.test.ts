import { describe, expect, it } from 'vitest';
import { UNKNOWN_ORIGIN } from '../../fraud/face.ts';
import { delivered, lineOf, orderOf } from '../testing/documents.ts';
import { claimsOf } from './claims.ts';
import type { OrderDocument, PromotionClaim, Refund, State } from './document.ts';
import { newFraudRecord } from './fraud/record.ts';
import { type EffectStep, isWanted, supersedes } from './intents.ts';
import { newLedger } from './new-document.ts';
import { STATES } from './table.ts';

const LINE = lineOf(1);
const PROMOTION = 'promo_1';
const claim: PromotionClaim = {
  promotionId: PROMOTION,
  title: 'Ten off',
  code: null,
  limitTotal: 5,
  limitPerCustomer: null,
  state: 'claimed',
  refusal: null,
};
const applied = { promotionId: PROMOTION, code: null, title: 'Ten off', amount: 1, limitTotal: 5 };
const sold = orderOf([LINE], {});
/** Reserved, with a promotion whose uses are counted, and what is allowed per customer. */
const order: OrderDocument = {
  ...sold,
  stock: claimsOf(sold, [LINE]),
  pricing:
    sold.pricing === null ? null : { ...sold.pricing, promotions: [{ ...applied, limitPerCustomer: null }] },
  promotions: [claim],
  allowance: { items: [], state: 'claimed', reached: null },
  payment: { ...sold.payment, status: 'authorised', captured: 0, multicapture: true },
};
const open = { ...order, payment: { ...order.payment, status: 'open' as const } };
const notApplied = sold.pricing === null ? order : { ...order, pricing: sold.pricing };
/** Somebody suspects it, and nobody has decided. */
const suspected: OrderDocument = {
  ...order,
  fraud: {
    ...newFraudRecord(UNKNOWN_ORIGIN),
    review: { since: 1, until: 9, remindAt: 5, reminded: false, decision: null },
  },
};
const { fraud: _fraud, ...older } = order;
const refund: Refund = {
  id: 'rfd_1',
  paymentId: 'pi_1',
  amount: 5,
  state: 'asked',
  cause: 'granted',
  lineIds: [],
  parts: [],
  shipping: 5,
  returnId: null,
  renewedAs: null,
  by: { kind: 'operator', id: null },
  why: '',
  at: 1,
  settledAt: null,
};

/** States in which the effect still does something, when it comes as late as that. */
const wantedIn = (document: OrderDocument, effect: EffectStep): State[] =>
  STATES.filter((state) => isWanted({ ...document, state }, effect));
const of = { lineIds: [LINE.id] };
const mail = (kind: 'renew' | 'pay_again' | 'confirm_payment' | 'delivered'): EffectStep => ({
  step: 'mail',
  id: kind,
  mail: kind,
});

const WANTED: [what: string, document: OrderDocument, effect: EffectStep, states: State[]][] = [
  [
    'a price: what the customer agreed to never changes behind his back',
    order,
    { step: 'price' },
    ['pricing', 'repricing'],
  ],
  [
    'a hold: units of an order that is sold or undone are not kept from others',
    order,
    { step: 'stock.hold', sku: 'sku-1', expiresAt: 9 },
    ['holding', 'repricing', 'awaiting_payment', 'vetting', 'in_review'],
  ],
  [
    'a sale of units: nothing leaves the shelf for an order that is not paid, or is undone',
    order,
    { step: 'stock.commit', sku: 'sku-1' },
    ['authorised', 'provisioning', 'delivering'],
  ],
  [
    'all units back: only of an order that is undone as a whole',
    order,
    { step: 'stock.return', sku: 'sku-1' },
    ['returning_stock'],
  ],
  [
    'single lines back: whatever becomes of the rest',
    order,
    { step: 'stock.return', sku: 'sku-1', ...of },
    STATES,
  ],
  [
    'a use of a promotion: while it is placed, so that an order that ended takes none',
    order,
    { step: 'promotion.claim', promotionId: PROMOTION },
    ['holding', 'repricing'],
  ],
  [
    'what a customer may buy: while it is placed',
    order,
    { step: 'allowance.claim', use: 'placed' },
    ['holding', 'repricing'],
  ],
  [
    'a use back that its price counts: only once nothing of the order stays',
    order,
    { step: 'promotion.return', promotionId: PROMOTION },
    ['returning_stock', 'cancelled', 'refunded'],
  ],
  [
    'a use back that another use replaced: at once',
    order,
    { step: 'promotion.return', promotionId: PROMOTION, use: 'edit_1' },
    STATES,
  ],
  [
    'a use back that its price does not count any more: at once',
    notApplied,
    { step: 'promotion.return', promotionId: PROMOTION },
    STATES,
  ],
  [
    'an allowance back that the order has: only once nothing of it stays',
    order,
    { step: 'allowance.return', use: 'placed' },
    ['returning_stock', 'cancelled', 'refunded'],
  ],
  [
    'an allowance back that the order has not: at once',
    order,
    { step: 'allowance.return', use: 'edit_1' },
    STATES,
  ],
  [
    'a payment: nobody is asked to pay for what he was not quoted, or that is over',
    order,
    { step: 'payment.create', attempt: 1 },
    ['requesting_payment'],
  ],
  [
    'a payment in place of one that lapses: whatever the order does meanwhile',
    { ...order, renewal: newLedger(2, 500) },
    { step: 'payment.create', attempt: 2 },
    STATES,
  ],
  [
    'another amount: only while the payment waits for its customer',
    open,
    { step: 'payment.change', attempt: 1 },
    ['awaiting_payment'],
  ],
  ['another amount of what is held already: never', order, { step: 'payment.change', attempt: 1 }, []],
  [
    'the closing of a payment: one that is looked for again stays open',
    order,
    { step: 'payment.close', attempt: 1 },
    ['closing'],
  ],
  [
    'the release of a hold: of the live payment only when the order is undone',
    order,
    { step: 'payment.void', attempt: 1 },
    ['returning_money'],
  ],
  [
    'the release of a former payment: at any time, since it is never collected',
    { ...order, formerPayments: [newLedger(1, 500)], payment: { ...order.payment, attempt: 2 } },
    { step: 'payment.void', attempt: 1 },
    STATES,
  ],
  [
    'a refund: until it was made, whatever the order is',
    { ...order, refunds: [{ ...refund, id: 'rfd_0', state: 'made' }, refund] },
    { step: 'payment.refund', refundId: 'rfd_1' },
    STATES,
  ],
  [
    'a refund that was made: never again',
    {
      ...order,
      refunds: [
        { ...refund, state: 'made' },
        { ...refund, id: 'rfd_2' },
      ],
    },
    { step: 'payment.refund', refundId: 'rfd_1' },
    [],
  ],
  [
    'the making of lines: of an order that is paid and goes on',
    order,
    { step: 'lines.provision', ...of },
    ['provisioning', 'delivering'],
  ],
  ['the making of lines of a suspected order: never', suspected, { step: 'lines.provision', ...of }, []],
  [
    'the handing over of lines: once they are paid for',
    order,
    { step: 'lines.activate', ...of },
    ['delivering', 'activating'],
  ],
  ['the handing over of lines of a suspected order: never', suspected, { step: 'lines.activate', ...of }, []],
  [
    'a look at the risk: as long as no newer one was asked for',
    { ...suspected, fraud: { ...newFraudRecord(UNKNOWN_ORIGIN), round: 2 } },
    { step: 'fraud.assess', phase: 'later', round: 2 },
    STATES,
  ],
  [
    'an older look at the risk: never',
    { ...suspected, fraud: { ...newFraudRecord(UNKNOWN_ORIGIN), round: 2 } },
    { step: 'fraud.assess', phase: 'later', round: 1 },
    [],
  ],
  ['a reminder of a review: until it is decided', suspected, { step: 'review.remind' }, STATES],
  ['a reminder of no review: never', order, { step: 'review.remind' }, []],
  [
    'a look at the risk, or a reminder, of an order that is older than both: never',
    older,
    { step: 'fraud.assess', phase: 'later', round: 1 },
    [],
  ],
  ['a reminder of an order that is older than reviews: never', older, { step: 'review.remind' }, []],
  [
    'the release of another payment than the former one: only when the order is undone',
    { ...order, formerPayments: [newLedger(1, 500)], payment: { ...order.payment, attempt: 2 } },
    { step: 'payment.void', attempt: 2 },
    ['returning_money'],
  ],
  ['what is said to the shop’s own systems: in any state', order, { step: 'register' }, STATES],
  ['the plea to pay again: while there is something to pay', open, mail('pay_again'), ['awaiting_payment']],
  ['the plea to pay again what is paid: never', order, mail('pay_again'), []],
  [
    'the plea to confirm: while there is something to confirm',
    open,
    mail('confirm_payment'),
    ['awaiting_payment'],
  ],
  ['every other mail: whatever came since, because it happened', order, mail('delivered'), STATES],
  ['what an edit took and the order has not: given back in any state', order, undoOf('edit_1'), STATES],
  ['an instance taken back: in any state', order, { step: 'lines.deprovision', ...of }, STATES],
  ['a look at the payment: in any state', order, { step: 'payment.fetch', paymentId: 'pi_1' }, STATES],
];
function undoOf(editId: string): Extract<EffectStep, { step: 'edit.undo' }> {
  return { step: 'edit.undo', editId, added: [], promotionIds: [], raised: false };
}

describe('an effect that comes late acts on what is true by then', () => {
  it.each(WANTED)('%s', (_, document, effect, states) => {
    expect(wantedIn(document, effect)).toEqual(states);
  });

  it('and while a person is asked by the state that the order stopped in', () => {
    for (const [what, document, effect, states] of WANTED) {
      const stopped = STATES.filter((resume) =>
        isWanted({ ...document, state: 'needs_operator', resume }, effect),
      );
      // What asks the customer for something waits for the person as well.
      const isPlea = effect.step === 'mail' && effect.mail !== 'delivered';
      expect([what, stopped]).toEqual([what, isPlea ? [] : states]);
    }
  });
});

describe('a capture that comes late', () => {
  const collecting: OrderDocument = {
    ...order,
    state: 'capturing',
    lines: [{ ...LINE, state: 'provisioned' }],
  };
  const capture = (attempt: number, upTo: number): EffectStep => ({
    step: 'payment.capture',
    attempt,
    upTo,
    final: true,
    first: true,
  });

  it('takes what is due and never more, because a line may have failed meanwhile', () => {
    expect(isWanted(collecting, capture(1, 500))).toBe(true);
    expect(isWanted(collecting, capture(1, 501))).toBe(false);
    const failed = { ...collecting, lines: [{ ...LINE, state: 'failed' as const }] };
    expect(isWanted(failed, capture(1, 500))).toBe(false);
  });

  it('takes nothing from a payment that another took the place of, nor from a suspected order', () => {
    expect(isWanted(collecting, capture(2, 500))).toBe(false);
    expect(isWanted({ ...suspected, state: 'capturing', lines: collecting.lines }, capture(1, 500))).toBe(
      false,
    );
  });
});

describe('a mail that asks to pay anew', () => {
  const renewing: OrderDocument = { ...order, renewal: { ...newLedger(2, 500), status: 'open' } };

  it('goes out while it is of use: not once it was done, and not of an order that is being undone', () => {
    const wanted = wantedIn(renewing, mail('renew'));
    expect(wanted).toContain('provisioning');
    for (const state of [
      'undoing_lines',
      'returning_money',
      'returning_stock',
      'cancelled',
      'refunded',
    ] as const)
      expect(wanted).not.toContain(state);
    const done: OrderDocument = { ...order, renewal: { ...newLedger(2, 500), status: 'authorised' } };
    expect(wantedIn(done, mail('renew'))).toEqual([]);
    expect(wantedIn(order, mail('renew'))).toEqual([]);
  });
});

it('the replacement of a return is ordered while it is being exchanged, and not once that was given up', () => {
  const found = {
    id: 'ret_1',
    wish: 'exchange' as const,
    lines: [],
    steps: [],
    restocked: [],
    refundId: null,
  };
  const place: EffectStep = { step: 'exchange.place', returnId: 'ret_1' };
  const withReturn = (state: 'exchanging' | 'received', id = 'ret_1'): OrderDocument => ({
    ...order,
    returns: [
      { ...found, id: 'ret_0', state: 'requested', exchange: null },
      { ...found, id, state, exchange: null },
    ],
  });
  expect(isWanted(withReturn('exchanging'), place)).toBe(true);
  expect(isWanted(withReturn('received'), place)).toBe(false);
  expect(isWanted(withReturn('exchanging', 'ret_2'), place)).toBe(false);
});

it('of an order that a person ended as completed what was only held is sold, and what it uses is claimed', () => {
  const by = { kind: 'operator' as const, id: null };
  const ended = (as: 'completed' | 'cancelled'): OrderDocument => ({
    ...order,
    state: as,
    lines: [delivered(LINE)],
    resolution: { at: 1, by, as, why: '', difference: 'none' },
  });
  const steps: EffectStep[] = [
    { step: 'stock.commit', sku: 'sku-1' },
    { step: 'promotion.claim', promotionId: PROMOTION },
    { step: 'allowance.claim', use: 'placed' },
  ];
  for (const step of steps) {
    expect(isWanted(ended('completed'), step)).toBe(true);
    expect(isWanted(ended('cancelled'), step)).toBe(false);
    expect(isWanted({ ...ended('completed'), resolution: null }, step)).toBe(false);
    expect(isWanted({ ...ended('completed'), state: 'needs_operator' }, step)).toBe(false);
  }
});

/** Effects of one step: the first stands for the second; the third is about something else. */
const REPEATED: [EffectStep, EffectStep, EffectStep][] = [
  [
    { step: 'promotion.claim', promotionId: 'p' },
    { step: 'promotion.claim', promotionId: 'p' },
    { step: 'promotion.claim', promotionId: 'q' },
  ],
  [
    { step: 'promotion.return', promotionId: 'p', use: 'e' },
    { step: 'promotion.return', promotionId: 'p', use: 'e' },
    { step: 'promotion.return', promotionId: 'p' },
  ],
  [
    { step: 'promotion.return', promotionId: 'p' },
    { step: 'promotion.return', promotionId: 'p' },
    { step: 'promotion.return', promotionId: 'q' },
  ],
  [
    { step: 'allowance.claim', use: 'e' },
    { step: 'allowance.claim', use: 'e' },
    { step: 'allowance.claim', use: 'f' },
  ],
  [
    { step: 'allowance.return', use: 'e' },
    { step: 'allowance.return', use: 'e' },
    { step: 'allowance.return', use: 'f' },
  ],
  [undoOf('e'), undoOf('e'), undoOf('f')],
  [
    { step: 'publish', event: { type: 'order.paid', sequence: 1, at: 1, data: {} } },
    { step: 'publish', event: { type: 'order.paid', sequence: 1, at: 1, data: {} } },
    { step: 'publish', event: { type: 'order.paid', sequence: 2, at: 1, data: {} } },
  ],
  [notice('a'), notice('a'), notice('b')],
  [mail('renew'), mail('renew'), { step: 'mail', id: 'renew', mail: 'renew', amount: 5 }],
  [restock('a'), restock('a'), restock('b')],
  [
    { step: 'exchange.place', returnId: 'r' },
    { step: 'exchange.place', returnId: 'r' },
    { step: 'exchange.place', returnId: 's' },
  ],
  [
    { step: 'stock.hold', sku: 's', expiresAt: 2 },
    { step: 'stock.hold', sku: 's', expiresAt: 1 },
    { step: 'stock.hold', sku: 't', expiresAt: 1 },
  ],
  [
    { step: 'stock.return', sku: 's' },
    { step: 'stock.return', sku: 's', lineIds: ['a'] },
    { step: 'stock.return', sku: 't' },
  ],
  [
    { step: 'payment.void', attempt: 1 },
    { step: 'payment.void', attempt: 1 },
    { step: 'payment.void', attempt: 2 },
  ],
  [
    { step: 'payment.refund', refundId: 'r' },
    { step: 'payment.refund', refundId: 'r' },
    { step: 'payment.refund', refundId: 's' },
  ],
  [
    { step: 'lines.provision', lineIds: ['a', 'b'] },
    { step: 'lines.provision', lineIds: ['b'] },
    { step: 'lines.provision', lineIds: ['b', 'c'] },
  ],
];
function notice(id: string): EffectStep {
  return { step: 'notice', id, about: 'dispute_opened', amount: 1, disputeId: null, reason: null };
}
function restock(reference: string): EffectStep {
  return { step: 'stock.restock', sku: 's', lineId: 'a', quantity: 1, reference };
}

describe('what was given up and is asked for again', () => {
  it.each(REPEATED)(
    '%o is not tried beside the newer one, as what is about something else is',
    (newer, same, other) => {
      expect(supersedes(newer, same)).toBe(true);
      expect(supersedes(newer, other)).toBe(false);
    },
  );

  it('is of the same step: another step never stands for it', () => {
    const steps = REPEATED.map(([effect]) => effect);
    const others = steps.flatMap((newer) =>
      steps.filter((older) => older.step !== newer.step).map((older) => [newer, older] as const),
    );
    expect(others.filter(([newer, older]) => supersedes(newer, older))).toEqual([]);
  });

  it('is whole: single lines that go back do not stand for all of them', () => {
    const some: EffectStep = { step: 'stock.return', sku: 's', lineIds: ['a'] };
    expect(supersedes(some, { step: 'stock.return', sku: 's' })).toBe(false);
    const hold: EffectStep = { step: 'stock.commit', sku: 's' };
    expect(supersedes(hold, hold)).toBe(true);
  });

  it('is tried again where it is asked for under the same key, whichever step of gift cards it is', () => {
    const take: EffectStep = { step: 'cards.take', refundId: 'r', round: 0 };
    const giveBack: EffectStep = { step: 'cards.give_back', refundId: 'r', round: 0 };
    expect([supersedes(take, take), supersedes(giveBack, giveBack)]).toEqual([false, false]);
  });

  it('stands by itself where an order has one of it', () => {
    expect(supersedes({ step: 'price' }, { step: 'price' })).toBe(true);
  });
});
