import { describe, expect, it } from 'vitest';
import { CHANGED_TAKEN_BACK, type ChangeOrigin } from '#shared/contracts/instance-changes.ts';
import { DAY_MS } from '#shared/time/time.ts';
import { after, AT, by, type Fact, key, sold, steps } from '../testing/disputed.ts';
import type { OrderDocument } from './document.ts';
import { attentionOf } from './money-attention.ts';
import { publicOrder } from './view.ts';
import { refundedOf } from './money.ts';

const LINE = key(1);
/** Twenty days, of which half are over. */
const changeOf: ChangeOrigin = {
  instanceId: 'ins_00000000000000000000000000000009',
  kind: 'renew',
  expects: { variantId: LINE.variantId, endsAt: null },
  days: 20,
  taxMode: 'inclusive',
  covers: [{ from: AT - 10 * DAY_MS, to: AT + 10 * DAY_MS, amount: 500 }],
};
const renewal: OrderDocument = { ...sold(LINE), changeOf };
const takenBack: Fact = {
  type: 'line.stuck',
  lineId: LINE.id,
  code: CHANGED_TAKEN_BACK,
  detail: 'What it changed was taken back.',
};
const retried: Fact = { type: 'operator.retried', actorId: null };
const refunded = (amount: number): Fact => ({
  type: 'refund.requested',
  refundId: 'rfd_1',
  wish: { of: 'amount', amount, shipping: false },
  revoke: [],
  restock: [],
  why: 'Taken back',
  by,
});

/** Made, and then its instance was taken back. */
const gone: Fact = {
  type: 'line.failed',
  lineId: LINE.id,
  code: 'instance_gone',
  detail: 'It was taken back.',
};
const made = (state: 'provisioning' | 'capturing' | 'activating', captured: number): OrderDocument => {
  const order = { ...renewal, state, stageSince: AT };
  const released = state === 'activating';
  return {
    ...order,
    lines: order.lines.map((line) => ({ ...line, state: 'provisioned', released, deliveredAt: null })),
    payment: { ...order.payment, status: captured === 0 ? 'authorised' : 'captured', captured },
  };
};

describe('an order for a change of what is taken back before the change counts', () => {
  const undone: Fact = { type: 'line.deprovisioned', lineId: LINE.id, detail: 'Taken back.' };

  it('is undone and gives all the money back when it was charged already', () => {
    const told = after(made('activating', 500), gone);
    expect(told.document).toMatchObject({
      state: 'undoing_lines',
      reason: { code: 'provisioning_failed', text: 'It could not be delivered: It was taken back.' },
    });
    const back = after(told.document, undone);
    expect(back.document.state).toBe('returning_money');
    expect(back.document.refunds.map(({ amount }) => amount)).toEqual([500]);
  });

  it.each(['capturing', 'provisioning'] as const)('is undone and charges nothing while it is %s', (state) => {
    const told = after(made(state, 0), gone);
    expect(told.document.state).toBe('undoing_lines');
    const back = after(told.document, undone);
    expect(steps(back, 'payment.capture')).toEqual([]);
    expect(steps(back, 'payment.void')).toHaveLength(1);
  });

  it('is undone as well while a person is asked for something else', () => {
    const waiting: OrderDocument = {
      ...made('activating', 500),
      state: 'needs_operator',
      resume: 'activating',
      attention: { code: 'activating_overdue', text: '', detail: '' },
    };
    expect(after(waiting, gone).document.state).toBe('undoing_lines');
  });

  it('hears nothing of it once it counts, nor where nothing is changed', () => {
    expect(after(renewal, gone).changed).toBe(false);
    expect(after({ ...made('activating', 500), changeOf: null }, gone).changed).toBe(false);
  });
});

describe('an order that paid for a change of what was taken back', () => {
  it('waits for a person with the cause and what was paid, and its customer reads so', () => {
    const { document, notes } = after(renewal, takenBack);

    expect(document.state).toBe('needs_operator');
    expect(attentionOf(document)).toMatchObject({
      code: CHANGED_TAKEN_BACK,
      detail: expect.stringMatching(/5\.00.*2\.50/) as unknown,
    });
    expect(publicOrder(document, { as: 'customer' }, AT)).toMatchObject({
      state: 'needs_operator',
      reason: { code: CHANGED_TAKEN_BACK },
    });
    expect(notes.map(({ type }) => type)).toContain('line.changed_taken_back');
  });

  it('asks once however often it is told, and never again once a person has decided', () => {
    const told = after(renewal, takenBack, takenBack);
    expect(told.changed).toBe(false);
    const decided = after(told.document, retried);
    expect(decided.document.state).toBe('completed');
    expect(after(decided.document, takenBack)).toMatchObject({ changed: false });
  });

  it('can be refunded as it waits: a part leaves it to the person, the whole ends it', () => {
    const part = after(renewal, takenBack, refunded(200));
    expect(part.allowed).toBe(true);
    expect(part.document.state).toBe('needs_operator');
    const whole = after(part.document, { ...refunded(300), refundId: 'rfd_2' } as Fact);
    expect(whole.document.state).toBe('completed');
    expect(refundedOf(whole.document)).toBe(0);
    expect(whole.document.refunds.map(({ amount }) => amount)).toEqual([200, 300]);
  });

  it('goes on where its money is back already, or was never any', () => {
    const back = after(renewal, refunded(500));
    expect(after(back.document, takenBack).document.state).toBe('completed');
    const free = sold(key(1, { price: { ...LINE.price, total: 0 } }));
    expect(after({ ...free, changeOf }, takenBack).document.state).toBe('completed');
  });

  it('is heard while it waits for something else, which a person settling does not settle', () => {
    const waiting: OrderDocument = {
      ...renewal,
      state: 'needs_operator',
      resume: 'completed',
      attention: { code: 'payment_refund_failed', text: '', detail: '' },
    };
    const told = after(waiting, takenBack);
    expect(told.document.attention?.code).toBe('payment_refund_failed');
    const next = after(told.document, retried);
    expect(next.document).toMatchObject({
      state: 'needs_operator',
      attention: { code: CHANGED_TAKEN_BACK },
    });
    expect(after(next.document, retried).document.state).toBe('completed');
  });
});
