import { describe, expect, it } from 'vitest';
import { NO_PAYMENT_DETAILS } from '#shared/contracts/payments.ts';
import { plainLine } from '#shared/domain/pricing/priced.ts';
import { lineOf, orderOf } from '../testing/documents.ts';
import type { CardLedger, OrderDocument, State } from './document.ts';
import type { OrderEvent } from './events.ts';
import { isWanted } from './intents.ts';
import { differenceOf } from './resolution.ts';
import { excessOf, ledgersOf, paymentStatusOf } from './money.ts';
import { newDocument } from './new-document.ts';
import { type Outcome, transition } from './transition.ts';

const FIRST = 1_001;
const cardId = (index: number): string => `gft_${String(index).padStart(32, '0')}`;

/** 10.00, with so many gift cards, in this state. */
function order(cards: number, state: State = 'holding_cards'): OrderDocument {
  const base = orderOf([lineOf(0, { price: plainLine(1_000, 1), stockTracked: false })], {});
  const { giftCards = [], payment } = newDocument({
    id: base.id,
    number: 'TP-1',
    customerId: base.customerId,
    request: base.request,
    giftCards: Array.from({ length: cards }, (_, index) => ({
      cardId: cardId(index),
      ending: `K3M${index}`,
      currency: 'EUR' as const,
    })),
    lineIds: [],
    at: 0,
  });
  return { ...base, state, giftCards, payment: { ...payment, amount: base.total } };
}
const nudge: OrderEvent = { type: 'order.nudged', at: 1 };
/** What a card's object answers. */
function told(
  index: number,
  document: OrderDocument,
  { amount, captured = 0, refunds = [] }: { amount: number; captured?: number; refunds?: [string, number][] },
): OrderEvent {
  const attempt = FIRST + index;
  const open = amount - captured;
  const card = document.giftCards?.[index];
  const payment = {
    paymentId: card?.paymentId ?? '',
    attempt,
    currency: 'EUR' as const,
    amount,
    authorised: amount,
    captured,
    refunded: refunds.reduce((sum, [, back]) => sum + back, 0),
    capturable: open,
    captureBefore: null,
    multicapture: true,
    method: 'gift_card',
    refunds: refunds.map(([reference, back]) => ({
      refundId: reference,
      amount: back,
      state: 'succeeded' as const,
      reference,
    })),
    clientSecret: '',
    lastError: null,
    ...NO_PAYMENT_DETAILS,
  };
  const state = open > 0 ? 'authorised' : captured > 0 ? 'captured' : 'voided';
  return { type: `payment.${state}`, payment, at: 2 };
}
const steps = ({ intents }: Outcome) =>
  intents.flatMap(({ effect }) =>
    effect.step.startsWith('payment.') ? [[effect.step, 'attempt' in effect ? effect.attempt : null]] : [],
  );
const held = (document: OrderDocument, index: number, amount: number): Outcome =>
  transition(document, told(index, document, { amount }));
const card = (index: number, values: Partial<CardLedger>): CardLedger => ({
  ...(order(index + 1).giftCards?.[index] as CardLedger),
  asked: true,
  ...values,
});

describe('money set aside on gift cards', () => {
  it('is asked of one card after the other, each for what those before it leave, and the rest of the payment', () => {
    const asked = transition(order(2), nudge);
    expect([steps(asked), asked.document.giftCards?.[0]?.amount]).toEqual([[['payment.hold', FIRST]], 1_000]);
    const first = held(asked.document, 0, 300);
    expect([steps(first), first.document.giftCards?.[1]?.amount]).toEqual([
      [['payment.hold', FIRST + 1]],
      700,
    ]);
    const second = held(first.document, 1, 200);
    expect([second.document.state, second.document.payment.amount, steps(second)]).toEqual([
      'requesting_payment',
      500,
      [['payment.create', 1]],
    ]);
  });

  it('is all there is to it where it covers the order: no card after it is asked, and no payment', () => {
    const asked = transition(order(2), nudge);
    const { document, ...outcome } = held(asked.document, 0, 1_000);
    expect([document.state, paymentStatusOf(document)]).toEqual(['vetting', 'authorised']);
    expect(steps({ document, ...outcome })).toEqual([]);
    expect(document.giftCards?.[1]).toMatchObject({ asked: false, status: 'none' });
  });

  it('refuses the order by the code of a card that has nothing, and lets the others go', () => {
    const first = held(transition(order(2), nudge).document, 0, 300);
    const none = held({ ...first.document, giftCards: first.document.giftCards ?? [] }, 1, 0);
    expect([none.document.state, none.document.reason?.code, none.document.refusals]).toEqual([
      'returning_money',
      'gift_card_refused',
      [{ pointer: '/giftCards/1/code', detail: 'has nothing left on it that could be spent' }],
    ]);
    expect(steps(none)).toEqual([['payment.void', FIRST]]);
  });

  it('may be nothing where only the smallest payment is left', () => {
    const first = held(transition(order(2), nudge).document, 0, 950);
    const none = held(first.document, 1, 0);
    expect([none.document.state, none.document.payment.amount]).toEqual(['requesting_payment', 50]);
  });

  it('is let go when the order is cancelled while it is asked for: nobody knows whether it arrived', () => {
    const asked = transition(order(1), nudge);
    const sent = transition(asked.document, { type: 'payment.asked', attempt: FIRST, at: 2 });
    const cancelled = transition(sent.document, {
      type: 'cancel.requested',
      by: 'customer',
      text: null,
      at: 3,
    });
    expect([cancelled.document.state, steps(cancelled)]).toEqual([
      'returning_money',
      [['payment.void', FIRST]],
    ]);
    const ended = transition(cancelled.document, told(0, order(1), { amount: 0 }));
    expect(ended.document.state).toBe('cancelled');
  });

  it('leaves a payment for less than the rest to be paid once more', () => {
    const { document } = held(transition(order(1), nudge).document, 0, 400);
    const paid = { ...document.payment, paymentId: 'pi_1', asked: true, status: 'authorised' as const };
    const little = { ...document, state: 'awaiting_payment' as const, payment: { ...paid, authorised: 500 } };
    const again = transition(little, nudge).document;
    expect([again.state, again.payment]).toMatchObject(['requesting_payment', { attempt: 2, amount: 600 }]);
    const enough = { ...little, payment: { ...paid, authorised: 600 } };
    expect(transition(enough, nudge).document.state).toBe('vetting');
  });
});

describe('an order that gift cards paid a part of', () => {
  /** Delivered: 4.00 by card, 6.00 by payment. */
  function delivered(): OrderDocument {
    const document = order(1, 'completed');
    const amounts = { authorised: 600, captured: 600, amount: 600 };
    return {
      ...document,
      lines: document.lines.map((line) => ({ ...line, state: 'delivered', released: true, deliveredAt: 0 })),
      payment: { ...document.payment, ...amounts, paymentId: 'pi_1', asked: true, status: 'captured' },
      giftCards: [card(0, { amount: 1_000, authorised: 400, captured: 400, status: 'captured' })],
    };
  }

  it('gives back to the payment first, and to the cards what is more', () => {
    const { document } = transition(delivered(), {
      type: 'cancel.requested',
      by: 'operator',
      text: null,
      at: 1,
    });
    const undone = transition(document, {
      type: 'line.deprovisioned',
      lineId: document.lines[0]?.id ?? '',
      detail: '',
      at: 2,
    });
    expect(undone.document.refunds.map(({ paymentId, amount }) => [paymentId, amount])).toEqual([
      ['pi_1', 600],
      [document.giftCards?.[0]?.paymentId, 400],
    ]);
  });

  it('gives the cards alone back what a bank has not taken', () => {
    const document = delivered();
    const dispute = { disputeId: 'dp_1', amount: 600, reason: 'fraudulent', openedAt: 0, dueBy: null };
    const disputed = {
      ...document,
      state: 'returning_money' as const,
      lines: document.lines.map((line) => ({ ...line, state: 'undone' as const })),
      payment: { ...document.payment, disputes: [{ ...dispute, state: 'open' as const }] },
    };
    const { refunds } = transition(disputed, nudge).document;
    expect(refunds.map(({ amount }) => amount)).toEqual([400]);
  });

  it('lets go of what it holds when everything is collected, and when a person ends it by hand', () => {
    const held400 = card(0, { amount: 1_000, authorised: 400, captured: 300, status: 'authorised' });
    const complete = { ...delivered(), giftCards: [held400] };
    complete.payment = { ...complete.payment, captured: 700, authorised: 700 };
    expect(steps(transition(complete, { type: 'mails.gathered', at: 1 }))).toEqual([['payment.void', FIRST]]);

    const stopped: OrderDocument = {
      ...complete,
      state: 'needs_operator',
      resume: 'provisioning',
      attention: { code: 'x', text: '', detail: '' },
    };
    const ended = transition(stopped, {
      type: 'operator.resolved',
      as: 'completed',
      actorId: null,
      text: 'Handed over',
      confirm: differenceOf(stopped, 'completed').code,
      at: 2,
    });
    expect(ended.document.state).toBe('completed');
    const release = ended.intents.find(({ effect }) => effect.step === 'payment.void');
    expect(release?.effect).toEqual({ step: 'payment.void', attempt: FIRST });
    expect(release !== undefined && isWanted(ended.document, release.effect)).toBe(true);
    expect(excessOf(ended.document)).toBe(0);
  });

  it('counts every payment, and numbers the next one at the provider by those alone', () => {
    expect(ledgersOf(delivered()).map(({ attempt }) => attempt)).toEqual([1, FIRST]);
  });
});
