import { array, assert, boolean, integer, property, record } from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SoldGiftCard } from '#shared/contracts/gift-cards.ts';
import { NO_PAYMENT_DETAILS } from '#shared/contracts/payments.ts';
import { plainLine } from '#shared/domain/pricing/priced.ts';
import { delivered, lineOf, orderOf } from '../../testing/documents.ts';
import type { Line, OrderDocument, Refund } from '../document.ts';
import type { OrderEvent } from '../events.ts';
import { type EffectStep, isWanted } from '../intents.ts';
import { taxLinesOf } from '../tax-lines.ts';
import { type Outcome, transition } from '../transition.ts';
import { checkAfterSale } from './check.ts';
import type { AfterSaleCommand } from './events.ts';
import type { RefundWish } from './settlement.ts';

const WORTH = 2_500;
const operator = { kind: 'operator', id: 'usr_1' } as const;

/** So many gift cards of 25.00 each, paid with `paid` in all, and a licence of 10.00, delivered. */
function order(quantity: number, paid = WORTH * quantity): OrderDocument {
  const line = delivered(
    lineOf(1, {
      kind: 'gift_card',
      quantity,
      price: plainLine(paid / quantity, quantity),
      stockTracked: false,
      fulfilment: { template: 'gift-card', validDays: null, value: { amount: WORTH, currency: 'EUR' } },
    }),
  );
  const licence = delivered(
    lineOf(2, {
      price: plainLine(1_000, 1),
      stockTracked: false,
      fulfilment: { template: 'licence-key', activationsMax: 1, validDays: null },
    }),
  );
  const base = orderOf([line, licence], {});
  return { ...base, payment: { ...base.payment, authorised: paid + 1_000, captured: paid + 1_000 } };
}
const cardId = (index: number): string => `gft_${String(index).padStart(32, '0')}`;
const left = (document: OrderDocument, ...balances: number[]): SoldGiftCard[] =>
  balances.map((balance, index) => ({
    cardId: cardId(index),
    instanceId: document.lines[0]?.instanceId ?? '',
    balance,
  }));
const units = ({ lines: [line] }: OrderDocument, quantity: number): RefundWish => ({
  of: 'lines',
  lines: [{ lineId: line?.id ?? '', quantity }],
  shipping: false,
});
const refund = (
  wish: RefundWish,
  cards: SoldGiftCard[] | null,
  revoke: string[] = [],
): Extract<AfterSaleCommand, { type: 'refund.requested' }> & { at: number } => ({
  type: 'refund.requested',
  refundId: 'rfd_1',
  wish,
  revoke,
  restock: [],
  cards,
  by: operator,
  why: 'Not wanted',
  at: 1,
});
const steps = ({ intents }: Outcome): string[] =>
  intents.map(({ effect }) => effect.step).filter((step) => /^(cards|payment|lines)\./.test(step));
const play = (document: OrderDocument, ...events: OrderEvent[]): Outcome => {
  const outcomes: Outcome[] = [];
  for (const event of events) outcomes.push(transition(outcomes.at(-1)?.document ?? document, event));
  return outcomes.at(-1) ?? transition(document, { type: 'order.nudged', at: 1 });
};
const granted = (document: OrderDocument, command: AfterSaleCommand & { at: number }): Outcome => {
  expect(checkAfterSale(document, command)).toBeNull();
  return transition(document, command);
};
const only = ({ document }: Outcome): Refund => {
  const [first] = document.refunds;
  if (first === undefined) throw new Error('nothing is refunded');
  return first;
};
const taken: OrderEvent = { type: 'cards.taken', refundId: 'rfd_1', round: 0, at: 2 };
const spent: OrderEvent = { type: 'cards.spent', refundId: 'rfd_1', round: 0, at: 2 };
/** The provider's answer to the refund. */
function told(document: OrderDocument, state: 'succeeded' | 'failed'): OrderEvent {
  const { paymentId, attempt, authorised, captured } = document.payment;
  const refunds = document.refunds.map(({ id, amount }) => ({ refundId: id, amount, state, reference: id }));
  const refunded = state === 'failed' ? 0 : refunds.reduce((sum, { amount }) => sum + amount, 0);
  return {
    type: 'payment.captured',
    payment: {
      paymentId: paymentId ?? '',
      attempt,
      currency: 'EUR',
      amount: authorised,
      authorised,
      captured,
      refunded,
      capturable: 0,
      captureBefore: null,
      multicapture: false,
      method: 'card',
      refunds,
      clientSecret: '',
      lastError: null,
      ...NO_PAYMENT_DETAILS,
    },
    at: 3,
  };
}

describe('a refund of gift cards that were sold', () => {
  it('takes its amount off the cards before any money goes back', () => {
    const document = order(2);
    const asked = granted(document, refund(units(document, 1), left(document, 2_500, 2_500)));
    expect(only(asked)).toMatchObject({ amount: 2_500, state: 'asked' });
    expect(only(asked).cards).toEqual({
      state: 'asked',
      takes: [{ cardId: cardId(0), amount: 2_500 }],
      round: 0,
    });
    expect(steps(asked)).toEqual(['cards.take']);
    const after = transition(asked.document, taken);
    expect(steps(after)).toEqual(['payment.refund']);
    expect(steps(transition(after.document, taken))).not.toContain('cards.take');
  });

  it('is at most what is left on them; what was spent is withheld, and a second one finds nothing', () => {
    const document = order(1);
    const asked = granted(document, refund(units(document, 1), left(document, 700)));
    expect(only(asked).parts).toMatchObject([{ quantity: 1, amount: 700, withheld: 1_800 }]);
    expect(checkAfterSale(order(1), refund(units(document, 1), left(document, 0)))).toMatchObject({
      refusals: [{ pointer: '/lines', detail: 'leaves nothing to give back' }],
    });
    const everything = granted(document, refund({ of: 'everything' }, left(document, 700)));
    expect(only(everything)).toMatchObject({ amount: 1_700 });
  });

  it('takes from the fullest cards first, so that a card somebody has begun is not emptied for a whole one', () => {
    const document = order(3);
    const asked = granted(document, refund(units(document, 2), left(document, 900, 2_500, 2_500)));
    expect(only(asked).cards?.takes).toEqual([
      { cardId: cardId(1), amount: 2_500 },
      { cardId: cardId(2), amount: 2_500 },
    ]);
  });

  it('spreads an amount over what is left, and refuses one that exceeds it', () => {
    const document = order(1);
    const amount = (cents: number) =>
      refund({ of: 'amount', amount: cents, shipping: false }, left(document, 500));
    expect(only(granted(document, amount(1_500))).parts.map((part) => part.amount)).toEqual([500, 1_000]);
    expect(checkAfterSale(document, amount(1_501))).toMatchObject({
      refusals: [{ pointer: '/amount', detail: 'at most 1500 can be given back' }],
    });
  });

  it('counts what an earlier refund is about to take, because the cards have not told of it yet', () => {
    const document = order(1);
    const half = refund({ of: 'amount', amount: 1_000, shipping: false }, left(document, 1_000));
    const asked = granted(document, half);
    const [first] = only(asked).parts;
    const again = checkAfterSale(asked.document, {
      ...refund(units(document, 1), left(document, first?.amount ?? 0)),
      at: 2,
    });
    expect(again).toMatchObject({ code: 'refused' });
  });

  it('takes off a card the share of its worth that is given back, because a promotion had lowered its price', () => {
    const document = order(1, 2_000);
    const asked = granted(document, refund(units(document, 1), left(document, 1_250)));
    expect(only(asked)).toMatchObject({ amount: 1_000, cards: { takes: [{ amount: 1_250 }] } });
  });

  it('is given up when the cards were spent meanwhile: the order stands, and nothing of it is taken back', () => {
    const document = order(1);
    const [line] = document.lines;
    const wish = refund(units(document, 1), left(document, 2_500), [line?.id ?? '']);
    const asked = granted(document, wish);
    expect(steps(asked)).toEqual(['cards.take']);
    const after = transition(asked.document, spent);
    expect(only(after)).toMatchObject({ state: 'failed', renewedAs: 'replaced' });
    expect(after.document.state).toBe('completed');
    expect(after.document.lines[0]?.revoked).toBe('no');
    expect(steps(after)).toEqual([]);
    expect(after.notes.map(({ type }) => type)).toContain('refund.given_up');
    expect(only(granted(after.document, refund(units(document, 1), left(document, 100))))).toBeDefined();
  });

  it('is told to nobody when it is given up: a refund after it is heard of, and it is no turnover that came back', () => {
    const document = order(1);
    const asked = granted(document, refund(units(document, 1), left(document, 2_500)));
    const after = transition(asked.document, spent);
    expect(only(after)).toMatchObject({ state: 'failed', settledAt: null });
    for (const settledAt of [null, 2]) {
      const refunds = after.document.refunds.map((each) => ({ ...each, settledAt }));
      const stored: OrderDocument = { ...after.document, refunds };
      const wish: RefundWish = {
        of: 'lines',
        lines: [{ lineId: document.lines[1]?.id ?? '', quantity: 1 }],
        shipping: false,
      };
      const second = granted(stored, { ...refund(wish, left(document, 0)), refundId: 'rfd_2' }).document;
      const ofSecond = { ...second, refunds: second.refunds.filter(({ id }) => id === 'rfd_2') };
      const heard = transition(second, told(ofSecond, 'succeeded')).document;
      expect(heard.refunds.find(({ id }) => id === 'rfd_2')).toMatchObject({ state: 'made' });
      expect(taxLinesOf(heard).filter(({ reference }) => reference === 'rfd_1')).toEqual([]);
    }
  });

  it('waits for the cards before anything of it is taken back, however often the order is looked after', () => {
    const document = order(1);
    const lineIds = document.lines.map(({ id }) => id);
    const asked = granted(document, refund({ of: 'everything' }, left(document, 2_500), lineIds));
    const nudged = transition(asked.document, { type: 'order.nudged', at: 10 * 60_000 });
    expect(steps(nudged)).not.toContain('lines.deprovision');
    const after = transition(nudged.document, taken);
    expect(steps(transition(after.document, { type: 'order.nudged', at: 20 * 60_000 }))).toContain(
      'lines.deprovision',
    );
  });

  it('takes back, or leaves, its other lines along with the cards', () => {
    const document = order(1);
    const lineIds = document.lines.map(({ id }) => id);
    const asked = granted(document, refund({ of: 'everything' }, left(document, 2_500), lineIds));
    expect(steps(asked)).toEqual(['cards.take']);
    const back = transition(asked.document, taken).intents.flatMap(({ effect }) =>
      effect.step === 'lines.deprovision' ? [effect.lineIds] : [],
    );
    expect(back).toEqual([lineIds]);
    const stands = transition(asked.document, spent).document;
    expect(stands.lines.map(({ revoked }) => revoked)).toEqual(['no', 'no']);
  });

  it('takes the cards back only after they were taken off, because a card that is gone has nothing to take', () => {
    const document = order(1);
    const lineId = document.lines[0]?.id ?? '';
    const asked = granted(document, refund(units(document, 1), left(document, 2_500), [lineId]));
    expect(steps(asked)).toEqual(['cards.take']);
    expect(steps(transition(asked.document, taken)).sort()).toEqual(['lines.deprovision', 'payment.refund']);
  });

  it('leaves the cards as they are where staff say so', () => {
    const document = order(1);
    const asked = granted(document, refund(units(document, 1), null));
    expect(only(asked)).toMatchObject({ amount: 2_500 });
    expect(only(asked).cards).toBeUndefined();
    expect(steps(asked)).toEqual(['payment.refund']);
  });

  it('gives the cards back what it took when the money comes back, and takes it anew when it is retried', () => {
    const document = order(1);
    const asked = granted(document, refund(units(document, 1), left(document, 2_500)));
    const paid = play(asked.document, taken);
    const failed = play(paid.document, told(paid.document, 'failed'));
    expect(failed.document.state).toBe('needs_operator');
    expect(steps(failed)).toContain('cards.give_back');
    const retried = play(failed.document, { type: 'operator.retried', actorId: null, at: 4 });
    const again = retried.document.refunds.at(-1);
    expect(again).toMatchObject({ state: 'asked', cards: { state: 'asked' } });
    const wanted = retried.intents.flatMap(({ key, effect }) => (effect.step === 'cards.take' ? [key] : []));
    expect(wanted).toEqual([`cards.take:${again?.id}`]);
  });

  it('takes it once more, under another name, when a person has settled by hand what came back', () => {
    const document = order(1);
    const asked = granted(document, refund(units(document, 1), left(document, 2_500)));
    const paid = play(asked.document, taken);
    const failed = play(paid.document, told(paid.document, 'failed')).document;
    const byHand: OrderDocument = {
      ...failed,
      refunds: failed.refunds.map((each) => ({ ...each, state: 'settled_by_hand' as const })),
    };
    const after = transition(byHand, { type: 'order.nudged', at: 5 });
    expect(after.intents.map(({ key }) => key)).toContain('cards.take:rfd_1#1');
    const step: EffectStep = { step: 'cards.take', refundId: 'rfd_1', round: 0 };
    expect([isWanted(after.document, step), isWanted(after.document, { ...step, round: 1 })]).toEqual([
      false,
      true,
    ]);
  });

  it('never gives back more than is left, nor takes more than it gives back or than a card has, whatever is asked', () => {
    const wishes = record({
      all: boolean(),
      quantity: integer({ min: 1, max: 4 }),
      amount: integer({ min: 1, max: 9_000 }),
    });
    assert(
      property(
        array(integer({ min: 0, max: WORTH }), { minLength: 4, maxLength: 4 }),
        array(wishes, { minLength: 1, maxLength: 5 }),
        (balances, asked) => {
          let document = order(4);
          const cards = [...balances];
          const line = document.lines[0] as Line;
          let paidBack = 0;
          for (const [index, { all, quantity, amount }] of asked.entries()) {
            const wish: RefundWish = all
              ? units(document, quantity)
              : { of: 'amount', amount, shipping: false };
            const command = { ...refund(wish, left(document, ...cards)), refundId: `rfd_${index}` };
            if (checkAfterSale(document, command) !== null) continue;
            document = transition(document, command).document;
            const made = document.refunds.at(-1);
            const ofLine = made?.parts.find(({ lineId }) => lineId === line.id)?.amount ?? 0;
            const takes = made?.cards?.takes ?? [];
            expect(takes.reduce((sum, take) => sum + take.amount, 0)).toBe(ofLine);
            for (const take of takes) {
              const at = Number(take.cardId.slice(-2));
              cards[at] = (cards[at] ?? 0) - take.amount;
              expect(cards[at]).toBeGreaterThanOrEqual(0);
            }
            paidBack += ofLine;
            if (made?.cards !== undefined)
              document = transition(document, { ...taken, refundId: made.id }).document;
          }
          expect(paidBack).toBeLessThanOrEqual(balances.reduce((sum, balance) => sum + balance, 0));
        },
      ),
    );
  });
});
