import { describe, expect, it } from 'vitest';
import { accessOf, after, by, decide, key, parcel, sold, steps, told, typesOf } from '../testing/disputed.ts';
import type { Line, OrderDocument } from './document.ts';
import { attentionOf } from './money-attention.ts';
import { paymentStatusOf } from './money.ts';

describe('a refund made at the provider', () => {
  const order = sold(key(1), key(2));
  const full = told(order, { refunded: order.total });

  it('of everything suspends by the rule and says who did it, without stopping the order', () => {
    const outcome = after(order, full);
    expect(outcome.document.state).toBe('completed');
    expect(accessOf(outcome.document)).toEqual([
      [true, 1],
      [true, 1],
    ]);
    expect(typesOf(outcome)).toEqual(['refund.created', 'order.refunded_outside']);
    expect(steps(outcome, 'mail').map(({ mail }) => mail)).toEqual(['part_refunded', 'suspended']);
    expect(steps(outcome, 'notice')).toMatchObject([{ about: 'refunded_outside', amount: order.total }]);
    expect(attentionOf(outcome.document)?.code).toBe('payment_refunded_outside');
    expect(paymentStatusOf(outcome.document)).toBe('refunded');
  });

  it('is left as it is when somebody decides about what is suspended', () => {
    const restored = after(order, full, decide('restore', ...order.lines)).document;
    expect(accessOf(restored)).toEqual([
      [false, 2],
      [false, 2],
    ]);
    expect(attentionOf(restored)).toBeNull();
    const revoked = after(order, full, decide('revoke', ...order.lines));
    expect(revoked.document.lines.map(({ revoked: taken }) => taken)).toEqual(['asked', 'asked']);
    expect(steps(revoked, 'lines.deprovision')).toHaveLength(1);
    expect(attentionOf(revoked.document)).toBeNull();
  });

  it('gives everything back to its owner when it comes back from his bank', () => {
    const failed = after(order, full, told(order, { refunded: 0 }));
    expect(accessOf(failed.document)).toEqual([
      [false, 2],
      [false, 2],
    ]);
    expect(failed.notes.map(({ type }) => type)).toContain('payment.refund_failed');
    expect(failed.document.refunds).toEqual([]);
  });

  it.each([
    ['left as it is by a person', { type: 'operator.retried' as const }, 200],
    ['restored by a person', decide('restore', ...order.lines), order.total],
    ['and revoked by a person', decide('revoke', ...order.lines), order.total],
  ])(
    'that was %s asks again when it comes back, and is made by nobody but a person',
    (_what, decision, refunded) => {
      const accepted = after(order, told(order, { refunded }), decision).document;
      expect([accepted.state, accepted.attention]).toEqual(['completed', null]);
      const back = after(accepted, told(order, { refunded: 0 }));
      expect(back.document).toMatchObject({
        state: 'needs_operator',
        attention: { code: 'refund_came_back' },
      });
      expect([back.document.refunds, paymentStatusOf(back.document)]).toEqual([[], 'captured']);
      expect(steps(back, 'notice')).toMatchObject([{ about: 'refund_came_back', amount: refunded }]);
      const left = after(back.document, { type: 'operator.retried' }).document;
      expect([left.state, left.attention, left.refunds]).toEqual(['completed', null, []]);
    },
  );

  /** As the provider tells of it: what failed stays listed. */
  const listed = (state: 'succeeded' | 'failed', amount: number) =>
    told(order, {
      refunded: state === 'failed' ? 0 : amount,
      refunds: [{ refundId: 're_1', amount, state, reference: null }],
    });
  const older = told(order, { refunded: 0 });

  it('has not come back because an older look, from before it, arrives after it', () => {
    const accepted = after(order, listed('succeeded', 200), { type: 'operator.retried' }).document;
    const late = after(accepted, older);
    expect([late.document.state, late.notes]).toEqual(['completed', []]);
    expect(late.document.payment).toMatchObject({ refunded: 200, refundedOutside: 200 });
    const back = after(late.document, listed('failed', 200));
    expect(back.document).toMatchObject({ state: 'needs_operator', attention: { code: 'refund_came_back' } });
  });

  it('that came back is not made again by an older look, from before it failed', () => {
    const failed = after(order, listed('succeeded', order.total), listed('failed', order.total)).document;
    const late = after(failed, listed('succeeded', order.total));
    expect([late.document.payment.refundedOutside, late.notes]).toEqual([0, []]);
    expect(accessOf(late.document)).toEqual(accessOf(failed));
    const again = after(
      late.document,
      told(order, {
        refunded: 300,
        refunds: [
          { refundId: 're_2', amount: 300, state: 'pending', reference: null },
          { refundId: 're_1', amount: order.total, state: 'failed', reference: null },
        ],
      }),
    ).document;
    expect(again.payment.refundedOutside).toBe(300);
  });

  it('of a part asks a person, and tells the customer of his money all the same', () => {
    const outcome = after(order, told(order, { refunded: 200 }));
    expect(outcome.document.attention?.code).toBe('refunded_outside');
    expect(accessOf(outcome.document)).toEqual([null, null]);
    expect(steps(outcome, 'mail').map(({ mail }) => mail)).toEqual(['part_refunded']);
    expect(after(outcome.document, { type: 'operator.retried' }).document.state).toBe('completed');
  });

  it('of a part suspends nothing when a person gives back the rest and lets the customer keep what he has', () => {
    const part = after(order, told(order, { refunded: 200 }), { type: 'operator.retried' }).document;
    const rest = after(part, {
      type: 'refund.requested',
      refundId: 'ref_1',
      wish: { of: 'everything' },
      revoke: [],
      restock: [],
      by,
      why: '',
    }).document;
    const [refund] = rest.refunds;
    const amount = order.total - 200;
    const all = after(
      rest,
      told(order, {
        refunded: order.total,
        refunds: [{ refundId: 're_1', amount, state: 'succeeded', reference: refund?.id ?? '' }],
      }),
    ).document;
    expect([all.state, paymentStatusOf(all)]).toEqual(['completed', 'refunded']);
    expect(accessOf(all)).toEqual([null, null]);
  });

  it('asks a person also when something delivered cannot be suspended', () => {
    const mixed = sold(key(1), parcel);
    const outcome = after(mixed, told(mixed, { refunded: mixed.total }));
    expect(outcome.document).toMatchObject({
      state: 'needs_operator',
      attention: { code: 'refunded_outside' },
    });
    expect(outcome.document.lines[0]?.access?.suspended).toBe(true);
    const decided = after(outcome.document, decide('restore', ...mixed.lines.slice(0, 1)));
    expect(decided.document).toMatchObject({ state: 'completed', attention: null });
  });
});

describe('after the end', () => {
  const order = sold(key(1));

  it.each(['completed', 'cancelled', 'refunded'] as const)(
    'an order that is %s asks about a payment that was touched, and about no other',
    (state) => {
      const nudged = (document: OrderDocument) =>
        steps(after({ ...document, state }, { type: 'order.nudged' }), 'payment.fetch');
      expect(nudged(order)).toEqual([]);
      const touched = { ...order, payment: { ...order.payment, refunded: 100, refundedOutside: 0 } };
      expect(nudged(touched)).toEqual([{ step: 'payment.fetch', paymentId: 'pi_1' }]);
    },
  );

  it('a refund that comes back late is made again although no repeat of the news was needed', () => {
    const [line] = order.lines as [Line];
    const undone = after(
      order,
      { type: 'cancel.requested', by: 'operator', text: null },
      { type: 'line.deprovisioned', lineId: line.id, detail: '' },
    ).document;
    const [refund] = undone.refunds;
    const made = told(order, {
      refunded: order.total,
      refunds: [{ refundId: 're_1', amount: order.total, state: 'succeeded', reference: refund?.id ?? '' }],
    });
    const ended = after(undone, made).document;
    expect(ended.state).toBe('refunded');
    expect(steps(after(ended, { type: 'order.nudged' }), 'payment.fetch')).toHaveLength(1);
    const back = after(
      ended,
      told(order, {
        refunds: [{ refundId: 're_1', amount: order.total, state: 'failed', reference: refund?.id ?? '' }],
      }),
    );
    expect(back.document.state).toBe('returning_money');
    expect(back.document.refunds.map(({ state }) => state)).toEqual(['failed', 'asked']);
  });
});
