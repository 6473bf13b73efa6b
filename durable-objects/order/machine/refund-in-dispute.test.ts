import { describe, expect, it } from 'vitest';
import type { PaymentRefund } from '#shared/contracts/payments.ts';
import { after, by, dispute, type Fact, key, sold, steps, told } from '../testing/disputed.ts';
import type { OrderDocument } from './document.ts';
import { retryRefusal } from './retrying.ts';

const TOTAL = 1_000;
const granted: Fact = {
  type: 'refund.requested',
  refundId: 'ref_1',
  wish: { of: 'amount', amount: 100, shipping: false },
  revoke: [],
  restock: [],
  by,
  why: '',
};
/** What the provider says once the refund was made, and once the customer's bank has sent it back. */
const news = (
  document: OrderDocument,
  state: PaymentRefund['state'],
  disputes: Parameters<typeof dispute>[0] | null,
  taken = TOTAL - 100,
): Fact => {
  const [refund] = document.refunds;
  const refunds = [{ refundId: 're_1', amount: refund?.amount ?? 0, state, reference: refund?.id ?? null }];
  return told(document, {
    refunded: state === 'failed' ? 0 : (refund?.amount ?? 0),
    refunds,
    disputes: disputes === null ? [] : [dispute(disputes, taken)],
  });
};

describe('a refund that comes back while the customer’s bank has the money', () => {
  const order = sold(key(1), key(2));
  const made = after(order, granted, news(after(order, granted).document, 'succeeded', null)).document;
  const taken = after(made, news(made, 'succeeded', 'open')).document;

  it('waits for a person, who may give again what the bank has not taken, and no more', () => {
    const back = after(taken, news(taken, 'failed', 'open'));
    expect(back.document).toMatchObject({ state: 'needs_operator', attention: { code: 'refund_failed' } });
    expect(steps(back, 'payment.refund')).toEqual([]);
    const again = after(back.document, { type: 'operator.retried', actorId: null });
    expect(again.document.refunds.map(({ amount, state }) => [amount, state])).toEqual([
      [100, 'failed'],
      [100, 'asked'],
    ]);
  });

  it('is not given again out of money that the bank has taken whole', () => {
    const whole = after(made, news(made, 'failed', 'open', TOTAL)).document;
    expect(whole.attention?.code).toBe('refund_failed');
    expect(retryRefusal(whole)).toContain('until the dispute is decided');
  });

  it('does not keep an order that stopped for something else: it goes on, and the refund waits for the dispute', () => {
    const stopped = after(made, { type: 'effect.parked', step: 'promotion.return', error: 'away' }).document;
    const whole = after(stopped, news(stopped, 'failed', 'open', TOTAL)).document;
    expect([whole.attention?.code, retryRefusal(whole)]).toEqual(['promotion_return_failed', null]);
    const again = after(whole, { type: 'operator.retried', actorId: null }).document;
    expect(again.refunds.map(({ state, renewedAs }) => [state, renewedAs])).toEqual([['failed', null]]);
    expect(again.attention?.code).toBe('refund_failed');
    expect(retryRefusal(again)).toContain('until the dispute is decided');
    const won = after(again, news(again, 'failed', 'won', TOTAL)).document;
    const given = after(won, { type: 'operator.retried', actorId: null }).document;
    expect(given.refunds.map(({ state }) => state)).toEqual(['failed', 'asked']);
  });

  it.each([
    [
      'is given once the dispute is won',
      'won',
      [
        [100, 'failed'],
        [100, 'asked'],
      ],
    ],
    ['is given by the bank where it is lost', 'lost', [[100, 'failed']]],
  ] as const)('%s', (_, decided, refunds) => {
    const whole = after(made, news(made, 'failed', 'open', TOTAL)).document;
    const over = after(whole, news(whole, 'failed', decided, TOTAL)).document;
    expect([over.state, retryRefusal(over)]).toEqual(['needs_operator', null]);
    const again = after(over, { type: 'operator.retried', actorId: null });
    expect(again.document.refunds.map(({ amount, state }) => [amount, state])).toEqual(refunds);
  });
});
