import { describe, expect, it } from 'vitest';
import type { PaymentDispute } from '#shared/contracts/payments.ts';
import { DAY_MS, rfc3339 } from '#shared/time/time.ts';
import { lineMessage } from '../messages.ts';
import { delivered, orderOf } from '../testing/documents.ts';
import {
  accessOf,
  after,
  AT,
  by,
  dispute,
  disputed,
  type Fact,
  key,
  parcel,
  sold,
  steps,
  told,
  typesOf,
} from '../testing/disputed.ts';
import { checkAfterSale } from './after-sale/check.ts';
import type { AfterSaleCommand } from './after-sale/events.ts';
import type { OrderDocument } from './document.ts';
import { attentionOf } from './money-attention.ts';
import { availableOf, excessOf, paymentStatusOf } from './money.ts';
import { differenceOf } from './resolution.ts';
import { transition } from './transition.ts';
import { publicOrder } from './view.ts';

describe('the time to hand in evidence', () => {
  const order = sold(key(1));
  const DUE = 20 * DAY_MS;
  const open = { ...dispute('open', 500), dueBy: DUE };
  const noticesAt = (from: OrderDocument, at: number, given: PaymentDispute = open) => {
    const outcome = transition(from, { ...disputed(order, given), at });
    return {
      after: outcome.document,
      about: steps(outcome, 'notice').map(({ about, dueBy }) => [about, dueBy]),
    };
  };

  it('is told with the dispute and once more three days before it ends', () => {
    const opened = noticesAt(order, DAY_MS);
    expect(opened.about).toEqual([['dispute_opened', DUE]]);
    const early = noticesAt(opened.after, DUE - 4 * DAY_MS);
    expect(early.about).toEqual([]);
    const late = noticesAt(early.after, DUE - 2 * DAY_MS);
    expect(late.about).toEqual([['evidence_due', DUE]]);
    expect(noticesAt(late.after, DUE - DAY_MS).about).toEqual([]);
  });

  it('is told again of the chargeback that an inquiry became, whose time is another', () => {
    const inquiry: PaymentDispute = { ...dispute('warning', 500), dueBy: DUE };
    const asked = noticesAt(noticesAt(order, DAY_MS, inquiry).after, DUE - DAY_MS, inquiry);
    expect(asked.about).toEqual([['evidence_due', DUE]]);
    const LATER = DUE + 10 * DAY_MS;
    const opened = noticesAt(asked.after, DUE, { ...open, dueBy: LATER });
    expect(opened.about).toEqual([['dispute_opened', LATER]]);
    expect(noticesAt(opened.after, LATER - DAY_MS, { ...open, dueBy: LATER }).about).toEqual([
      ['evidence_due', LATER],
    ]);
  });

  it('is told of an appeal against a lost dispute, which is open again until it is decided anew', () => {
    const lost: PaymentDispute = { ...dispute('lost', 500), dueBy: null };
    const appeal: PaymentDispute = { ...open, appealed: true };
    const decided = noticesAt(noticesAt(order, DAY_MS, { ...open, dueBy: null }).after, 2 * DAY_MS, lost);
    expect(noticesAt(decided.after, 3 * DAY_MS, open).after.payment.disputes?.[0]?.state).toBe('lost');
    const appealed = noticesAt(decided.after, 3 * DAY_MS, appeal);
    expect(appealed.about).toEqual([['dispute_appeal', DUE]]);
    expect(paymentStatusOf(appealed.after)).toBe('disputed');
    expect(noticesAt(appealed.after, DUE - 5 * DAY_MS, appeal).about).toEqual([]);
    const late = noticesAt(appealed.after, DUE - DAY_MS, appeal);
    expect(late.about).toEqual([['evidence_due', DUE]]);
    const answered = noticesAt(late.after, DUE, { ...appeal, dueBy: null });
    expect(noticesAt(answered.after, DUE + DAY_MS, dispute('won', 500)).about).toEqual([
      ['dispute_won', undefined],
    ]);
  });

  it('is told no more once there was an answer, nor when it is over', () => {
    const opened = noticesAt(order, DAY_MS).after;
    expect(noticesAt(opened, DUE - DAY_MS, { ...open, dueBy: null }).about).toEqual([]);
    expect(noticesAt(opened, DUE + DAY_MS).about).toEqual([]);
  });

  it('is shown to staff and not to the customer', () => {
    const { after: opened } = noticesAt(order, DAY_MS);
    const shown = (as: 'customer' | 'operator') =>
      publicOrder(opened, { as }, DAY_MS)?.disputes[0]?.evidenceDueBy;
    expect([shown('operator'), shown('customer')]).toEqual([rfc3339(DUE), null]);
  });
});

describe('a dispute of an order that is delivered', () => {
  const order = sold(key(1), parcel);

  it('suspends what its product’s rule says, and leaves a parcel where it is', () => {
    const outcome = after(order, disputed(order, dispute('open', order.total)));
    expect(accessOf(outcome.document)).toEqual([[true, 1], null]);
    expect(steps(outcome, 'lines.access').map(({ lineIds }) => lineIds)).toEqual([[order.lines[0]?.id]]);
    const [line] = outcome.document.lines;
    expect(line && lineMessage(outcome.document, line, 'lines.access', 'k', 'r')).toMatchObject({
      type: 'line.suspend',
      reason: 'payment_disputed',
      sequence: 1,
    });
  });

  it('says so to everybody: payment status, event, timeline, the team and the customer', () => {
    const outcome = after(order, disputed(order, dispute('open', order.total)));
    const shown = publicOrder(outcome.document, { as: 'operator' }, 0);
    expect(shown).toMatchObject({
      state: 'completed',
      paymentStatus: 'disputed',
      disputes: [{ id: 'du_1', state: 'open', reason: 'fraudulent' }],
      lines: [{ suspension: { state: 'suspending', code: 'payment_disputed' } }, { suspension: null }],
    });
    expect(shown?.nextActions).toEqual(expect.arrayContaining(['restore_access', 'revoke']));
    expect(typesOf(outcome)).toEqual(['order.dispute_opened']);
    expect(outcome.notes.map(({ type }) => type)).toContain('payment.disputed');
    expect(steps(outcome, 'notice')).toMatchObject([{ about: 'dispute_opened', disputeId: 'du_1' }]);
    expect(steps(outcome, 'mail')).toMatchObject([{ mail: 'suspended', suspension: 'payment_disputed' }]);
    expect(attentionOf(outcome.document)?.code).toBe('payment_disputed');
  });

  it('is told once, however often the provider tells of it', () => {
    const once = after(order, disputed(order, dispute('open', order.total)));
    const again = after(once.document, disputed(order, dispute('open', order.total)));
    expect([again.changed, again.intents]).toEqual([false, []]);
  });

  it('that is only an inquiry is for the team alone: no money has moved', () => {
    const outcome = after(order, disputed(order, dispute('warning', order.total)));
    expect(accessOf(outcome.document)).toEqual([null, null]);
    expect(paymentStatusOf(outcome.document)).toBe('captured');
    expect(outcome.notes.filter(({ internal }) => internal !== true)).toEqual([]);
    expect(steps(outcome, 'notice')).toMatchObject([{ about: 'payment_inquiry' }]);
    const opened = after(outcome.document, disputed(order, dispute('open', order.total)));
    expect(typesOf(opened)).toEqual(['order.dispute_opened']);
  });

  it('resumes everything once it is won', () => {
    const opened = after(order, disputed(order, dispute('open', order.total)));
    const won = after(opened.document, disputed(order, dispute('won', order.total)));
    expect(accessOf(won.document)).toEqual([[false, 2], null]);
    expect([won.document.state, paymentStatusOf(won.document)]).toEqual(['completed', 'captured']);
    expect(typesOf(won)).toEqual(['order.dispute_won']);
    expect(steps(won, 'mail')).toMatchObject([{ mail: 'resumed' }]);
    expect(attentionOf(won.document)).toBeNull();
  });

  it('stays won when an older word of it comes late, and may be heard of first when it is won', () => {
    const won = after(order, disputed(order, dispute('won', order.total)));
    expect(typesOf(won)).toEqual(['order.dispute_opened', 'order.dispute_won']);
    expect(accessOf(won.document)).toEqual([null, null]);
    const late = after(won.document, disputed(order, dispute('open', order.total)));
    expect([late.changed, late.intents]).toEqual([false, []]);
    expect(after(won.document, told(order, {})).changed).toBe(false);
  });

  it('goes to a person when it is lost; what is suspended stays so, whatever is accepted', () => {
    const lost = after(
      order,
      disputed(order, dispute('open', order.total)),
      disputed(order, dispute('lost', order.total)),
    );
    expect(lost.document).toMatchObject({ state: 'needs_operator', attention: { code: 'charged_back' } });
    expect(paymentStatusOf(lost.document)).toBe('charged_back');
    expect(typesOf(lost)).toEqual(['order.dispute_lost', 'order.needs_operator']);
    const accepted = after(lost.document, { type: 'operator.retried' });
    expect(accepted.document.state).toBe('completed');
    expect(accepted.document.lines[0]?.access).toMatchObject({
      suspended: true,
      reason: 'payment_charged_back',
    });
    expect(after(accepted.document, disputed(order, dispute('lost', order.total))).changed).toBe(false);
  });

  it('with several at once resumes when none is left', () => {
    const half = Math.floor(order.total / 2);
    const both = after(order, disputed(order, dispute('open', half, 'a'), dispute('open', half, 'b')));
    const one = after(both.document, disputed(order, dispute('won', half, 'a'), dispute('open', half, 'b')));
    expect(one.document.lines[0]?.access?.suspended).toBe(true);
    const none = after(one.document, disputed(order, dispute('won', half, 'a'), dispute('won', half, 'b')));
    expect(none.document.lines[0]?.access?.suspended).toBe(false);
  });

  it('of a part of the money suspends all the same: nobody tells which article it was for', () => {
    const outcome = after(order, disputed(order, dispute('open', 1)));
    expect(accessOf(outcome.document)).toEqual([[true, 1], null]);
  });

  it('leaves what its product says to keep', () => {
    const kept = sold(key(1, { onDispute: 'keep' }));
    expect(accessOf(after(kept, disputed(kept, dispute('open', 1))).document)).toEqual([null]);
  });

  it('reaches an order that ended long ago', () => {
    const order = { ...sold(key(1)), updatedAt: AT - 90 * DAY_MS };
    const opened = after(order, disputed(order, dispute('open', order.total)));
    expect(opened.document.lines[0]?.access?.suspended).toBe(true);
  });
});

describe('money with a bank', () => {
  const order = sold(key(1), key(2));
  const open = after(order, disputed(order, dispute('open', order.total))).document;

  it('is not there to be refunded, by nobody', () => {
    expect(availableOf(open)).toBe(0);
    const wish: AfterSaleCommand = {
      type: 'refund.requested',
      refundId: 'ref_1',
      wish: { of: 'everything' },
      revoke: [],
      restock: [],
      by,
      why: '',
    };
    expect(checkAfterSale(open, { ...wish, at: AT })).toMatchObject({ code: 'refused' });
    const cancelled = after(open, { type: 'cancel.requested', by: 'operator', text: null });
    expect(cancelled.document.refunds).toEqual([]);
    expect(excessOf(cancelled.document)).toBeLessThanOrEqual(0);
  });

  it('goes back when the order was undone meanwhile and the dispute is won', () => {
    const [one, two] = order.lines;
    const undone = after(
      open,
      { type: 'cancel.requested', by: 'operator', text: null },
      { type: 'line.deprovisioned', lineId: one?.id ?? '', detail: '' },
      { type: 'line.deprovisioned', lineId: two?.id ?? '', detail: '' },
    ).document;
    expect([undone.state, undone.refunds]).toEqual(['refunded', []]);
    const won = after(undone, disputed(order, dispute('won', order.total)));
    expect(won.document).toMatchObject({ state: 'returning_money', refunds: [{ amount: order.total }] });
    const lost = after(undone, disputed(order, dispute('lost', order.total)));
    expect([lost.document.state, lost.document.refunds]).toEqual(['refunded', []]);
  });

  it('closes no return while it is open, because a customer who loses nothing at his bank would lose goods and money', () => {
    const sent = sold(parcel);
    const returnId = 'ret_1';
    const opened = after(sent, {
      type: 'return.requested',
      returnId,
      wish: 'refund',
      lines: [{ lineId: parcel.id, quantity: 1, reason: 'too big' }],
      by,
      why: '',
    });
    const arrived = after(
      opened.document,
      { type: 'return.approved', returnId, by, why: '' },
      { type: 'return.received', returnId, restock: [], by, why: '' },
    ).document;
    const refund = {
      type: 'return.refunded',
      returnId,
      refundId: 'rfd_1',
      amount: null,
      shipping: false,
      by,
      why: '',
    } as const;
    const checked = (state: PaymentDispute['state']) =>
      checkAfterSale(after(arrived, disputed(sent, dispute(state, sent.total))).document, {
        ...refund,
        at: AT,
      });
    expect(checked('open')).toMatchObject({ code: 'not_allowed' });
    expect(checked('lost')).toBeNull();
    expect(checked('won')).toBeNull();
  });

  it('leaves the rest to be refunded', () => {
    const part = after(order, disputed(order, dispute('open', 300))).document;
    expect(availableOf(part)).toBe(order.total - 300);
    const cancelled = after(
      part,
      { type: 'cancel.requested', by: 'operator', text: null },
      ...order.lines.map(({ id }): Fact => ({ type: 'line.deprovisioned', lineId: id, detail: '' })),
    ).document;
    expect(cancelled.refunds.map(({ amount }) => amount)).toEqual([order.total - 300]);
  });

  it('is not refunded when an order that a person ended as completed gets it back', () => {
    const failed = after(open, { type: 'effect.parked', step: 'stock.restock', error: 'x' });
    expect(failed.document.state).toBe('needs_operator');
    const { code } = differenceOf(failed.document, 'completed');
    const settled = after(failed.document, {
      type: 'operator.resolved',
      as: 'completed',
      actorId: 'usr_1',
      text: 'Settled',
      confirm: code,
    });
    expect(settled.document.state).toBe('completed');
    const won = after(settled.document, disputed(order, dispute('won', order.total)));
    expect([won.document.state, won.document.refunds]).toEqual(['completed', []]);
  });
});

describe('a dispute before everything is delivered', () => {
  it('stops what is not delivered, and suspends what is', () => {
    const lines = [delivered(key(1)), { ...key(2), state: 'provisioning' as const }];
    const order: OrderDocument = { ...orderOf(lines, {}), state: 'delivering', delivery: 'as_ready' };
    const outcome = after(order, disputed(order, dispute('open', order.total)));
    expect(outcome.document).toMatchObject({
      state: 'undoing_lines',
      keep: 'delivered',
      reason: { code: 'payment_disputed' },
    });
    expect(outcome.document.lines.map(({ state }) => state)).toEqual(['delivered', 'undoing']);
    const ended = after(outcome.document, {
      type: 'line.deprovisioned',
      lineId: lines[1]?.id ?? '',
      detail: '',
    });
    expect([ended.document.state, ended.document.refunds]).toEqual(['completed', []]);
    expect(ended.document.lines[0]?.access?.suspended).toBe(true);
    const won = after(ended.document, disputed(order, dispute('won', order.total)));
    expect(won.document.refunds.map(({ amount }) => amount)).toEqual([lines[1]?.price.total]);
    expect(won.document.lines[0]?.access?.suspended).toBe(false);
  });

  it.each(['authorised', 'provisioning', 'capturing'] as const)('undoes one that is %s', (state) => {
    const order: OrderDocument = { ...orderOf([{ ...key(1), state: 'provisioned' }], {}), state };
    const outcome = after(order, disputed(order, dispute('open', order.total)));
    expect(outcome.document).toMatchObject({ state: 'undoing_lines', keep: 'nothing' });
  });
});
