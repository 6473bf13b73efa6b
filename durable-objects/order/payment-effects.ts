import { buyerIn } from './machine/buyer.ts';
import type { CallContext } from '#shared/contracts/call.ts';
import {
  type PaymentError,
  type PaymentSnapshot,
  paymentSnapshotSchema,
} from '#shared/contracts/payments.ts';
import { giftCardPaymentOf } from '#shared/domain/gift-card.ts';
import { SMALLEST } from '#shared/domain/payment-methods.ts';
import { ok, type Result } from '#shared/domain/result.ts';
import { log } from '#shared/observability/log.ts';
import { TryLater } from '../lib/retry.ts';
import type { Effect, OrderPorts } from './effects.ts';
import type { Ledger, OrderDocument } from './machine/document.ts';
import { type OrderEvent, paymentEvent, type RepeatedStep } from './machine/events.ts';
import type { EffectStep } from './machine/intents.ts';
import { isChallenged } from './machine/fraud/guards.ts';
import { ledgersOf } from './machine/money.ts';
import { isSameVerification } from './machine/payment-facts.ts';

type PaymentStep = Extract<EffectStep, { step: `payment.${string}` }>;
type Answer = Result<PaymentSnapshot, PaymentError>;

/** Answers after which the step may or may not have been done. */
export const OUTCOME_UNKNOWN: ReadonlySet<PaymentError['code']> = new Set(['retriable', 'rate_limited']);
/** A payment that cannot be voided any more, or not now. */
const NOT_VOIDABLE: ReadonlySet<PaymentSnapshot['state']> = new Set(['cancelled', 'captured', 'processing']);
/** The customer was faster than the end of the time to pay. */
const PAID_OR_ENDED: ReadonlySet<PaymentSnapshot['state']> = new Set([...NOT_VOIDABLE, 'authorised']);

/**
 * The order's calls to the payments worker. What comes back is always the provider's present truth. The provider
 * remembers its answer to a key: an unknown outcome is repeated under the same key, a refusal is told to the machine,
 * which asks under a new one. A step that was asked for before looks first, so that nothing is done twice.
 */
export async function paymentEffect(
  ports: OrderPorts,
  document: OrderDocument,
  { key, step, call }: Effect<PaymentStep>,
): Promise<OrderEvent[]> {
  const payments = new Payments(ports, document, call);
  switch (step.step) {
    case 'payment.create':
      return payments.create(step.attempt);
    case 'payment.hold':
      return payments.hold(step.attempt);
    case 'payment.change':
      return payments.change(key);
    case 'payment.fetch':
      return payments.fetch(step);
    case 'payment.close':
    case 'payment.void':
      return payments.cancel(key, step);
    case 'payment.capture':
      return payments.capture(key, step);
    case 'payment.refund':
      return payments.refund(key, step.refundId);
  }
}

type StepOf<Name extends PaymentStep['step']> = Extract<PaymentStep, { step: Name }>;

class Payments {
  readonly #ports: OrderPorts;
  readonly #document: OrderDocument;
  readonly #call: CallContext;

  constructor(ports: OrderPorts, document: OrderDocument, call: CallContext) {
    this.#ports = ports;
    this.#document = document;
    this.#call = call;
  }

  async create(attempt: number): Promise<OrderEvent[]> {
    const at = this.#ports.clock.now();
    this.#ports.record({ type: 'payment.asked', attempt, at });
    const created = await this.#create(this.#ledger(attempt));
    if (!created.ok && ['declined', 'invalid_state', 'not_found'].includes(created.error.code)) {
      const { code, message } = created.error;
      const methodUnknown = code === 'not_found' && this.#keptMethod(this.#ledger(attempt)) !== null;
      return [{ type: 'payment.refused', attempt, message, methodUnknown, at: this.#ports.clock.now() }];
    }
    return this.#told(created);
  }

  /** The first answer stands: asked again, the card holds neither more nor less. */
  async hold(attempt: number): Promise<OrderEvent[]> {
    const { id, currency } = this.#document;
    this.#ports.record({ type: 'payment.asked', attempt, at: this.#ports.clock.now() });
    const card = this.#ledger(attempt);
    const held = await this.#ports.payments.holdGiftCard(this.#call, {
      paymentId: knownPaymentId(card),
      orderId: id,
      attempt,
      currency,
      amount: card.amount,
      restMin: SMALLEST[currency],
    });
    if (!held.ok && !OUTCOME_UNKNOWN.has(held.error.code)) {
      const { message } = held.error;
      return [{ type: 'payment.refused', attempt, message, at: this.#ports.clock.now() }];
    }
    return this.#told(held);
  }

  async fetch({ paymentId, thorough = false }: StepOf<'payment.fetch'>): Promise<OrderEvent[]> {
    const fetched = await this.#ports.payments.getPayment(this.#call, { paymentId, thorough });
    if (!fetched.ok && fetched.error.code === 'not_found') {
      log.warn('an unknown payment was announced', { ...this.#call, orderId: this.#document.id, paymentId });
      return [];
    }
    return this.#told(fetched);
  }

  /** Less to pay. A payment that cannot be changed any more holds more than is ever collected of it. */
  async change(key: string): Promise<OrderEvent[]> {
    const { paymentId } = this.#document.payment;
    if (paymentId === null) return [];
    const input = { ...this.#step(paymentId, key), amount: this.#document.total };
    const changed = await this.#ports.payments.changePayment(this.#call, input);
    if (!changed.ok && OUTCOME_UNKNOWN.has(changed.error.code)) throw unexpected(changed.error);
    return this.#told(changed.ok ? changed : ok(await this.#present(paymentId)));
  }

  /** Voids what is not captured; tells instead what was paid when the customer was faster. */
  async cancel(
    key: string,
    { step, attempt }: StepOf<'payment.close' | 'payment.void'>,
  ): Promise<OrderEvent[]> {
    const paymentId = await this.#paymentId(this.#ledger(attempt));
    if (paymentId === null) return [{ type: 'payment.none', attempt, at: this.#ports.clock.now() }];
    // A card is let go of whether or not the request to hold it ever arrives.
    if (giftCardPaymentOf(paymentId) !== null)
      return this.#told(await this.#ports.payments.cancelPayment(this.#call, this.#step(paymentId, key)));
    const present = await this.#present(paymentId);
    const accepted = step === 'payment.close' ? PAID_OR_ENDED : NOT_VOIDABLE;
    const isNews = step === 'payment.close' && hasBegunUnheard(this.#ledger(attempt), present);
    if (isNews || accepted.has(present.state)) return this.#told(ok(present));
    const answer = await this.#ports.payments.cancelPayment(this.#call, this.#step(paymentId, key));
    return this.#outcome(answer, paymentId, { key, step }, ({ state }) => accepted.has(state));
  }

  /** One key, one amount: the provider never makes a second capture of it. Another key looks first. */
  async capture(
    key: string,
    { attempt, upTo, final, first }: StepOf<'payment.capture'>,
  ): Promise<OrderEvent[]> {
    const ledger = this.#ledger(attempt);
    const paymentId = knownPaymentId(ledger);
    const isDone = ({ state, captured }: PaymentSnapshot): boolean =>
      captured >= upTo || state === 'captured' || state === 'cancelled';
    let { captured } = ledger;
    if (!first) {
      const present = await this.#present(paymentId);
      // After a lost reply cents may be left, which the provider does not take: the machine decides what comes of them.
      const isTooSmall =
        giftCardPaymentOf(paymentId) === null && upTo - present.captured < SMALLEST[this.#document.currency];
      if (isDone(present) || isTooSmall) return this.#told(ok(present));
      ({ captured } = present);
    }
    const answer = await this.#ports.payments.capturePayment(this.#call, {
      ...this.#step(paymentId, key),
      amount: upTo - captured,
      final,
    });
    if (!answer.ok && answer.error.code === 'declined') {
      const { message } = answer.error;
      return [{ type: 'payment.capture_refused', message, at: this.#ports.clock.now() }];
    }
    return this.#outcome(answer, paymentId, { key, step: 'payment.capture' }, isDone);
  }

  async refund(key: string, refundId: string): Promise<OrderEvent[]> {
    const refund = this.#document.refunds.find(({ id }) => id === refundId);
    if (refund === undefined) return [];
    const { paymentId, amount } = refund;
    const isDone = ({ refunds }: PaymentSnapshot): boolean =>
      refunds.some(({ reference }) => reference === refundId);
    const answer = await this.#ports.payments.refundPayment(this.#call, {
      ...this.#step(paymentId, key),
      amount,
      reference: refundId,
    });
    return this.#outcome(answer, paymentId, { key, step: 'payment.refund', refundId }, isDone);
  }

  #create(ledger: Ledger, { existing } = { existing: false }): Promise<Answer> {
    const { attempt, amount, captureMode } = ledger;
    const { id, number, currency, email, createdAt, request } = this.#document;
    const { personId, organisationId } = buyerIn(this.#document);
    return this.#ports.payments.createPayment(this.#call, {
      orderId: id,
      orderNumber: number,
      amount: { amount, currency },
      attempt,
      askedAt: createdAt,
      captureMode,
      customerEmail: email,
      // Kept payment methods are a person's own, whoever they order for.
      customerId: personId,
      savedMethodId: this.#keptMethod(ledger),
      // A colleague may pay an organisation's order, and what is his is nobody else's to keep.
      saveMethod: organisationId === null && (request.savePaymentMethod ?? false),
      challenge: isChallenged(this.#document),
      existing,
      idempotencyKey: attempt === 1 ? `${id}:create` : `${id}:create:${attempt}`,
    });
  }

  /** A renewal is confirmed by the customer himself, with whatever he chooses then. */
  #keptMethod({ attempt }: Ledger): string | null {
    return attempt === 1 ? (this.#document.request.paymentMethodId ?? null) : null;
  }

  /**
   * The payment to undo. When the reply to opening it was lost, the same key brings the same payment to light; but where
   * opening it charges a kept method it is only looked for: nobody is charged for what is being undone.
   */
  async #paymentId(ledger: Ledger): Promise<string | null> {
    if (ledger.paymentId !== null || !ledger.asked) return ledger.paymentId;
    const existing = this.#keptMethod(ledger) !== null;
    const found = await this.#create(ledger, { existing });
    if (found.ok) return found.value.paymentId;
    if (found.error.code === 'declined' || (existing && found.error.code === 'not_found')) return null;
    throw unexpected(found.error);
  }

  #ledger(attempt: number): Ledger {
    const ledger = ledgersOf(this.#document).find((candidate) => candidate.attempt === attempt);
    if (ledger === undefined) throw new Error(`the order has no payment ${attempt}`);
    return ledger;
  }

  #step(paymentId: string, step: string) {
    return { paymentId, orderId: this.#document.id, idempotencyKey: `${this.#document.id}:${step}` };
  }

  /**
   * What came of a step: the truth, and that it was refused when it is not done in spite of a definite answer. Throws when
   * nobody knows: the step is then repeated under the same key.
   */
  async #outcome(
    answer: Answer,
    paymentId: string,
    step: { key: string; step: RepeatedStep; refundId?: string },
    isDone: (truth: PaymentSnapshot) => boolean,
  ): Promise<OrderEvent[]> {
    if (!answer.ok && OUTCOME_UNKNOWN.has(answer.error.code)) throw unexpected(answer.error);
    const truth = answer.ok ? answer.value : await this.#present(paymentId);
    const told = this.#told(ok(truth));
    if (isDone(truth)) return told;
    const error = answer.ok ? `the payment is still ${truth.state}` : unexpected(answer.error).message;
    return [...told, { type: 'payment.step_refused', ...step, error, at: this.#ports.clock.now() }];
  }

  async #present(paymentId: string): Promise<PaymentSnapshot> {
    const present = await this.#ports.payments.getPayment(this.#call, { paymentId });
    if (!present.ok) throw unexpected(present.error);
    return present.value;
  }

  /** Never believes a snapshot of another order or currency. */
  #told(answer: Answer): OrderEvent[] {
    if (!answer.ok) throw unexpected(answer.error);
    const snapshot = paymentSnapshotSchema.parse(answer.value);
    const { id, currency } = this.#document;
    if (snapshot.orderId !== id || snapshot.currency !== currency) {
      const { paymentId, orderId } = snapshot;
      log.error('a payment of another order was announced', {
        ...this.#call,
        orderId: id,
        paymentId,
        of: orderId,
      });
      return [];
    }
    return [paymentEvent(snapshot, this.#ports.clock.now())];
  }
}

/**
 * The customer has begun what takes days, a transfer or to verify his account, and the order had not heard of it. An older
 * payments worker tells of neither.
 */
const hasBegunUnheard = (
  ledger: Ledger,
  { instructions = null, verification = null }: Partial<PaymentSnapshot>,
): boolean =>
  (instructions !== null && ledger.awaitsTransfer !== true) ||
  (verification !== null && !isSameVerification(ledger.verification, verification));

function knownPaymentId({ paymentId }: Ledger): string {
  if (paymentId === null) throw new Error('no payment is known');
  return paymentId;
}

/** Repeated by the outbox, no sooner than the provider wants it. An older payments worker names no time. */
const unexpected = ({ code, message, retryAfterMs }: PaymentError): Error => {
  const text = `${code}: ${message}`;
  return retryAfterMs ? new TryLater(text, retryAfterMs) : new Error(text);
};
