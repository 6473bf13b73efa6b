import { describe, expect, it } from 'vitest';
import { after, AT, by, type Fact, key, sold, steps, told } from '../testing/disputed.ts';
import { lineOf } from '../testing/documents.ts';
import type { OrderDocument } from './document.ts';
import { REFUSALS_MAX } from './money.ts';
import { type Outcome, transition } from './transition.ts';

const granted = (refundId: string): Fact => ({
  type: 'refund.requested',
  refundId,
  wish: { of: 'amount', amount: 100, shipping: false },
  revoke: [],
  restock: [],
  by,
  why: '',
});
const refused = (refundId: string, askedAs: string): Fact => ({
  type: 'payment.step_refused',
  key: askedAs,
  step: 'payment.refund',
  refundId,
  error: 'invalid_state: the balance is too low',
});
const made = (document: OrderDocument, ...refundIds: string[]): Fact =>
  told(document, {
    refunded: 100 * refundIds.length,
    refunds: refundIds.map((id) => ({
      refundId: `re_${id}`,
      amount: 100,
      state: 'succeeded',
      reference: id,
    })),
  });
const keyOf = ({ intents }: Outcome, refundId: string): string | undefined =>
  intents.find(({ effect }) => effect.step === 'payment.refund' && effect.refundId === refundId)?.key;

describe('refunds of one payment that are asked for beside each other', () => {
  const both = after(sold(key(1), key(2)), granted('ref_a'), granted('ref_b'));

  it.each([
    ['ref_a', 'ref_b'],
    ['ref_b', 'ref_a'],
  ])(
    'asks anew for the one that was refused (%s) although the other was made, because nobody got that money',
    (first, second) => {
      const answered = after(both.document, refused(first, `payment.refund:${first}`));
      const anew = keyOf(answered, first);
      expect(anew).not.toBe(`payment.refund:${first}`);
      const other = after(answered.document, made(answered.document, second));
      expect(keyOf(other, first)).toBe(anew);
      const repeated = after(other.document, refused(first, `payment.refund:${first}`));
      expect(repeated.changed).toBe(false);
      const ended = after(other.document, made(other.document, second, first));
      expect(ended.document.refunds.map(({ state }) => state)).toEqual(['made', 'made']);
    },
  );

  it('asks a person in the end, whichever is refused', () => {
    let order = both;
    for (let time = 0; time <= REFUSALS_MAX; time += 1) {
      expect(order.document.state).toBe('completed');
      order = after(order.document, refused('ref_a', keyOf(order, 'ref_a') ?? ''));
    }
    expect(order.document).toMatchObject({
      state: 'needs_operator',
      attention: { code: 'payment_refund_failed' },
    });
    const retried = transition(order.document, { type: 'operator.retried', actorId: null, at: AT });
    expect(retried.document.state).toBe('completed');
    expect(steps(retried, 'payment.refund')).toHaveLength(2);
  });
});

describe('what an order that ended in part owes', () => {
  it('is not given up in silence when it comes back again and again', () => {
    const lost = lineOf(3, { state: 'undone' });
    const whole = sold(key(1));
    const { payment } = whole;
    const document: OrderDocument = {
      ...whole,
      lines: [...whole.lines, lost],
      keep: 'delivered',
      payment: { ...payment, authorised: 1_000, captured: 1_000 },
    };
    let order = after(document, { type: 'order.nudged' });
    for (let time = 0; time < 30 && order.document.state === 'completed'; time += 1) {
      const refunds = order.document.refunds.map(({ id, amount }) => ({
        refundId: `re_${id}`,
        amount,
        state: 'failed' as const,
        reference: id,
      }));
      order = after(order.document, told(order.document, { refunds }));
    }
    expect(order.document.refunds).toHaveLength(REFUSALS_MAX + 1);
    expect(order.document).toMatchObject({
      state: 'needs_operator',
      attention: { code: 'payment_refund_failed' },
    });
    const retried = transition(order.document, { type: 'operator.retried', actorId: null, at: AT });
    expect(steps(retried, 'payment.refund')).toHaveLength(1);
  });
});
