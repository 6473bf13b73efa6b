import { describe, expect, it } from 'vitest';
import type { AppliedPromotion, PricedTotals } from '#shared/domain/pricing/priced.ts';
import { lineOf, orderOf } from '../testing/documents.ts';
import { promotionClaims } from './claims.ts';
import type { OrderDocument } from './document.ts';
import type { OrderEvent } from './events.ts';
import { type Outcome, transition } from './transition.ts';

const LINE = lineOf(1);
const applied = (promotionId: string, amount: number): AppliedPromotion => ({
  promotionId,
  code: null,
  title: promotionId,
  amount,
  limitTotal: 1,
  limitPerCustomer: null,
});
const price = (total: number, ...promotions: AppliedPromotion[]): PricedTotals => {
  const { pricing } = orderOf([LINE], {});
  if (pricing === null) throw new Error('not priced');
  return { ...pricing, total, promotions };
};
type Fact = OrderEvent extends infer Event ? (Event extends OrderEvent ? Omit<Event, 'at'> : never) : never;

/** An order of 5.00 in `holding`, of which its stock is held and the uses of A and C are claimed. */
function holding(): OrderDocument {
  const model = orderOf([LINE], {});
  return {
    ...model,
    state: 'holding',
    pricing: price(400, applied('A', 50), applied('C', 50)),
    total: 400,
    payment: {
      ...model.payment,
      status: 'none',
      asked: false,
      paymentId: null,
      authorised: 0,
      captured: 0,
      amount: 400,
    },
    stock: [{ sku: LINE.sku, state: 'held', lines: [{ lineId: LINE.id, quantity: 1 }], returnedLines: [] }],
    promotions: promotionClaims({ promotions: [applied('A', 50), applied('C', 50)] }),
  };
}
function tell(document: OrderDocument, ...facts: Fact[]): Outcome {
  let outcome: Outcome | null = null;
  for (const fact of facts) outcome = transition(outcome?.document ?? document, { ...fact, at: 1_000 });
  if (outcome === null) throw new Error('nothing was told');
  return outcome;
}
const refused = (promotionId: string): Fact => ({
  type: 'promotion.refused',
  promotionId,
  reason: 'used_up',
});
const claimed = (promotionId: string): Fact => ({ type: 'promotion.claimed', promotionId });
const priced = (pricing: PricedTotals): Fact => ({
  type: 'order.priced',
  lines: [LINE],
  pricing,
  delivery: 'together',
  email: null,
});
const steps = ({ intents }: Outcome) => intents.map(({ effect }) => effect.step);

describe('an order that lost the last use of an automatic promotion to another one', () => {
  it('is priced without it once the other claims were answered, and goes on with what it holds', () => {
    expect(tell(holding(), refused('A')).document.state).toBe('holding');
    const anew = tell(holding(), refused('A'), claimed('C'));
    expect(anew.document).toMatchObject({ state: 'repricing', passedOver: ['A'] });
    expect(steps(anew)).toContain('price');
    const { document } = tell(anew.document, priced(price(450, applied('C', 50))));
    expect(document).toMatchObject({ state: 'requesting_payment', total: 450, payment: { amount: 450 } });
    expect(document.promotions).toMatchObject([{ promotionId: 'C', state: 'claimed' }]);
  });

  it('gives back what the new price does not count, and claims what only it counts', () => {
    const anew = tell(holding(), refused('A'), claimed('C'));
    const other = tell(anew.document, priced(price(300, applied('B', 200))));
    expect(other.document.state).toBe('holding');
    const asked = ({ intents }: Outcome) => intents.map(({ effect }) => effect);
    expect(asked(other)).toContainEqual({ step: 'promotion.claim', promotionId: 'B' });
    const held = tell(other.document, claimed('B'));
    expect(asked(held)).toContainEqual({ step: 'promotion.return', promotionId: 'C' });
    expect(held.document).toMatchObject({
      state: 'requesting_payment',
      promotions: [{ promotionId: 'B', state: 'claimed' }],
    });
    expect(tell(held.document, { type: 'promotion.returned', promotionId: 'C' }).document).toMatchObject({
      state: 'requesting_payment',
      promotions: [{ promotionId: 'B' }],
    });
  });

  it('keeps a use that one price does not count for the next one, because it would not be given a second time', () => {
    const anew = tell(holding(), refused('A'), claimed('C'));
    const again = tell(anew.document, priced(price(300, applied('B', 200))), refused('B'));
    expect(again.document).toMatchObject({ state: 'repricing', passedOver: ['A', 'B'] });
    const { document } = tell(again.document, priced(price(450, applied('C', 50))));
    expect(document).toMatchObject({ state: 'requesting_payment', total: 450 });
    expect(document.promotions).toMatchObject([{ promotionId: 'C', state: 'claimed' }]);
  });

  it('gives everything back when it cannot be bought any more', () => {
    const anew = tell(holding(), refused('A'), claimed('C'));
    const gone = tell(anew.document, { type: 'order.refused', refusals: [] });
    expect(gone.document).toMatchObject({ state: 'returning_stock', reason: { code: 'not_purchasable' } });
    expect(steps(gone)).toEqual(expect.arrayContaining(['stock.return', 'promotion.return']));
  });
});
