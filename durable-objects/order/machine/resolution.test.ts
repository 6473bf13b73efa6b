import { NO_PAYMENT_DETAILS } from '#shared/contracts/payments.ts';
import { describe, expect, it } from 'vitest';
import { delivered, lineOf, orderOf } from '../testing/documents.ts';
import type { OrderDocument, Refund, Resolution, State } from './document.ts';
import { isWanted } from './intents.ts';
import { excessOf } from './money.ts';
import { differenceOf } from './resolution.ts';
import { specOf, STATES } from './table.ts';
import { taxLinesOf } from './tax-lines.ts';
import { transition } from './transition.ts';
import { publicOrder } from './view.ts';

const ENDS = ['completed', 'cancelled', 'refunded'] as const;
const STEPS = [
  'stock_hold',
  'stock_commit',
  'stock_return',
  'promotion_claim',
  'promotion_return',
  'payment_create',
  'payment_close',
  'payment_capture',
  'payment_void',
  'payment_refund',
  'lines_provision',
  'lines_activate',
  'lines_deprovision',
];
const OVERDUE = STATES.filter((state) => specOf(state).deadline === 'stage');
const CODES = [
  ...STEPS.map((step) => `${step}_failed`),
  ...OVERDUE.map((state) => `${state}_overdue`),
  'line_stuck',
  'refund_failed',
  'refunded_outside',
];

const refund = (values: Partial<Refund>): Refund => ({
  id: 'ref_1',
  paymentId: 'pi_1',
  amount: 200,
  state: 'failed',
  cause: 'granted',
  lineIds: [],
  parts: [{ lineId: lineOf(1).id, quantity: 0, amount: 200, tax: 0, withheld: 0 }],
  shipping: 0,
  returnId: null,
  renewedAs: null,
  by: { kind: 'operator', id: null },
  why: 'scratched',
  at: 1,
  settledAt: 2,
  ...values,
});
const sold = orderOf([delivered(lineOf(1)), delivered(lineOf(2))], { shipping: 300 });
const underWay = orderOf([lineOf(1, { state: 'provisioning' }), lineOf(2, { state: 'failed' })], {});
/** What an order can look like when a person is asked. */
const SHAPES: Record<string, OrderDocument> = {
  delivered: sold,
  'on its way': underWay,
  reserved: { ...underWay, payment: { ...underWay.payment, status: 'authorised', captured: 0 } },
  'a granted refund came back': { ...sold, refunds: [refund({})] },
  'a granted refund unanswered': { ...sold, refunds: [refund({ state: 'asked', settledAt: null })] },
  'a refund of what is undone unanswered': {
    ...underWay,
    refunds: [refund({ state: 'asked', cause: 'undone', parts: [], settledAt: null })],
  },
  'refunded outside': { ...sold, payment: { ...sold.payment, refunded: 200, refundedOutside: 200 } },
  'both at once': {
    ...sold,
    payment: { ...sold.payment, refunded: 200, refundedOutside: 200 },
    refunds: [refund({}), refund({ id: 'ref_2', state: 'asked', settledAt: null })],
  },
};

const stopped = (document: OrderDocument, code: string): OrderDocument => ({
  ...document,
  state: 'needs_operator',
  resume: resumeOf(code),
  attention: { code, text: 'One step did not succeed.', detail: 'x' },
});
const resumeOf = (code: string): State =>
  OVERDUE.find((state) => code === `${state}_overdue`) ??
  (code.startsWith('refund') ? 'completed' : 'undoing_lines');
const resolve = (document: OrderDocument, as: Resolution['as']) =>
  transition(document, {
    type: 'operator.resolved',
    as,
    actorId: null,
    text: 'settled on the telephone',
    confirm: differenceOf(document, as).code,
    at: 10,
  });

describe('an order that a person ends by hand', () => {
  const cases = CODES.flatMap((code) => ENDS.map((as) => [code, as] as const));

  it.each(cases)('stopped by %s ends as %s and stays so, whatever its books say', (code, as) => {
    for (const [shape, document] of Object.entries(SHAPES)) {
      const ended = resolve(stopped(document, code), as);
      expect([shape, ended.allowed, ended.document.state]).toEqual([shape, true, as]);
      expect(excessOf(ended.document)).toBe(0);
      const later = transition(ended.document, { type: 'mails.gathered', at: 20 });
      expect([shape, later.document.state]).toEqual([shape, as]);
      const asked = ended.intents
        .map(({ effect }) => effect.step)
        .filter((step) => step.startsWith('payment'));
      expect([shape, asked]).toEqual([shape, []]);
    }
  });

  it('shows a refund that came back as settled by hand, and asks first, since the customer has not got it', () => {
    const document = stopped(SHAPES['a granted refund came back'] ?? sold, 'refund_failed');
    expect(differenceOf(document, 'completed')).toMatchObject({ kept: 1_300, due: 1_100 });
    const ended = resolve(document, 'completed').document;
    expect(publicOrder(ended, { as: 'operator' }, 0)).toMatchObject({
      state: 'completed',
      refunds: [{ id: 'ref_1', state: 'settled_by_hand' }],
    });
    expect(differenceOf({ ...ended, state: 'needs_operator' }, 'completed').code).toBeNull();
  });

  it('still hears of refunds made elsewhere, although the provider never knew the one settled by hand', () => {
    const unanswered = SHAPES['a granted refund unanswered'] ?? sold;
    const ended = resolve(stopped(unanswered, 'payment_refund_failed'), 'completed').document;
    const payment = {
      paymentId: 'pi_1',
      attempt: 1,
      clientSecret: '',
      amount: 1_300,
      authorised: 1_300,
      captured: 1_300,
      refunded: 700,
      method: 'card',
      captureBefore: null,
      multicapture: false,
      refunds: [],
      lastError: null,
      ...NO_PAYMENT_DETAILS,
    };
    const told = transition(ended, { type: 'payment.captured', payment, at: 30 } as never);
    expect(told.document).toMatchObject({
      state: 'needs_operator',
      attention: { code: 'refunded_outside' },
    });
  });

  it('is told of money that may still come: a payment that is open, under way, or asked for without an answer', () => {
    const { payment } = underWay;
    const bare = { ...payment, authorised: 0, captured: 0, amount: 500 };
    const undone = underWay.lines.map((line) => ({ ...line, state: 'undone' as const }));
    const openOf = (status: 'none' | 'open' | 'processing' | 'voided', asked = true) => {
      const document = { ...underWay, lines: undone, payment: { ...bare, status, asked } };
      const { open, code } = differenceOf(document, 'cancelled');
      return [open, code !== null];
    };
    expect(openOf('processing')).toEqual([500, true]);
    expect(openOf('open')).toEqual([500, true]);
    expect(openOf('none')).toEqual([500, true]);
    expect(openOf('none', false)).toEqual([0, false]);
    expect(openOf('voided')).toEqual([0, false]);
  });

  it('gives the uses of its promotions back, unless it is completed', () => {
    const claim = {
      promotionId: 'promo_1',
      title: 'A tenth less',
      code: null,
      limitTotal: 1,
      limitPerCustomer: null,
      state: 'claimed' as const,
      refusal: null,
    };
    const { pricing } = sold;
    if (pricing === null) throw new Error('not priced');
    const document = stopped(
      { ...sold, promotions: [claim], pricing: { ...pricing, promotions: [{ ...claim, amount: 1 }] } },
      'line_stuck',
    );
    for (const as of ENDS) {
      const ended = resolve(document, as);
      const back = ended.intents
        .map(({ effect }) => effect)
        .filter(({ step }) => step === 'promotion.return');
      expect([as, back]).toEqual([
        as,
        as === 'completed' ? [] : [{ step: 'promotion.return', promotionId: 'promo_1' }],
      ]);
      expect(back.every((effect) => isWanted(ended.document, effect))).toBe(true);
    }
  });

  it('asks anew for what was given up, because under the old key it would be asked for no more', () => {
    const claim = {
      promotionId: 'promo_1',
      title: 'A tenth less',
      code: null,
      limitTotal: 1,
      limitPerCustomer: null,
      state: 'claimed' as const,
      refusal: null,
    };
    const undoing = transition(
      { ...sold, promotions: [claim] },
      { type: 'cancel.requested', by: 'operator', text: null, at: 5 },
    ).document;
    const lines = undoing.lines.map((line) => ({ ...line, state: 'undone' as const }));
    const free = { ...undoing.payment, captured: 0, authorised: 0, status: 'voided' as const };
    const returning = transition(
      { ...undoing, lines, payment: free, refunds: [] },
      { type: 'order.nudged', at: 6 },
    );
    expect(returning.document.state).toBe('returning_stock');
    const keysOf = ({ intents }: typeof returning) =>
      intents.filter(({ effect }) => effect.step === 'promotion.return').map(({ key }) => key);
    const [givenUp] = keysOf(returning);
    const parked = { type: 'effect.parked', step: 'promotion.return', error: 'x', at: 7 } as const;
    const ended = resolve(transition(returning.document, parked).document, 'cancelled');
    expect(ended.document.state).toBe('cancelled');
    expect(keysOf(ended)).toHaveLength(1);
    expect(keysOf(ended)).not.toContain(givenUp);
  });

  it('takes the units for good that it only held, because what is declared delivered must not be sold again', () => {
    const [line] = sold.lines;
    if (line === undefined) throw new Error('no line');
    const claim = (state: 'held' | 'committed') => ({
      sku: line.sku,
      state,
      lines: [{ lineId: line.id, quantity: 1 }],
      returnedLines: [],
    });
    const stoppedWith = (state: 'held' | 'committed') =>
      stopped(
        { ...sold, lines: [{ ...line, state: 'pending' }], stock: [claim(state)] },
        'authorised_overdue',
      );
    const taken = (document: OrderDocument, as: Resolution['as']) => {
      const ended = resolve(document, as);
      const commits = ended.intents.map(({ effect }) => effect).filter(({ step }) => step === 'stock.commit');
      expect(commits.every((effect) => isWanted(ended.document, effect))).toBe(true);
      return commits;
    };
    expect(taken(stoppedWith('held'), 'completed')).toEqual([{ step: 'stock.commit', sku: line.sku }]);
    expect(taken(stoppedWith('committed'), 'completed')).toEqual([]);
    expect(taken(stoppedWith('held'), 'cancelled')).toEqual([]);
  });

  it('hands over by hand what is declared delivered: it is sold for the tax report, and parcels may come back', () => {
    const ended = resolve(stopped(underWay, 'line_stuck'), 'completed').document;
    expect(ended.lines.map(({ state, deliveredAt }) => [state, deliveredAt])).toEqual([
      ['delivered', 10],
      ['undone', null],
    ]);
    expect(taxLinesOf(ended)).toMatchObject([{ kind: 'sale', lineId: lineOf(1).id, at: 10 }]);
    const before = resolve(stopped(sold, 'line_stuck'), 'completed').document;
    expect(before.lines.map(({ deliveredAt }) => deliveredAt)).toEqual([0, 0]);
  });

  it('is not completed before it had a price, because nothing of it could be delivered', () => {
    const unpriced = { ...underWay, lines: [], stock: [], total: 0, pricing: null };
    expect(resolve(stopped(unpriced, 'line_stuck'), 'completed').allowed).toBe(false);
    expect(resolve(stopped(unpriced, 'line_stuck'), 'cancelled').allowed).toBe(true);
  });

  it('is not said to be refunded when nobody had paid', () => {
    const wordsOf = (captured: number) => {
      const payment = { ...underWay.payment, status: 'authorised' as const, captured };
      const ended = resolve(stopped({ ...underWay, payment }, 'line_stuck'), 'refunded');
      return ended.notes.find(({ type }) => type === 'order.refunded')?.text ?? '';
    };
    expect(wordsOf(0)).toMatch(/^Cancelled: /);
    expect(wordsOf(1_000)).toMatch(/^Cancelled and refunded: /);
  });

  it('is mailed of as cancelled when nobody had paid, so that undoing a late payment mails nothing a second time', () => {
    const mailsOf = (captured: number) => {
      const payment = { ...underWay.payment, status: 'authorised' as const, captured };
      const { intents } = resolve(stopped({ ...underWay, payment }, 'line_stuck'), 'refunded');
      return intents.map(({ key }) => key).filter((key) => key.startsWith('mail:'));
    };
    expect(mailsOf(0)).toEqual(['mail:cancelled']);
    expect(mailsOf(1_000)).toEqual(['mail:refunded']);
  });

  it('is not ended while what would not fit is not confirmed', () => {
    const document = stopped(sold, 'line_stuck');
    const wrong = transition(
      { ...document, version: 7 },
      { type: 'operator.resolved', as: 'cancelled', actorId: null, text: 'x', confirm: 'no', at: 10 },
    );
    expect(wrong).toMatchObject({ allowed: false, changed: false, document: { version: 7 } });
  });

  it('ends once more as the person said when an instance turned up and was taken back, because no money moved', () => {
    const ended = resolve(stopped(sold, 'line_stuck'), 'cancelled').document;
    const told = { lineId: ended.lines[0]?.id ?? '', code: null, detail: 'There is still something.' };
    const found = transition(ended, { type: 'line.stuck', ...told, at: 20 }).document;
    expect(found).toMatchObject({ state: 'needs_operator', resume: 'undoing_lines' });
    const retried = transition(found, { type: 'operator.retried', actorId: null, at: 30 }).document;
    const gone = transition(retried, { type: 'line.deprovisioned', ...told, at: 40 });
    const over = gone.document.stock.reduce(
      (last, { sku }) => transition(last.document, { type: 'stock.returned', sku, at: 50 }),
      gone,
    );
    expect(over.document).toMatchObject({ state: 'cancelled', refunds: ended.refunds });
    const keys = [...gone.intents, ...over.intents].map(({ key }) => key);
    expect(keys, 'nobody is told of a refund').not.toContain('mail:refunded');
  });

  it('asks a person at once when what he settled by hand is to go back and no payment has it', () => {
    const unpaid = { ...sold.payment, status: 'voided' as const, captured: 0, voided: sold.total };
    const ended = resolve(stopped({ ...sold, payment: unpaid }, 'line_stuck'), 'completed').document;
    expect(ended.settledByHand).toBe(-sold.total);
    const cancel = { type: 'cancel.requested', by: 'operator', text: null, at: 20 } as const;
    const undone = sold.lines.reduce(
      (document, { id: lineId }) =>
        transition(document, { type: 'line.deprovisioned', lineId, detail: '', at: 30 }).document,
      transition(ended, cancel).document,
    );
    expect(undone).toMatchObject({
      state: 'needs_operator',
      resume: 'returning_money',
      attention: { code: 'nothing_to_refund_from' },
    });
    const offered = publicOrder(undone, { as: 'operator' }, 30)?.nextActions;
    expect(offered, 'trying again is refused').not.toContain('retry');
    expect(offered).toContain('resolve');
    for (const as of ['cancelled', 'refunded'] as const)
      expect(resolve(undone, as).document).toMatchObject({ state: as });
  });

  it('takes back by hand what was on its way back: the provisioner is asked no more', () => {
    const [first, ...rest] = sold.lines.map((line) => ({ ...line, revoked: 'asked' as const }));
    if (first === undefined) throw new Error('no line');
    const document = stopped(
      { ...sold, lines: [first, ...rest.map((line) => ({ ...line, revoked: 'no' as const }))] },
      'line_stuck',
    );
    expect(differenceOf(document, 'completed').lines).toEqual([{ lineId: first.id, state: 'delivered' }]);
    const ended = resolve(document, 'completed').document;
    expect(ended.lines.map(({ state, revoked }) => [state, revoked])).toEqual([
      ['delivered', 'done'],
      ['delivered', 'no'],
    ]);
    expect(
      transition(ended, { type: 'order.nudged', at: 9_000_000 }).intents.filter(
        ({ effect }) => effect.step === 'lines.deprovision',
      ),
    ).toEqual([]);
  });

  it('claims what it has of promotions and of the customer’s allowance when it was not known to have them', () => {
    const limited = { scope: lineOf(1).productId, limit: 2, days: null, quantity: 1, lineId: lineOf(1).id };
    const allowance = { items: [limited], state: 'wanted' as const, reached: null };
    const document = {
      ...stopped({ ...underWay, allowance }, 'allowance_claim_failed'),
      resume: 'holding' as const,
    };
    const ended = resolve(document, 'completed');
    const claim = ended.intents.map(({ effect }) => effect).find(({ step }) => step === 'allowance.claim');
    expect(claim === undefined ? null : isWanted(ended.document, claim)).toBe(true);
    const told = transition(ended.document, { type: 'allowance.claimed', use: 'placed', at: 20 }).document;
    expect(told.allowance?.state).toBe('claimed');
    const others = resolve(document, 'cancelled').intents.map(({ effect }) => effect.step);
    expect(others).not.toContain('allowance.claim');
  });
});
