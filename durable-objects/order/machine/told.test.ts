import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS } from '#shared/time/time.ts';
import { delivered, lineOf, orderOf, refundOf } from '../testing/documents.ts';
import type { OrderDocument, PromotionClaim, State } from './document.ts';
import type { OrderEvent } from './events.ts';
import { listingOf } from './listing.ts';
import { newLedger } from './new-document.ts';
import { attentionFor, reasonFor, type ReasonCode } from './reasons.ts';
import { transition } from './transition.ts';
import { deadlineOf, isPlaced, isPublic, publicOrder, STAGE_DEADLINE_MS } from './view.ts';

const LINE = lineOf(1, { title: 'Lamp' });
const sold = orderOf([delivered(LINE)], {});
const making: OrderDocument = {
  ...sold,
  state: 'provisioning',
  lines: [{ ...LINE, state: 'provisioning' }],
  payment: { ...sold.payment, status: 'authorised', captured: 0 },
};
const EVENT: OrderEvent = { type: 'order.nudged', at: 1 };
const reason = (code: ReasonCode, values: Partial<OrderDocument> = {}, event: OrderEvent = EVENT): string =>
  reasonFor(code, { ...making, ...values }, event).text;

describe('why an order ends, in words for its customer', () => {
  it('names what was short, and how much there is', () => {
    expect(reason('out_of_stock')).toBe('Not enough in stock.');
    const shortage = { sku: 'sku-1', lineIndex: 0, available: 2 };
    expect(reason('out_of_stock', { shortage })).toBe('Not enough in stock: Lamp (2 available).');
    expect(reason('out_of_stock', { shortage: { ...shortage, lineIndex: 7 } })).toBe(
      'Not enough in stock: one article (2 available).',
    );
    expect(reason('sold_out_meanwhile', { shortage })).toBe('Lamp sold out before the payment arrived.');
    expect(reason('sold_out_meanwhile')).toBe('Lamp sold out before the payment arrived.');
  });

  it('names the promotion that has no use left, for all or for him', () => {
    const claim = (values: Partial<PromotionClaim>): Partial<OrderDocument> => ({
      promotions: [
        {
          promotionId: 'q',
          title: 'Other',
          code: null,
          limitTotal: 1,
          limitPerCustomer: null,
          state: 'claimed',
          refusal: null,
        },
        {
          promotionId: 'p',
          title: 'Ten off',
          code: null,
          limitTotal: 1,
          limitPerCustomer: null,
          state: 'refused',
          refusal: 'used_up',
          ...values,
        },
      ],
    });
    expect(reason('promotion_used_up', claim({}))).toBe('Ten off is used up.');
    expect(reason('promotion_used_up', claim({ code: 'TEN' }))).toBe('TEN is used up.');
    expect(reason('promotion_used_up', claim({ refusal: 'used_up_by_customer' }))).toBe(
      'Ten off was used as often as it may be by one customer.',
    );
    expect(reason('promotion_used_up')).toBe('The promotion is used up.');
  });

  it('says how many he may have, and how many are left for him', () => {
    const allowance: OrderDocument['allowance'] = {
      items: [{ scope: 'p', limit: 3, days: 30, quantity: 5, lineId: LINE.id }],
      state: 'refused',
      reached: { scope: 'p', left: 1 },
    };
    expect(reason('purchase_limit', { allowance })).toMatch(/^Lamp: .*3.*30.*, 1 more for you now\.$/);
    expect(reason('purchase_limit')).toBe('More than one customer may buy.');
  });

  it('says why the last attempt to pay failed, and why it could not be delivered', () => {
    expect(reason('payment_abandoned')).toBe('The time to pay ran out.');
    const payment = { ...making.payment, lastError: 'Your card has too little.' };
    expect(reason('payment_abandoned', { payment })).toMatch(/declined: Your card has too little\.$/);
    const failed = (detail: string): OrderEvent => ({
      type: 'line.failed',
      lineId: LINE.id,
      code: null,
      detail,
      at: 1,
    });
    expect(reason('provisioning_failed', {}, failed('No key.'))).toBe('It could not be delivered: No key.');
    expect(reason('provisioning_failed', {}, failed(''))).toBe('It could not be delivered.');
    expect(reason('provisioning_failed')).toBe('It could not be delivered.');
    expect(reason('part_failed', {}, failed('No key.'))).toBe('A part could not be delivered: No key.');
    expect(reason('part_failed', {}, failed(''))).toBe('A part could not be delivered.');
    expect(reason('part_failed')).toBe('A part could not be delivered.');
  });

  it('carries the words of whoever ended it', () => {
    const cancel = (text: string | null): OrderEvent => ({
      type: 'cancel.requested',
      by: 'customer',
      text,
      at: 1,
    });
    expect(reason('cancelled_by_customer', {}, cancel('Too late'))).toMatch(/request: Too late$/);
    expect(reason('cancelled_by_customer', {}, cancel(null))).toMatch(/request\.$/);
    const end: OrderEvent = {
      type: 'operator.resolved',
      as: 'cancelled',
      actorId: null,
      text: 'By post',
      confirm: null,
      at: 1,
    };
    expect(reason('cancelled_by_operator', {}, end)).toBe('Cancelled by our team: By post');
    expect(reason('cancelled_by_operator')).toBe('Cancelled by our team.');
  });
});

describe('why a person must look', () => {
  const attention = (values: Partial<OrderDocument>, event: OrderEvent = EVENT) =>
    attentionFor({ ...sold, ...values }, event);
  const refund = refundOf({ amount: 200, state: 'failed' });

  it('names the step that was given up or refused, in words for both sides', () => {
    const parked = attention({}, { type: 'effect.parked', step: 'stock.hold', error: 'no answer', at: 1 });
    expect(parked).toEqual({
      code: 'stock_hold_failed',
      text: 'The stock could not be reserved yet. Our team has been told and is looking into it.',
      detail: 'no answer',
    });
    expect(attention({}, { type: 'effect.parked', step: 'publish', error: 'x', at: 1 })?.text).toMatch(
      /^One step did not succeed\. /,
    );
    const refused: OrderEvent = {
      type: 'payment.step_refused',
      key: 'k',
      step: 'payment.void',
      error: 'no',
      at: 1,
    };
    expect(attention({}, refused)?.code).toBe('payment_void_failed');
  });

  it('names the delivery that is stuck, and the state that takes too long', () => {
    const stuck = (code: string | null): OrderEvent => ({
      type: 'line.stuck',
      lineId: LINE.id,
      code,
      detail: 'broken',
      at: 1,
    });
    expect(attention({}, stuck('partner_down'))).toMatchObject({ code: 'partner_down', detail: 'broken' });
    expect(attention({}, stuck(null))?.code).toBe('line_stuck');
    expect(attention({ state: 'capturing', stageSince: 0 }, { type: 'stage.overdue', at: 1 })).toMatchObject({
      code: 'capturing_overdue',
      detail: 'no progress in state capturing since 1970-01-01T00:00:00.000Z',
    });
  });

  it('names what became of the money: refused for good, come back, lost, given back past the order', () => {
    const payment = { ...sold.payment, refunded: 200, refundedOutside: 200 };
    expect(attention({ payment })).toMatchObject({
      code: 'refunded_outside',
      detail: 'the provider reports 200 refunded of 500',
    });
    expect(attention({ payment: { ...payment, refundAccepted: 300 } })).toMatchObject({
      code: 'refund_came_back',
      detail: 'a refund made outside this order failed: the provider reports 200 refunded of 500',
    });
    expect(attention({ payment: { ...payment, refusals: 99 } })).toMatchObject({
      code: 'payment_refund_failed',
      detail: 'refunds of payment pi_1 came back or were refused 99 times',
    });
    expect(attention({ refunds: [refund] })).toMatchObject({
      code: 'refund_failed',
      detail: 'refund rfd_1 of 200 failed at the provider',
    });
    const disputes = [
      { disputeId: 'du_1', amount: 500, state: 'lost' as const, reason: 'fraudulent', openedAt: 1 },
    ];
    expect(attention({ payment: { ...sold.payment, disputes } })).toMatchObject({
      code: 'charged_back',
      detail: 'dispute du_1 of 500 is lost (fraudulent)',
    });
    expect(
      attention({ settledByHand: -100, payment: { ...sold.payment, captured: 0, authorised: 0 }, lines: [] }),
    ).toMatchObject({
      code: 'nothing_to_refund_from',
      detail: expect.stringMatching(/^100 of what/) as string,
    });
  });

  it('is told to staff with its cause, and to the customer without', () => {
    const stopped: OrderDocument = {
      ...sold,
      state: 'needs_operator',
      resume: 'completed',
      attention: { code: 'x', text: 'We look.', detail: 'secret' },
    };
    expect(publicOrder(stopped, { as: 'operator' }, 0)?.reason).toEqual({
      code: 'x',
      text: 'We look. (secret)',
    });
    expect(publicOrder(stopped, { as: 'customer' }, 0)?.reason).toEqual({ code: 'x', text: 'We look.' });
  });
});

describe('until when an order may stay where it is', () => {
  const at = (values: Partial<OrderDocument>) => deadlineOf({ ...making, payment: sold.payment, ...values });

  it('is the time to pay, the time one step may take, or none', () => {
    expect(at({ state: 'awaiting_payment', dueAt: 70 })).toEqual({ event: 'window.ended', at: 70 });
    expect(at({ stageSince: 5 })).toEqual({ event: 'stage.overdue', at: 5 + STAGE_DEADLINE_MS });
    expect(at({ state: 'completed' })).toBeNull();
    expect(at({ state: 'needs_operator', resume: 'provisioning' })).toBeNull();
    expect(at({ state: 'needs_operator', resume: 'holding', dueAt: 70 })).toEqual({
      event: 'window.ended',
      at: 70,
    });
  });

  it('waits for units on backorder until they were expected, or for a month', () => {
    const claim = { sku: 's', state: 'held' as const, lines: [], returnedLines: [], waiting: [LINE.id] };
    const until = (expectedAt: number | null) => at({ stageSince: 5, stock: [{ ...claim, expectedAt }] })?.at;
    expect(until(9 * DAY_MS)).toBe(9 * DAY_MS + STAGE_DEADLINE_MS);
    expect(until(1)).toBe(5 + STAGE_DEADLINE_MS);
    expect(until(null)).toBe(5 + 30 * DAY_MS + STAGE_DEADLINE_MS);
    expect(at({ stageSince: 5, stock: [{ ...claim, waiting: [], expectedAt: 9 * DAY_MS }] })?.at).toBe(
      5 + STAGE_DEADLINE_MS,
    );
  });

  it('is the end of a review, and before that its reminder', () => {
    const review = { since: 1, until: 90, remindAt: 50, reminded: false, decision: null };
    const reviewed = (values: Partial<typeof review>) =>
      at({
        state: 'in_review',
        ...(making.fraud === undefined
          ? {}
          : { fraud: { ...making.fraud, review: { ...review, ...values } } }),
      });
    expect(reviewed({})).toEqual({ event: 'review.due', at: 50 });
    expect(reviewed({ reminded: true })).toEqual({ event: 'review.due', at: 90 });
    expect(reviewed({ remindAt: 99 })).toEqual({ event: 'review.due', at: 90 });
    expect(at({ state: 'in_review' })).toBeNull();
  });

  it('is sooner while a hold lapses with something left to collect', () => {
    const payment = { ...making.payment, captureBefore: 100 * HOUR_MS, authorisedAt: 0 };
    const far = { stageSince: 99 * HOUR_MS };
    expect(deadlineOf({ ...making, ...far, payment })?.event).toBe('authorisation.expiring');
    expect(deadlineOf({ ...making, ...far, payment, renewal: newLedger(2, 5) })).toEqual({
      event: 'authorisation.ending',
      at: 98 * HOUR_MS,
    });
    const paid = { ...payment, captured: 500 };
    expect(deadlineOf({ ...making, ...far, payment: paid })?.event).toBe('stage.overdue');
    expect(deadlineOf({ ...making, stageSince: 0, payment })?.event).toBe('stage.overdue');
    const stopped = { ...making, state: 'needs_operator' as const, resume: 'provisioning' as const };
    expect(deadlineOf({ ...stopped, payment })?.event).toBe('authorisation.expiring');
  });
});

describe('an order as it is shown', () => {
  const shown = (values: Partial<OrderDocument>) =>
    publicOrder({ ...making, ...values }, { as: 'customer' }, 0);

  it('does not exist for anybody while it is refused at once', () => {
    expect(isPublic({ ...making, state: 'rejected' })).toBe(false);
    expect(publicOrder({ ...making, state: 'rejected' }, { as: 'operator' }, 0)).toBeNull();
    expect(isPublic(making)).toBe(true);
  });

  it('names an instance once its making was asked for; of a change the one that is changed', () => {
    const instance = (state: 'pending' | 'provisioning', values: Partial<OrderDocument> = {}) =>
      shown({ lines: [{ ...LINE, state }], ...values })?.lines[0]?.instanceId;
    expect(instance('pending')).toBeNull();
    expect(instance('provisioning')).toBe(LINE.instanceId);
    const changeOf: NonNullable<OrderDocument['changeOf']> = {
      instanceId: 'ins_old',
      kind: 'renew',
      expects: { variantId: 'var_1', endsAt: 1 },
      days: 30,
      taxMode: 'inclusive',
      covers: [
        { from: 0, to: 1_000, amount: 500 },
        { from: 0, to: null, amount: 0 },
      ],
    };
    expect(instance('provisioning', { changeOf })).toBe('ins_old');
    expect(shown({ changeOf })?.changeOf).toEqual({
      instanceId: 'ins_old',
      change: 'renewal',
      covers: [
        {
          from: '1970-01-01T00:00:00.000Z',
          to: '1970-01-01T00:00:01.000Z',
          amount: { amount: 500, currency: 'EUR' },
        },
        { from: '1970-01-01T00:00:00.000Z', to: null, amount: { amount: 0, currency: 'EUR' } },
      ],
    });
    expect(shown({ changeOf: { ...changeOf, kind: 'change_plan' } })?.changeOf?.change).toBe('plan');
  });

  it('shows the payment that is asked for, its secret to the payer alone, and what is held and taken', () => {
    const payment = { ...making.payment, clientSecret: 's', captured: 200 };
    expect(shown({ payment })?.payment).toMatchObject({
      paymentId: 'pi_1',
      clientSecret: 's',
      state: 'authorised',
      amount: { amount: 500 },
      authorised: { amount: 500 },
      captured: { amount: 200 },
    });
    expect(publicOrder({ ...making, payment }, { as: 'operator' }, 0)?.payment?.clientSecret).toBe('');
    expect(shown({ payment: { ...payment, paymentId: null } })?.payment).toBeNull();
    const state = (values: Partial<OrderDocument['payment']>) =>
      shown({ payment: { ...payment, ...values } })?.payment?.state;
    expect(state({ status: 'open' })).toBe('pending');
    expect(state({ status: 'processing' })).toBe('pending');
    expect(state({ status: 'captured', captured: 500 })).toBe('captured');
    expect(state({ status: 'captured', captured: 500, refunded: 500 })).toBe('refunded');
    expect(state({ status: 'voided' })).toBe('voided');
    expect(state({ status: 'voided', authorised: 0, lastError: 'no' })).toBe('failed');
    expect(state({ status: 'voided', authorised: 0 })).toBe('voided');
  });

  it('asks for the payment in place of a hold, until that hold ends', () => {
    const renewal = { ...newLedger(2, 300), status: 'open' as const, paymentId: 'pi_2', clientSecret: 's2' };
    const payment = { ...making.payment, captureBefore: 100 * HOUR_MS, authorisedAt: 0 };
    expect(shown({ renewal, payment })?.payment).toMatchObject({
      paymentId: 'pi_2',
      clientSecret: 's2',
      amount: { amount: 300 },
      dueAt: '1970-01-05T02:00:00.000Z',
    });
    expect(shown({ payment, dueAt: 1_000 })?.payment?.dueAt).toBe('1970-01-01T00:00:01.000Z');
  });

  it('is worth answering its placing once it is payable, ended or with a person', () => {
    const placing: State[] = [
      'pricing',
      'screening',
      'holding',
      'repricing',
      'requesting_payment',
      'undoing_lines',
      'returning_money',
      'returning_stock',
    ];
    for (const state of placing) expect(isPlaced({ ...making, state })).toBe(false);
    for (const state of ['awaiting_payment', 'needs_operator', 'cancelled', 'rejected', 'vetting'] as const)
      expect(isPlaced({ ...making, state })).toBe(true);
  });
});

describe('an order in lists', () => {
  it('is there once it is priced, or once its client was told of it', () => {
    expect(listingOf({ ...making, state: 'rejected' })).toBeNull();
    expect(listingOf({ ...making, state: 'pricing' })).toBeNull();
    expect(listingOf({ ...making, state: 'pricing', acknowledged: true })).not.toBeNull();
  });

  it('says what was ordered, each article once, and how many positions', () => {
    const lines = [LINE, lineOf(2, { sku: LINE.sku, productId: LINE.productId }), lineOf(3)];
    expect(listingOf({ ...making, lines })).toMatchObject({
      lineCount: 3,
      firstTitle: 'Lamp',
      items: [
        { sku: LINE.sku, productId: LINE.productId },
        { sku: 'sku-3', productId: lineOf(3).productId },
      ],
      total: 500,
      fulfilment: 'none',
      paymentStatus: 'authorised',
    });
    expect(listingOf({ ...making, lines: [] })).toMatchObject({ lineCount: 1, firstTitle: '', items: [] });
  });

  it('says whether something is left to do for it, and for whom', () => {
    const settled = (values: Partial<OrderDocument>) => listingOf({ ...sold, ...values })?.settled;
    expect(settled({})).toBe('ended');
    expect(settled({ state: 'provisioning' })).toBe('no');
    expect(settled({ state: 'needs_operator' })).toBe('waits_for_person');
    expect(settled({ state: 'in_review' })).toBe('waits_for_person');
    expect(settled({ lines: [{ ...delivered(LINE), revoked: 'asked' }] })).toBe('no');
    const access = {
      suspended: true,
      reason: 'by_operator' as const,
      sequence: 2,
      since: 1,
      told: null,
      heard: 1,
      revision: 0,
    };
    expect(settled({ lines: [{ ...delivered(LINE), access }] })).toBe('no');
    expect(settled({ lines: [{ ...delivered(LINE), access: { ...access, heard: 2 } }] })).toBe('ended');
  });
});

it('a mail about a wish after the sale is of that wish, with its words and units', () => {
  const by = { kind: 'operator' as const, id: 'usr_1' };
  const asked = transition(sold, {
    type: 'return.requested',
    returnId: 'ret_1',
    wish: 'refund',
    lines: [{ lineId: LINE.id, quantity: 1, reason: '' }],
    by,
    why: '',
    at: 1,
  }).document;
  const { intents } = transition(asked, {
    type: 'return.approved',
    returnId: 'ret_1',
    by,
    why: 'By post, please',
    at: 2,
  });
  expect(intents.flatMap(({ key, effect }) => (effect.step === 'mail' ? [[key, effect]] : []))).toEqual([
    [
      'mail:return_approved:ret_1',
      {
        step: 'mail',
        id: 'return_approved:ret_1',
        mail: 'return_approved',
        units: { [LINE.id]: 1 },
        lineIds: [LINE.id],
        text: 'By post, please',
      },
    ],
  ]);
});
