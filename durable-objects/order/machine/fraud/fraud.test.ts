import { describe, expect, it } from 'vitest';
import { NO_PAYMENT_DETAILS, type PaymentRisk } from '#shared/contracts/payments.ts';
import { DAY_MS, HOUR_MS } from '#shared/time/time.ts';
import type { Assessed } from '../../../fraud/face.ts';
import { ALLOWED } from '../../../fraud/testing/allowed.ts';
import { factOf, lineOf, orderOf } from '../../testing/documents.ts';
import type { OrderDocument } from '../document.ts';
import type { OrderEvent, PaymentFact } from '../events.ts';
import { listingOf } from '../listing.ts';
import { openOrder, type Outcome, transition } from '../transition.ts';
import { deadlineOf, publicOrder } from '../view.ts';

type Fact = OrderEvent extends infer Event ? (Event extends OrderEvent ? Omit<Event, 'at'> : never) : never;
const RISK = NO_PAYMENT_DETAILS.risk;
const found = (outcome: Assessed['outcome'], values: Partial<Assessed['policy']> = {}): Assessed => ({
  ...ALLOWED,
  outcome,
  score: 70,
  hits: [{ ruleId: 'frl_1', kind: 'amount', score: 70, reason: 'Secret rule', finding: 'secret finding' }],
  policy: { ...ALLOWED.policy, ...values },
});
const STAFF = { kind: 'operator', id: `usr_${'0'.repeat(31)}9` } as const;

/** One order of a licence on stock at 5.00, as its machine sees it. */
class Story {
  document: OrderDocument;
  last: Outcome;
  at = 0;
  readonly payment: PaymentFact;
  readonly #line = lineOf(1, {
    kind: 'licence',
    fulfilment: { template: 'licence-key', activationsMax: 1, validDays: null },
  });
  readonly #free: boolean;

  constructor({ free = false } = {}) {
    const model = orderOf([this.#line], {});
    const { id, number, customerId, request, lineIds } = model;
    this.#free = free;
    this.last = openOrder({ id, number, customerId, request, lineIds, at: 0 });
    this.document = this.last.document;
    const total = free ? 0 : model.total;
    this.payment = factOf(total);
    const pricing = model.pricing === null ? null : { ...model.pricing, total };
    if (pricing === null) throw new Error('not priced');
    this.tell({ type: 'order.priced', lines: [this.#line], pricing, delivery: 'together', email: null });
  }
  tell(fact: Fact, at = this.at + 1_000): this {
    this.at = at;
    this.last = transition(this.document, { ...fact, at });
    this.document = this.last.document;
    return this;
  }
  assessed(assessed: Assessed): this {
    const asked = this.last.intents.find(({ effect }) => effect.step === 'fraud.assess')?.effect;
    if (asked?.step !== 'fraud.assess') throw new Error(`nothing is asked in ${this.document.state}`);
    return this.tell({ type: 'fraud.assessed', phase: asked.phase, round: asked.round, assessed });
  }
  placed(): this {
    this.assessed(ALLOWED).tell({ type: 'stock.held', sku: this.#line.sku });
    if (this.#free) return this;
    return this.tell({ type: 'payment.asked' }).tell({
      type: 'payment.open',
      payment: { ...this.payment, authorised: 0 },
    });
  }
  paid(values: Partial<PaymentFact> = {}): this {
    return this.tell({ type: 'payment.authorised', payment: { ...this.payment, ...values } });
  }
  risk(risk: Partial<PaymentRisk>, values: Partial<PaymentFact> = {}): this {
    return this.paid({ ...values, risk: { ...RISK, ...risk } });
  }
  decide(decision: 'approve' | 'refuse'): this {
    return this.tell({ type: 'review.decided', decision, by: STAFF, text: 'Called the customer' });
  }
  inReview(values: Partial<Assessed['policy']> = {}): this {
    return this.placed().paid().assessed(found('review', values));
  }
  get steps(): string[] {
    return this.last.intents.map(({ effect }) => effect.step);
  }
  get state(): string {
    return this.document.state;
  }
}

describe('an order that is being placed', () => {
  it('holds nothing before it was assessed', () => {
    const story = new Story();
    expect([story.state, story.steps]).toEqual(['screening', expect.arrayContaining(['fraud.assess'])]);
    expect(story.document.holdsUntil).toBeNull();
    expect(story.assessed(ALLOWED).state).toBe('holding');
    expect(story.steps).toContain('stock.hold');
  });

  it('that is blocked is undone with nothing taken, and says nothing of why', () => {
    const story = new Story().assessed(found('block'));
    expect(story.document).toMatchObject({ state: 'cancelled', reason: { code: 'blocked' } });
    expect(story.steps.filter((step) => /^(stock|promotion|payment|lines)/.test(step))).toEqual([]);
    const shown = JSON.stringify(publicOrder(story.document, { as: 'customer' }, 0));
    expect(shown).not.toMatch(/secret|rule|score|fraud/i);
  });

  it('that is not assessed in time ends like any other', () => {
    const story = new Story();
    story.tell({ type: 'window.ended' }, story.document.dueAt);
    expect(story.document).toMatchObject({
      state: 'returning_stock',
      reason: { code: 'placing_timed_out' },
    });
  });

  it('goes to a person when its assessment is given up, because nothing passes unlooked at', () => {
    const story = new Story().tell({ type: 'effect.parked', step: 'fraud.assess', error: 'away' });
    expect(story.document).toMatchObject({
      state: 'needs_operator',
      attention: { code: 'fraud_assess_failed' },
    });
    story.tell({ type: 'operator.retried' });
    expect([story.state, story.steps]).toEqual(['screening', expect.arrayContaining(['fraud.assess'])]);
  });

  it('takes no answer to an older question', () => {
    const story = new Story();
    story.tell({ type: 'fraud.assessed', phase: 'placing', round: 99, assessed: found('block') });
    expect(story.state).toBe('screening');
  });
});

describe('a paid order', () => {
  it('takes no stock before it was assessed', () => {
    const story = new Story().placed().paid();
    expect([story.state, story.steps.includes('stock.commit')]).toEqual(['vetting', false]);
    story.assessed(ALLOWED);
    expect([story.state, story.steps.includes('stock.commit')]).toEqual(['authorised', true]);
  });

  it('looks the same to its customer while it is assessed, and costs the lists nothing', () => {
    const story = new Story().placed();
    const before = publicOrder(story.document, { as: 'customer' }, 0)?.state;
    story.paid();
    expect(publicOrder(story.document, { as: 'customer' }, 0)?.state).toBe(before);
    expect(story.steps).not.toContain('project');
  });

  it('that is blocked is undone: nothing is made, and the money goes back', () => {
    const story = new Story().placed().paid().assessed(found('block'));
    expect(story.document).toMatchObject({ state: 'returning_money', reason: { code: 'blocked' } });
    expect(story.steps).toContain('payment.void');
    expect(story.document.lines.map(({ state }) => state)).toEqual(['pending']);
  });

  it('is asked about anew when the provider knows more meanwhile, and the older answer counts no more', () => {
    const story = new Story().placed().paid();
    const older = story.document.fraud?.round ?? 0;
    story.risk({ level: 'highest' });
    expect(story.steps).toContain('fraud.assess');
    story.tell({ type: 'fraud.assessed', phase: 'paid', round: older, assessed: ALLOWED });
    expect(story.state).toBe('vetting');
  });

  it('that should have been challenged waits for a person, unless the holder has proved himself', () => {
    expect(new Story().placed().paid().assessed(found('challenge')).state).toBe('in_review');
    expect(new Story().placed().risk({ authenticated: true }).assessed(found('challenge')).state).toBe(
      'authorised',
    );
  });

  it('that is free waits for a person when that was found at placing', () => {
    expect(new Story({ free: true }).placed().state).toBe('authorised');
    const story = new Story({ free: true }).assessed(found('review'));
    expect(story.tell({ type: 'stock.held', sku: 'sku-1' }).state).toBe('in_review');
    expect(story.decide('approve').state).toBe('authorised');
  });

  it('that was placed before there were assessments is assessed when it is paid', () => {
    const story = new Story().placed();
    const { fraud: _, ...older } = story.document;
    story.document = older;
    expect(story.paid().state).toBe('vetting');
    expect(story.assessed(ALLOWED).state).toBe('authorised');
  });

  it('goes to a person when its assessment is given up', () => {
    const story = new Story().placed().paid();
    story.tell({ type: 'effect.parked', step: 'fraud.assess', error: 'away' });
    expect(story.state).toBe('needs_operator');
    const [until] = story.last.intents.flatMap(({ effect }) =>
      effect.step === 'stock.hold' ? [effect.expiresAt] : [],
    );
    expect(until, 'its stock does not lapse while the person is asked').toBeGreaterThan(story.at + DAY_MS);
    expect(story.tell({ type: 'operator.retried' }).assessed(ALLOWED).state).toBe('authorised');
  });
});

describe('an order in review', () => {
  it('says so to its customer without a word why, and to staff with everything', () => {
    const story = new Story().inReview();
    const customer = publicOrder(story.document, { as: 'customer' }, 0);
    expect(customer).toMatchObject({ state: 'in_review', reason: null });
    expect(customer?.nextActions).toEqual(['wait', 'cancel']);
    expect(JSON.stringify(customer)).not.toMatch(/secret (rule|finding)|score|fraud/i);
    expect(listingOf(story.document)).toMatchObject({
      settled: 'waits_for_person',
      attention: { code: 'in_review', detail: 'score 70: Secret rule (secret finding)' },
    });
    expect(story.steps).toContain('mail');
  });

  it('holds its stock for all of the time a person may take', () => {
    const story = new Story().inReview({ reviewMs: 2 * DAY_MS });
    const [until] = story.last.intents.flatMap(({ effect }) =>
      effect.step === 'stock.hold' ? [effect.expiresAt] : [],
    );
    expect(until).toBeGreaterThan(story.at + 2 * DAY_MS);
  });

  it('approved goes on: the first decision counts, and its author is kept', () => {
    const story = new Story().inReview().decide('approve');
    expect([story.state, story.steps.includes('stock.commit')]).toEqual(['authorised', true]);
    expect(story.document.fraud?.review?.decision).toMatchObject({
      decision: 'approve',
      by: STAFF,
      why: 'Called the customer',
    });
    story.decide('refuse');
    expect([story.last.allowed, story.state]).toEqual([false, 'authorised']);
  });

  it('refused is undone, with the money back', () => {
    const story = new Story().inReview().decide('refuse');
    expect(story.document).toMatchObject({
      state: 'returning_money',
      reason: { code: 'refused_by_review', text: 'We cannot accept this order.' },
    });
    expect(story.steps).toContain('payment.void');
  });

  it('can be cancelled by its customer, and then nobody decides any more', () => {
    const story = new Story().inReview().tell({ type: 'cancel.requested', by: 'customer', text: null });
    expect(story.state).toBe('returning_money');
    story.decide('approve');
    expect([story.last.allowed, story.state]).toEqual([false, 'returning_money']);
  });

  it('reminds operators once, and is undone when nobody decides', () => {
    const story = new Story().inReview({ remindMs: HOUR_MS, reviewMs: 3 * HOUR_MS });
    const reminded = deadlineOf(story.document);
    expect(reminded?.event).toBe('review.due');
    story.tell({ type: 'review.due' }, reminded?.at);
    expect([story.state, story.steps.includes('review.remind')]).toEqual(['in_review', true]);
    expect(listingOf(story.document)?.attention?.code).toBe('review_overdue');
    const over = deadlineOf(story.document);
    expect(over?.at).toBe(story.document.fraud?.review?.until);
    story.tell({ type: 'review.due' }, over?.at);
    expect(story.document).toMatchObject({
      state: 'returning_money',
      reason: { code: 'review_timed_out' },
    });
  });

  it('ends before the hold on the money lapses, however long a person might still take', () => {
    const story = new Story();
    const captureBefore = 10 * HOUR_MS;
    story.placed().paid({ captureBefore }).assessed(found('review'));
    const deadline = deadlineOf(story.document);
    expect(deadline?.event).toBe('authorisation.ending');
    expect(deadline?.at).toBeLessThan(captureBefore);
    story.tell({ type: 'authorisation.ending' }, deadline?.at);
    expect(story.document).toMatchObject({ reason: { code: 'authorisation_expired' } });
    expect(story.steps).toContain('payment.void');
  });

  it('is undone when its money is gone', () => {
    const story = new Story().inReview();
    story.tell({ type: 'payment.voided', payment: { ...story.payment, authorised: 0 } });
    expect(story.document.reason?.code).toBe('payment_lost');
  });

  it('is decided by the payment service’s own review only where the shop wants that', () => {
    const own = new Story().inReview();
    expect(own.risk({ review: 'approved' }).state).toBe('in_review');
    const theirs = new Story().inReview({ providerReviewDecides: true });
    expect(theirs.risk({ review: 'approved' }).state).toBe('authorised');
    const refused = new Story().inReview({ providerReviewDecides: true });
    expect(refused.risk({ review: 'refused' }).document.reason?.code).toBe('refused_by_review');
  });

  it('is blocked by worse news', () => {
    const story = new Story().inReview().risk({ earlyWarning: true }).assessed(found('block'));
    expect(story.document.reason?.code).toBe('blocked');
  });

  it('goes on where it stood when a person had to help with its stock', () => {
    const story = new Story().inReview();
    story.tell({ type: 'effect.parked', step: 'stock.hold', error: 'away' });
    expect(story.state).toBe('needs_operator');
    expect(story.tell({ type: 'operator.retried' }).state).toBe('in_review');
    expect(story.decide('approve').state).toBe('authorised');
  });
});

describe('an order under way', () => {
  const provisioning = (): Story =>
    new Story().placed().paid().assessed(ALLOWED).tell({ type: 'stock.committed', sku: 'sku-1' });
  const captured = (story: Story): Partial<PaymentFact> => ({
    captured: story.payment.amount,
    capturable: 0,
  });
  const LINE = lineOf(1).id;
  const completed = (): Story => {
    const story = provisioning().tell({ type: 'line.provisioned', lineId: LINE, detail: '' });
    return story
      .tell({ type: 'payment.captured', payment: { ...story.payment, ...captured(story) } })
      .tell({ type: 'line.activated', lineId: LINE, detail: '' });
  };

  it('is looked at again for what alarms, and for nothing else', () => {
    expect(provisioning().risk({ level: 'elevated' }).steps).not.toContain('fraud.assess');
    expect(provisioning().risk({ review: 'open' }).steps).toContain('fraud.assess');
  });

  it('stops before anything is charged or handed over, and goes on when it was approved', () => {
    const story = provisioning().risk({ earlyWarning: true }).assessed(found('review'));
    expect(story.document).toMatchObject({
      state: 'needs_operator',
      resume: 'provisioning',
      attention: { code: 'payment_check' },
    });
    expect(story.steps).toContain('review.remind');
    story.tell({ type: 'line.provisioned', lineId: LINE, detail: '' });
    expect([story.state, story.steps.includes('payment.capture')]).toEqual(['needs_operator', false]);
    story.decide('approve');
    expect([story.state, story.steps.includes('payment.capture')]).toEqual(['capturing', true]);
  });

  /** Its hold was about to lapse, and the customer paid anew. */
  const renewed = (risk: Partial<PaymentRisk> = {}): Story => {
    const captureBefore = 72 * HOUR_MS;
    const story = new Story().placed().paid({ captureBefore }).assessed(found('review')).decide('approve');
    story.tell({ type: 'stock.committed', sku: 'sku-1' });
    story.tell({ type: 'authorisation.expiring' }, 49 * HOUR_MS);
    const other = { ...story.payment, paymentId: 'pi_2', attempt: 2, risk: { ...RISK, ...risk } };
    story.tell({ type: 'payment.open', payment: { ...other, authorised: 0 } });
    return story.tell({
      type: 'payment.authorised',
      payment: { ...other, captureBefore: story.at + captureBefore },
    });
  };

  it('is looked at when another payment takes the place of the first, whoever approved that one', () => {
    const story = renewed({ level: 'highest' });
    expect(story.steps).toContain('fraud.assess');
    story.assessed(found('review'));
    expect(story.document).toMatchObject({ state: 'needs_operator', attention: { code: 'payment_check' } });
    story.decide('refuse');
    expect(story.document).toMatchObject({ state: 'undoing_lines', reason: { code: 'refused_by_review' } });
    expect(renewed().assessed(found('challenge')).state).toBe('needs_operator');
    expect(renewed({ authenticated: true }).assessed(found('challenge')).state).toBe('provisioning');
  });

  it('collects nothing of another payment before it was looked at', () => {
    const story = renewed();
    story.tell({ type: 'line.provisioned', lineId: LINE, detail: '' });
    expect([story.state, story.steps.includes('payment.capture')]).toEqual(['capturing', false]);
    const asked = story.document.fraud?.round ?? 0;
    story.tell({ type: 'fraud.assessed', phase: 'later', round: asked, assessed: ALLOWED });
    expect(story.steps).toContain('payment.capture');
  });

  it('asks for no other payment while a person decides, because each would be looked at anew: its hold ends it', () => {
    const captureBefore = 10 * HOUR_MS;
    const stopped = (): Story =>
      provisioning().risk({ earlyWarning: true }, { captureBefore }).assessed(found('review'));
    const story = stopped().tell({ type: 'authorisation.expiring' }, 8 * HOUR_MS);
    expect([story.document.renewal, story.steps.includes('payment.create')]).toEqual([null, false]);
    const deadline = deadlineOf(story.document);
    expect(deadline?.event).toBe('authorisation.ending');
    story.tell({ type: 'authorisation.ending' }, deadline?.at);
    expect(story.document).toMatchObject({
      state: 'undoing_lines',
      reason: { code: 'authorisation_expired' },
    });
    const approved = stopped().decide('approve');
    expect(deadlineOf(approved.document)?.event).toBe('authorisation.expiring');
    approved.tell({ type: 'authorisation.expiring' }, 8 * HOUR_MS);
    expect(approved.steps, 'what is approved in time is paid anew').toContain('payment.create');
  });

  it('refused is undone', () => {
    const story = provisioning().risk({ earlyWarning: true }).assessed(found('block')).decide('refuse');
    expect(story.document).toMatchObject({ state: 'undoing_lines', reason: { code: 'refused_by_review' } });
    expect(story.steps).toContain('lines.deprovision');
  });

  it('is not stopped a second time by what was approved', () => {
    const story = provisioning().risk({ earlyWarning: true }).assessed(found('review')).decide('approve');
    expect(story.risk({ earlyWarning: true }).steps).not.toContain('fraud.assess');
    expect(story.tell({ type: 'operator.retried' }).last.allowed).toBe(false);
  });

  it('comes back to a person who did not decide but tried again', () => {
    const story = provisioning().risk({ earlyWarning: true }).assessed(found('review'));
    story.tell({ type: 'operator.retried' });
    expect(story.document).toMatchObject({ state: 'needs_operator', attention: { code: 'payment_check' } });
  });

  it('that was delivered is suspended by rule, and given back when it was approved', () => {
    const suspending = { afterDelivery: 'suspend' } as const;
    const story = completed();
    expect(story.state).toBe('completed');
    const told = { type: 'payment.captured' as const };
    const warned = { ...story.payment, ...captured(story), risk: { ...RISK, earlyWarning: true } };
    story.tell({ ...told, payment: warned }).assessed(found('review', suspending));
    expect([story.state, story.steps.includes('lines.access')]).toEqual(['needs_operator', true]);
    expect(story.document.lines[0]?.access).toMatchObject({ suspended: true, reason: 'fraud_suspected' });
    story.decide('approve');
    expect([story.state, story.document.lines[0]?.access?.suspended]).toEqual(['completed', false]);
  });

  it('that was delivered is taken back and refunded when it was refused', () => {
    const story = completed();
    const warned = { ...story.payment, ...captured(story), risk: { ...RISK, earlyWarning: true } };
    story.tell({ type: 'payment.captured', payment: warned }).assessed(found('review')).decide('refuse');
    expect(story.document).toMatchObject({ state: 'undoing_lines', keep: 'nothing' });
    story.tell({ type: 'line.deprovisioned', lineId: LINE, detail: '' });
    expect(story.steps).toContain('payment.refund');
  });

  it('keeps what it gave where the shop wants that', () => {
    const story = completed();
    const warned = { ...story.payment, ...captured(story), risk: { ...RISK, earlyWarning: true } };
    story.tell({ type: 'payment.captured', payment: warned });
    story.assessed(found('review', { afterDelivery: 'keep' }));
    expect([story.state, story.document.lines[0]?.access?.suspended ?? false]).toEqual([
      'needs_operator',
      false,
    ]);
  });
});
