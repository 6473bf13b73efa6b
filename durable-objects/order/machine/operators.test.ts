import { describe, expect, it } from 'vitest';
import { delivered, lineOf, orderOf, refundOf } from '../testing/documents.ts';
import { claimsOf } from './claims.ts';
import type { Line, OrderDocument, Refund, State } from './document.ts';
import { newLedger } from './new-document.ts';
import { nextActions, payable } from './next-actions.ts';
import { NOTHING_TO_REFUND_FROM } from './reasons.ts';
import { differenceOf, isConfirmed, settleByHand } from './resolution.ts';

const LINE = lineOf(1);
const sold = orderOf([delivered(LINE)], {});
const unpaid: OrderDocument = {
  ...sold,
  state: 'awaiting_payment',
  lines: [LINE],
  payment: { ...sold.payment, status: 'open', authorised: 0, captured: 0 },
};
const stopped: OrderDocument = {
  ...sold,
  state: 'needs_operator',
  resume: 'completed',
  attention: { code: 'refunded_outside', text: '', detail: '' },
};
const may = (document: OrderDocument, as: 'customer' | 'operator', isOwn = false): string[] =>
  nextActions(document, { as, isOwn });

describe('the payment a customer is asked for', () => {
  it('is the open one of an order that waits for it', () => {
    expect(payable(unpaid)).toBe(unpaid.payment);
    expect(payable({ ...unpaid, state: 'closing' })).toBeNull();
    expect(payable({ ...unpaid, payment: { ...unpaid.payment, status: 'processing' } })).toBeNull();
  });

  it('is the one in place of a hold that lapses, unless the order is being undone', () => {
    const renewal = { ...newLedger(2, 500), status: 'open' as const };
    const making: OrderDocument = { ...sold, state: 'provisioning', renewal };
    expect(payable(making)).toBe(renewal);
    expect(payable({ ...making, state: 'undoing_lines' })).toBeNull();
    expect(payable({ ...making, renewal: { ...renewal, status: 'none' } })).toBeNull();
  });
});

describe('what can be done with an order', () => {
  it('is paying for the one who pays, be it staff with an order of their own, and waiting for the others', () => {
    expect(may(unpaid, 'customer')).toEqual(['pay', 'edit', 'cancel']);
    expect(may(unpaid, 'operator')).toEqual(['wait', 'edit', 'cancel']);
    expect(may(unpaid, 'operator', true)).toContain('pay');
    expect(may({ ...unpaid, state: 'provisioning' }, 'customer')).toEqual(['wait', 'cancel']);
  });

  it('is nothing but looking at it once it has ended well, and for staff taking all of it back', () => {
    expect(may(sold, 'customer')).toEqual(['view_instances']);
    expect(may(sold, 'operator')).toEqual(['cancel', 'view_instances']);
    expect(may({ ...sold, state: 'cancelled', lines: [{ ...LINE, state: 'undone' }] }, 'customer')).toEqual(
      [],
    );
  });

  it('is for staff to try again or to end by hand where it stopped, and for the customer to ask them', () => {
    expect(may(stopped, 'operator')).toEqual(['retry', 'resolve', 'cancel', 'view_instances']);
    expect(may(stopped, 'customer')).toEqual(['view_instances', 'contact_support']);
    const hopeless = { ...stopped, attention: { code: NOTHING_TO_REFUND_FROM, text: '', detail: '' } };
    expect(may(hopeless, 'operator')).not.toContain('retry');
    expect(may(hopeless, 'operator')).toContain('resolve');
  });

  it('is for staff to decide where somebody waits for that', () => {
    expect(may({ ...unpaid, state: 'in_review' }, 'operator')).toContain('review');
    expect(may({ ...unpaid, state: 'in_review' }, 'customer')).not.toContain('review');
    expect(may(stopped, 'operator')).not.toContain('review');
  });

  it('is cancelling what is not made while lines come one by one, and no wish that is granted already', () => {
    const lines: Line[] = [delivered(LINE), lineOf(2, { state: 'provisioning' })];
    const coming = { ...orderOf(lines, {}), state: 'delivering' as const };
    expect(may(coming, 'customer')).toEqual(['wait', 'cancel', 'cancel_lines', 'view_instances']);
    const made = { ...coming, lines: [delivered(LINE), lineOf(2, { state: 'provisioned' })] };
    expect(may(made, 'customer')).not.toContain('cancel_lines');
    expect(may({ ...coming, state: 'returning_money' }, 'customer')).not.toContain('cancel');
  });

  it('is asking staff about what is out of reach', () => {
    const access = {
      suspended: true,
      reason: 'by_operator' as const,
      sequence: 1,
      since: 1,
      told: 'suspended' as const,
      heard: 1,
      revision: 1,
    };
    const key: Line = {
      ...delivered(LINE),
      fulfilment: { template: 'licence-key', activationsMax: 1, validDays: null },
    };
    const held: OrderDocument = { ...sold, lines: [{ ...key, access }] };
    expect(may(held, 'customer')).toContain('contact_support');
    expect(may(held, 'operator')).not.toContain('contact_support');
    const resumed = {
      ...held,
      lines: [{ ...key, access: { ...access, suspended: false, told: 'resumed' as const } }],
    };
    expect(may(resumed, 'customer')).not.toContain('contact_support');
  });
});

describe('what would not fit if an order ended by hand', () => {
  const lines = [delivered(LINE), lineOf(2, { state: 'failed' }), lineOf(3)];
  const document: OrderDocument = {
    ...orderOf(lines, { shipping: 300 }),
    state: 'needs_operator',
    resume: 'delivering',
  };
  const withStock: OrderDocument = {
    ...document,
    stock: claimsOf(document, lines).map((claim) => ({ ...claim, state: 'committed' as const })),
  };

  it('is said as money, lines and units, under a name that is this difference and no other', () => {
    const difference = differenceOf(withStock, 'completed');
    expect(difference).toEqual({
      as: 'completed',
      kept: 1_800,
      due: 1_300,
      open: 0,
      lines: [
        { lineId: lineOf(2).id, state: 'failed' },
        { lineId: lineOf(3).id, state: 'pending' },
      ],
      stock: [{ sku: 'sku-2', quantity: 1 }],
      code: `completed:v${document.version}:kept=1800:due=1300:open=0:lines=2:units=1`,
    });
    expect(isConfirmed(withStock, 'completed', difference.code)).toBe(true);
    expect(isConfirmed(withStock, 'completed', null)).toBe(false);
    expect(isConfirmed({ ...withStock, version: 99 }, 'completed', difference.code)).toBe(false);
  });

  it('is of one that is undone all that was begun, and all its units', () => {
    const undone = differenceOf(withStock, 'cancelled');
    expect(undone).toMatchObject({ kept: 1_800, due: 0 });
    expect(undone.lines.map(({ lineId }) => lineId)).toEqual([LINE.id, lineOf(2).id]);
    expect(undone.stock.map(({ sku }) => sku)).toEqual(['sku-1', 'sku-2', 'sku-3']);
    const back = withStock.stock.map((claim, index) =>
      index === 0 ? { ...claim, state: 'returned' as const } : { ...claim, returnedLines: [lineOf(2).id] },
    );
    expect(differenceOf({ ...withStock, stock: back }, 'cancelled').stock.map(({ sku }) => sku)).toEqual([
      'sku-3',
    ]);
  });

  it('counts what may still come: what is held, and what was asked for and never heard of', () => {
    const open = (payment: Partial<OrderDocument['payment']>): number =>
      differenceOf({ ...document, payment: { ...document.payment, captured: 0, ...payment } }, 'refunded')
        .open;
    expect(open({ status: 'authorised' })).toBe(1_800);
    expect(open({ status: 'open', authorised: 0 })).toBe(1_800);
    expect(open({ status: 'none', authorised: 0, asked: true })).toBe(1_800);
    expect(open({ status: 'none', authorised: 0, asked: false })).toBe(0);
    expect(open({ status: 'voided', authorised: 0 })).toBe(0);
  });

  it('leaves out what was granted, also what came back from the bank and is owed', () => {
    const granted = (values: Partial<Refund>): Refund =>
      refundOf({
        amount: 200,
        lineIds: [LINE.id],
        parts: [{ lineId: LINE.id, quantity: 0, amount: 200, tax: 0, withheld: 0 }],
        ...values,
      });
    const due = (refund: Refund): number => differenceOf({ ...document, refunds: [refund] }, 'completed').due;
    expect(due(granted({}))).toBe(1_100);
    expect(due(granted({ state: 'failed' }))).toBe(1_100);
    expect(due(granted({ state: 'failed', renewedAs: 'rfd_2' }))).toBe(1_300);
    expect(due(granted({ cause: 'not_delivered' }))).toBe(1_300);
  });

  it('is nothing where everything fits', () => {
    expect(differenceOf(sold, 'completed')).toMatchObject({ kept: 500, due: 500, code: null });
    expect(isConfirmed(sold, 'completed', null)).toBe(true);
    const revoked = { ...sold, lines: [{ ...delivered(LINE), revoked: 'asked' as const }] };
    expect(differenceOf(revoked, 'completed').lines).toEqual([{ lineId: LINE.id, state: 'delivered' }]);
  });
});

describe('an end by hand', () => {
  const end = (document: OrderDocument, as: 'completed' | 'cancelled' | 'refunded') => {
    const draft = structuredClone(document);
    settleByHand(draft, {
      type: 'operator.resolved',
      as,
      actorId: 'usr_1',
      text: 'By telephone',
      confirm: null,
      at: 9,
    });
    return draft;
  };

  it('is written down with who, why and what was accepted', () => {
    const ended = end(stopped, 'cancelled');
    expect(ended.resolution).toEqual({
      at: 9,
      by: { kind: 'operator', id: 'usr_1' },
      as: 'cancelled',
      why: 'By telephone',
      difference: differenceOf(stopped, 'cancelled').code,
    });
    expect(end(stopped, 'completed').resolution?.difference).toBe('none');
    expect(ended.rounds).toBe(stopped.rounds + 1);
  });

  it('says of each line what the person says of the order', () => {
    const lines: Line[] = [
      delivered(LINE),
      lineOf(2, { state: 'provisioned' }),
      lineOf(3, { state: 'failed', failure: 'No key' }),
      { ...delivered(lineOf(4)), revoked: 'asked' },
    ];
    const linesAs = (as: 'completed' | 'refunded') =>
      end({ ...stopped, lines }, as).lines.map(({ state, released, detail, deliveredAt, revoked }) => [
        state,
        released,
        detail,
        deliveredAt,
        revoked,
      ]);
    expect(linesAs('completed')).toEqual([
      ['delivered', true, '', 0, 'no'],
      ['delivered', true, 'Delivered by our team', 9, 'no'],
      ['undone', false, 'No key', null, 'no'],
      ['delivered', true, '', 0, 'done'],
    ]);
    expect(linesAs('refunded')).toEqual([
      ['undone', false, 'Taken back by our team', 0, 'no'],
      ['undone', false, 'Taken back by our team', null, 'no'],
      ['undone', false, 'No key', null, 'no'],
      ['undone', false, 'Taken back by our team', 0, 'done'],
    ]);
  });

  it('closes payments as they are, so that what comes late is seen as late', () => {
    const held = { ...sold.payment, status: 'authorised' as const, captured: 200, asked: true };
    const part = end(
      { ...stopped, payment: held, renewal: { ...newLedger(2, 9), status: 'open' } },
      'cancelled',
    );
    expect(part.payment).toMatchObject({ status: 'captured', voided: 300 });
    expect(part.renewal).toMatchObject({ status: 'voided', voided: 0, asked: true });
    const states: State[] = ['cancelled', 'refunded'];
    for (const as of states) expect(end(stopped, as as 'cancelled').payment).toEqual(stopped.payment);
  });
});
