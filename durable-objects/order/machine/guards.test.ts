import { describe, expect, it } from 'vitest';
import { delivered, lineOf, orderOf } from '../testing/documents.ts';
import type { Ledger, OrderDocument, PromotionClaim, StockClaim } from './document.ts';
import type { OrderEvent } from './events.ts';
import { type GuardName, GUARDS } from './guards.ts';
import { PAYMENTS_MAX } from './holds.ts';
import { REFUSALS_MAX } from './money.ts';
import { differenceOf } from './resolution.ts';

const NUDGE: OrderEvent = { type: 'order.nudged', at: 1_000 };
const claim = (state: StockClaim['state'], values: Partial<StockClaim> = {}): StockClaim => ({
  sku: 'sku-1',
  state,
  lines: [{ lineId: lineOf(1).id, quantity: 1 }],
  returnedLines: [],
  ...values,
});
const use = (state: PromotionClaim['state']): PromotionClaim => ({
  promotionId: 'promo',
  title: '',
  code: null,
  limitTotal: 1,
  limitPerCustomer: null,
  state,
  refusal: null,
});
const asked = (state: PromotionClaim['state']): PromotionClaim => ({ ...use(state), code: 'TEN' });
const QUOTE = {
  priced: { ...orderOf([], {}).pricing, lines: [] },
  expiresAt: 1,
} as unknown as OrderDocument['quote'];
const order = (values: Partial<OrderDocument> = {}, payment: Partial<Ledger> = {}): OrderDocument => {
  const complete = orderOf([lineOf(1), lineOf(2)], {});
  return { ...complete, ...values, payment: { ...complete.payment, ...payment } };
};
const inState = (...states: OrderDocument['lines'][number]['state'][]): Partial<OrderDocument> => ({
  lines: states.map((state, index) => lineOf(index + 1, { state })),
});
const kept = [delivered(lineOf(1)), lineOf(2, { state: 'undone' })];
const gone = inState('undone', 'undone');
/** Being undone, and one line is paid for and on its way. */
const onItsWay = (keep: OrderDocument['keep'], payment: Partial<Ledger> = {}): OrderDocument =>
  order(
    { state: 'undoing_lines', keep, lines: [lineOf(1, { state: 'provisioned', released: true })] },
    payment,
  );
const DISPUTE = { disputeId: 'dp_1', amount: 1, state: 'open', reason: 'fraudulent', openedAt: 0 } as const;
const cancel = (by: 'customer' | 'operator', keep?: 'nothing' | 'delivered'): OrderEvent => ({
  type: 'cancel.requested',
  by,
  text: null,
  at: 1_000,
  ...(keep === undefined ? {} : { keep }),
});
const held: Partial<Ledger> = { status: 'authorised', authorised: 1_000, captured: 0 };
const HOUR = 3_600_000;
const hold = { ...held, authorisedAt: 0, captureBefore: 240 * HOUR };

type Example = [document: OrderDocument, event?: OrderEvent];
/** Of each guard what makes it hold and what just does not. */
const EXAMPLES: [GuardName, yes: Example[], no: Example[]][] = [
  [
    'everythingHeld',
    [[order()], [order({ stock: [claim('held'), claim('committed')], promotions: [use('claimed')] })]],
    [
      [order({ stock: [claim('held'), claim('wanted')] })],
      [order({ promotions: [use('claimed'), use('wanted')] })],
      [order({ stock: [claim('refused')] })],
    ],
  ],
  [
    'promotionRefused',
    [
      [order({ promotions: [use('claimed'), asked('refused')] })],
      [order({ promotions: [use('refused')], quote: QUOTE })],
    ],
    [[order()], [order({ promotions: [asked('claimed')] })], [order({ promotions: [use('refused')] })]],
  ],
  [
    'automaticRefused',
    [[order({ promotions: [use('claimed'), use('refused')] })]],
    [
      [order()],
      [order({ promotions: [use('claimed')] })],
      [order({ promotions: [use('refused'), use('wanted')] })],
    ],
  ],
  [
    'stockRefused',
    [[order({ stock: [claim('held'), claim('refused')] })]],
    [[order({ stock: [claim('held')] })]],
  ],
  [
    'everythingCommitted',
    [[order()], [order({ stock: [claim('committed')] })]],
    [[order({ stock: [claim('committed'), claim('held')] })]],
  ],
  [
    'committedAsReady',
    [[order({ stock: [claim('committed')], delivery: 'as_ready' })]],
    [[order({ stock: [claim('held')], delivery: 'as_ready' })], [order({ stock: [claim('committed')] })]],
  ],
  [
    'stockReturned',
    [
      [order({ ...gone, stock: [claim('returned')], promotions: [use('returned')] })],
      [order({ lines: kept, stock: [claim('committed')], promotions: [use('claimed')] })],
      [
        order({
          lines: kept,
          stock: [
            claim('committed', {
              lines: [1, 2].map((index) => ({ lineId: lineOf(index).id, quantity: 1 })),
              returnedLines: [lineOf(2).id],
            }),
          ],
        }),
      ],
    ],
    [
      [order({ ...gone, stock: [claim('committed')] })],
      [order({ ...gone, stock: [claim('returned')], promotions: [use('claimed')] })],
      [
        order({
          lines: kept,
          stock: [
            claim('committed', { lines: [1, 2].map((index) => ({ lineId: lineOf(index).id, quantity: 1 })) }),
          ],
        }),
      ],
    ],
  ],
  [
    'stockReturnedAfterDelivery',
    [[order({ lines: kept, stock: [claim('committed')] })]],
    [
      [order({ ...gone, stock: [claim('returned')] })],
      [
        order({
          lines: kept,
          stock: [claim('committed', { lines: [{ lineId: lineOf(2).id, quantity: 1 }] })],
        }),
      ],
    ],
  ],
  [
    'stockReturnedAfterCharge',
    [[order({ ...gone, stock: [claim('returned')] })]],
    [
      [order({ ...gone, stock: [claim('returned')] }, { captured: 0 })],
      [order({ ...gone, stock: [claim('held')] })],
    ],
  ],
  ['free', [[order({ total: 0 })]], [[order()]]],
  ['paymentKnown', [[order({}, { status: 'open' })]], [[order({}, { status: 'none' })]]],
  ['voided', [[order({}, { status: 'voided' })]], [[order()]]],
  [
    'paidInFull',
    [
      [order()],
      [order({}, held)],
      [order({ total: 0 }, { status: 'open', captured: 0 })],
      [order({ total: 900 }, { captured: 1_000, refunded: 100 })],
    ],
    [
      [order({}, { status: 'open', authorised: 1_000 })],
      [order({}, { ...held, authorised: 999 })],
      [order({}, { captured: 999 })],
      [order({}, { captured: 1_000, refunded: 1 })],
      [order({}, { status: 'voided' })],
    ],
  ],
  [
    'paidWrongly',
    [[order({}, { ...held, authorised: 999 })], [order({}, { captured: 999 })]],
    [[order()], [order({}, held)], [order({}, { status: 'open', captured: 0, authorised: 0 })]],
  ],
  [
    'refundedOutside',
    [[order({}, { refundedOutside: 2, refundAccepted: 1 })]],
    [[order()], [order({}, { refundedOutside: 2, refundAccepted: 2 })]],
  ],
  [
    'refundCameBack',
    [[order({}, { refundedOutside: 1, refundAccepted: 2 })]],
    [[order()], [order({}, { refundedOutside: 2, refundAccepted: 2 })]],
  ],
  [
    'everythingCollected',
    [[order({ lines: [delivered(lineOf(1)), delivered(lineOf(2))] })], [order(gone, { captured: 0 })]],
    [[order({ lines: [delivered(lineOf(1)), delivered(lineOf(2))] }, { captured: 999 })]],
  ],
  [
    'refusedForGood',
    [[order({}, { refusals: REFUSALS_MAX + 1 })]],
    [[order({}, { refusals: REFUSALS_MAX })]],
  ],
  [
    'holdExpiring',
    [
      [order({}, hold), { type: 'order.nudged', at: 204 * HOUR }],
      [order({}, { ...hold, captureBefore: 3 * HOUR }), { type: 'order.nudged', at: 2 * HOUR }],
    ],
    [
      [order({}, hold), { type: 'order.nudged', at: 204 * HOUR - 1 }],
      [order({}, { ...hold, captureBefore: null }), { type: 'order.nudged', at: 300 * HOUR }],
      [order({}, { ...hold, status: 'captured' }), { type: 'order.nudged', at: 300 * HOUR }],
      [order({ renewal: order().payment }, hold), { type: 'order.nudged', at: 204 * HOUR }],
      [order({}, { ...hold, attempt: PAYMENTS_MAX }), { type: 'order.nudged', at: 204 * HOUR }],
    ],
  ],
  [
    'holdEnding',
    [
      [order({}, hold), { type: 'order.nudged', at: 238 * HOUR }],
      [order({}, { ...hold, captureBefore: 12 * HOUR }), { type: 'order.nudged', at: 11 * HOUR }],
    ],
    [[order({}, hold), { type: 'order.nudged', at: 238 * HOUR - 1 }]],
  ],
  [
    'everyLineProvisioned',
    [[order(inState('provisioned', 'delivered'))]],
    [[order(inState('provisioned', 'provisioning'))]],
  ],
  [
    'everyLineDelivered',
    [[order(inState('delivered', 'delivered'))]],
    [[order(inState('delivered', 'provisioned'))]],
  ],
  [
    'everyLineUndone',
    [
      [order({ state: 'undoing_lines', ...inState('undone', 'pending') })],
      [order({ state: 'undoing_lines', keep: 'delivered', ...inState('delivered', 'undone') })],
    ],
    [
      [order({ state: 'undoing_lines', ...inState('undone', 'undoing') })],
      [order({ state: 'undoing_lines', ...inState('delivered', 'undone') })],
      [onItsWay('released')],
    ],
  ],
  [
    'moneyGoneOnTheWay',
    [
      [onItsWay('released', { disputes: [DISPUTE] })],
      [onItsWay('released', { refundedOutside: 1 })],
      [onItsWay('released', { status: 'voided', captured: 0 })],
    ],
    [
      [onItsWay('released')],
      [onItsWay('released', { disputes: [{ ...DISPUTE, state: 'won' }] })],
      [onItsWay('delivered', { disputes: [DISPUTE] })],
    ],
  ],
  [
    'nothingMoreToMake',
    [[order(inState('delivered', 'failed'))], [order(inState('undone', 'undoing'))]],
    [[order(inState('delivered', 'delivered'))], [order(inState('failed', 'provisioning'))]],
  ],
  ['lineFailed', [[order(inState('delivered', 'failed'))]], [[order(inState('delivered', 'undone'))]]],
  ['acknowledged', [[order({ acknowledged: true })]], [[order()]]],
  ['windowOver', [[order({ dueAt: 1_000 }), NUDGE]], [[order({ dueAt: 1_001 }), NUDGE]]],
  [
    'windowOverWhilePlacing',
    [
      [order({ state: 'holding', dueAt: 1_000 }), NUDGE],
      [order({ state: 'needs_operator', resume: 'holding', dueAt: 1 }), NUDGE],
    ],
    [
      [order({ state: 'holding', dueAt: 1_001 }), NUDGE],
      [order({ state: 'awaiting_payment', dueAt: 1 }), NUDGE],
    ],
  ],
  [
    'wantsMoreUndone',
    [
      [order({ keep: 'delivered' }), cancel('operator', 'nothing')],
      [order({ keep: 'released' }), cancel('operator', 'nothing')],
    ],
    [
      [order({ keep: 'nothing' }), cancel('operator', 'nothing')],
      [order({ keep: 'delivered' }), cancel('operator', 'delivered')],
      [order({ keep: 'delivered' }), cancel('customer', 'nothing')],
      [order({ keep: 'delivered' }), NUDGE],
    ],
  ],
  [
    'byCustomer',
    [[order(), cancel('customer')]],
    [
      [order(), cancel('operator')],
      [order(), NUDGE],
    ],
  ],
  [
    'byOperator',
    [[order(), cancel('operator')]],
    [
      [order(), cancel('customer')],
      [order(), NUDGE],
    ],
  ],
];

describe.each(EXAMPLES)('%s', (name, yes, no) => {
  it.each(yes.map((example, index) => [index, ...example] as const))(
    'holds (%i)',
    (_, document, event = NUDGE) => {
      expect(GUARDS[name](document, event)).toBe(true);
    },
  );
  it.each(no.map((example, index) => [index, ...example] as const))(
    'does not hold (%i)',
    (_, document, event = NUDGE) => {
      expect(GUARDS[name](document, event)).toBe(false);
    },
  );
});

describe('an end by hand', () => {
  const document = order({
    state: 'needs_operator',
    resume: 'completed',
    lines: [delivered(lineOf(1)), lineOf(2)],
  });
  const resolved = (as: 'completed' | 'cancelled' | 'refunded', confirm: string | null): OrderEvent => ({
    type: 'operator.resolved',
    as,
    confirm,
    text: '',
    actorId: null,
    at: 1,
  });

  it.each(['completed', 'cancelled', 'refunded'] as const)(
    'as %s takes the confirmed difference, and no other',
    (as) => {
      const guard = {
        completed: 'resolvedCompleted',
        cancelled: 'resolvedCancelled',
        refunded: 'resolvedRefunded',
      } as const;
      const { code } = differenceOf(document, as);
      expect(code).not.toBeNull();
      for (const other of ['completed', 'cancelled', 'refunded'] as const) {
        expect(GUARDS[guard[as]](document, resolved(other, differenceOf(document, other).code))).toBe(
          other === as,
        );
      }
      expect(GUARDS[guard[as]](document, resolved(as, null))).toBe(false);
      expect(GUARDS[guard[as]](document, resolved(as, 'another'))).toBe(false);
      expect(GUARDS[guard[as]](document, NUDGE)).toBe(false);
    },
  );
});
